"""From a reading or a sentence embedding to the text features of ONE network. Generator and discriminator each have
their own."""

from torch import Tensor, nn

HIDDEN = 256


class TextTower(nn.Sequential):
    """Readings or unit vectors (..., D) to text features (..., T): two linear layers.

    The components of a unit vector are about 1/sqrt(D); they are scaled to 1 first, or the first layer would see almost
    nothing and learn as slowly. A reading, with one or two amounts that are not 0, is about as long.
    """

    def __init__(self, text_dim: int, text_channels: int) -> None:
        super().__init__(nn.Linear(text_dim, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, text_channels))
        self.input_scale = text_dim**0.5

    def forward(self, text: Tensor) -> Tensor:
        """``text`` (..., D) to text features (..., T)."""
        return super().forward(text * self.input_scale)
