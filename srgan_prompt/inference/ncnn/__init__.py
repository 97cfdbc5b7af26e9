"""One network as a pair of ncnn files: written with torch and pnnx, run without them."""
