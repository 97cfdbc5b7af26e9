"""The one image convention of the library, as annotations.

Inside the library an image is float32, RGB, sRGB-encoded, in [0, 1], laid out batch, channel, row, column.
The shapes are checked by beartype in the test run only; users pay nothing for them.
"""

from jaxtyping import Float
from torch import Tensor

Image = Float[Tensor, "b 3 h w"]
LargeImage = Float[Tensor, "b 3 H W"]  # where input and output sizes meet in one signature
Answers = Float[Tensor, "k 3 H W"]  # what K requests make of one image
Features = Float[Tensor, "b c h w"]
LayerFeatures = Float[Tensor, "n _ _ _"]  # of one layer of another network, which has sizes of its own
Text = Float[Tensor, "b d"]
PerSample = Float[Tensor, " b"]
