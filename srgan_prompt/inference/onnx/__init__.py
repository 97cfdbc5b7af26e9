"""One network as one ONNX file: written with torch, run without it."""
