"""The layers that a super-resolution network is made of. Features in, features out, shape (B, C, H, W)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from srgan_prompt.types import Features, Image, LargeImage

BICUBIC_REACH_PX = 2


def conv(in_channels: int, out_channels: int, *, kernel_px: int = 3, gain: float = 1.0, bias: float = 0.0) -> nn.Conv2d:
    """A same-size convolution; ``gain`` scales its initial weights (small = starts near zero), ``bias`` is its bias."""
    layer = nn.Conv2d(in_channels, out_channels, kernel_px, padding=kernel_px // 2)
    nn.init.kaiming_normal_(layer.weight, a=0.25)
    layer.weight.data.mul_(gain)
    if layer.bias is not None:  # torch types it so; a convolution made without ``bias=False`` has one
        nn.init.constant_(layer.bias, bias)
    return layer


class PReLU(nn.PReLU):
    """max(0, x) + a min(0, x), with one learned ``a`` per channel (He et al. 2015).

    While training on a CPU it is composed of ReLUs, bit-equal: there the backward pass of torch's own kernel takes five
    times as long in bfloat16, a third of a whole step.
    """

    def forward(self, x: Features) -> Features:
        """Features (B, C, h, w) to features of the same shape."""
        if x.is_cuda or not self.training:
            return super().forward(x)
        positive = F.relu(x)
        return positive + self.weight.view(-1, 1, 1).to(x.dtype) * (x - positive)


class ResidualBlock(nn.Module):
    """x + conv(PReLU(conv(x))): SRGAN's block (Ledig et al. 2017, figure 4).

    Batch norm is off by default (EDSR, Lim et al. 2017: it costs range flexibility); dropout follows the activation.
    """

    def __init__(self, channels: int, *, batch_norm: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        norm = nn.BatchNorm2d if batch_norm else lambda _: nn.Identity()
        self.body = nn.Sequential(
            conv(channels, channels),
            norm(channels),
            PReLU(channels),
            nn.Dropout2d(dropout) if dropout else nn.Identity(),
            conv(channels, channels, gain=0.1),  # the block starts near identity, so depth costs no stability
            norm(channels),
        )

    def forward(self, x: Features) -> Features:
        """Features (B, C, h, w) to features of the same shape."""
        return x + self.body(x)


class PlainSkip(nn.Module):
    """The skip as it is. Has no weights."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Features, skip: Features) -> Features:
        """As ``GatedSkip.forward``."""
        return skip


class GatedSkip(nn.Module):
    """sigmoid(conv([x; skip])) * skip: each channel of each pixel decides how much passes. Starts half open."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = conv(2 * channels, channels, kernel_px=1, gain=0.1)

    def forward(self, x: Features, skip: Features) -> Features:
        """What to add to ``x`` (B, C, h, w), of ``skip`` of the same shape."""
        return torch.sigmoid(self.gate(torch.cat([x, skip], dim=1))) * skip


class AttentionSkip(nn.Module):
    """Attention U-Net's gate (Oktay et al. 2018, equations 1 and 2): one weight for all channels of a pixel.

    alpha = sigmoid(psi(relu(W_x skip + W_g x)))
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.both = conv(2 * channels, max(1, channels // 2), kernel_px=1)
        self.psi = conv(max(1, channels // 2), 1, kernel_px=1, gain=0.1)

    def forward(self, x: Features, skip: Features) -> Features:
        """As ``GatedSkip.forward``."""
        return torch.sigmoid(self.psi(torch.relu(self.both(torch.cat([x, skip], dim=1))))) * skip


class ShuffleTail(nn.Module):
    """One 3x3 convolution to 3 * scale^2 channels, then one pixel shuffle: the cheap way up.

    Everything before it runs at low resolution, which on a CPU is several times cheaper than SRGAN's own tail.
    """

    def __init__(self, channels: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.to_pixels = conv(channels, 3 * scale**2, gain=0.1)

    def forward(self, x: Features) -> Tensor:
        """Features (B, C, h, w) to RGB (B, 3, s*h, s*w), not clipped."""
        return F.pixel_shuffle(self.to_pixels(x), self.scale)

    @torch.no_grad()
    def resampled(self, scale: int) -> "ShuffleTail":
        """A tail for ``scale`` whose every pixel is the mean of what this one's shuffle draws on the pixel's area."""
        tail = ShuffleTail(self.to_pixels.in_channels, scale).to(self.to_pixels.weight.device)
        for own, new in zip(self.to_pixels.parameters(), tail.to_pixels.parameters(), strict=True):
            places = own.reshape(3, self.scale, self.scale, -1).movedim(-1, 1)
            means = F.avg_pool2d(F.interpolate(places, scale_factor=scale), self.scale)
            new.copy_(means.movedim(1, -1).reshape(new.shape))
        return tail


class RefinedTail(ShuffleTail):
    """ShuffleTail to x4, and what is added to it by a branch that draws at twice the input's size.

    There the pixels drawn for one of the input see one another, which they never do in a single shuffle. Half the
    channels, two convolutions: a tenth of the shipped network's operations. It begins at zero, so a trained
    ``ShuffleTail`` goes on.
    """

    def __init__(self, channels: int, scale: int) -> None:
        super().__init__(channels, scale)
        width = max(1, channels // 2)
        self.refine = nn.Sequential(
            conv(channels, 4 * width),
            nn.PixelShuffle(2),
            PReLU(width),
            conv(width, width),
            PReLU(width),
            conv(width, 12, gain=0.0),
            nn.PixelShuffle(2),
        )

    def forward(self, x: Features) -> Tensor:
        """As ``ShuffleTail.forward``."""
        return super().forward(x) + self.refine(x)

    def silent(self) -> dict[str, Tensor]:
        """The state of ``refine`` with which it adds nothing: its own, with zeros in the last convolution."""
        last = f"{len(self.refine) - 2}."
        state = self.refine.state_dict()
        return {name: torch.zeros_like(each) if name.startswith(last) else each for name, each in state.items()}


class SrganTail(nn.Sequential):
    """SRGAN's own tail: a convolution to 4C and a shuffle by 2 for each doubling (9C and 3 for x3), then 9x9 to RGB."""

    def __init__(self, channels: int, scale: int) -> None:
        factors = {2: (2,), 3: (3,), 4: (2, 2)}[scale]
        stages = [
            layer
            for factor in factors
            for layer in (conv(channels, channels * factor**2), nn.PixelShuffle(factor), PReLU(channels))
        ]
        super().__init__(*stages, conv(channels, 3, kernel_px=9, gain=0.1))


class Bicubic(nn.Module):
    """What a network's output is added to: the input, upscaled by bicubic interpolation. Has no weights to save.

    Equal to ``F.interpolate(mode="bicubic", align_corners=False)`` to a few 1e-7, but written as one convolution and a
    pixel shuffle: three times as fast in torch on a CPU, and in ONNX Runtime, where cubic Resize outlasts small
    networks.
    """

    kernel: Tensor

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        # Without its axis of input channels: ``channels_last`` would reorder four axes, and processes that train
        # together exchange buffers through flat views, which a reordered one does not have.
        self.register_buffer("kernel", _bicubic_phases(scale).repeat(3, 1, 1), persistent=False)

    def forward(self, image: Image) -> LargeImage:
        """Images (B, 3, h, w) in [0, 1] to (B, 3, s*h, s*w), float32 under autocast too; edges overshoot."""
        if image.is_cuda:  # there a convolution may be rounded to TF32, and neither way takes any time
            return F.interpolate(image, scale_factor=self.scale, mode="bicubic", align_corners=False)
        with torch.autocast(image.device.type, enabled=False):
            padded = F.pad(image, (BICUBIC_REACH_PX,) * 4, mode="replicate")
            return F.pixel_shuffle(F.conv2d(padded, self.kernel[:, None], groups=3), self.scale)


def _bicubic_phases(scale: int) -> Tensor:
    """How each of the s * s output pixels of one input pixel weighs its 5 x 5 surroundings: (s * s, 5, 5).

    Read off ``F.interpolate`` itself, from its answers to single bright pixels.
    """
    side = 2 * BICUBIC_REACH_PX + 1
    impulses = F.pad(torch.eye(side * side).view(-1, 1, side, side), (BICUBIC_REACH_PX,) * 4)
    answers = F.interpolate(impulses, scale_factor=scale, mode="bicubic", align_corners=False)
    centre = slice(2 * BICUBIC_REACH_PX * scale, (2 * BICUBIC_REACH_PX + 1) * scale)
    return answers[:, 0, centre, centre].reshape(side, side, -1).permute(2, 0, 1).contiguous()
