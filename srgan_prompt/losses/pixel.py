"""Distance between pixels, one number per sample (B,), so that the caller can weigh samples."""

from srgan_prompt.types import Image, PerSample

CHARBONNIER_EPSILON = 1e-3


def l1(output: Image, target: Image) -> PerSample:
    """Mean absolute difference."""
    return (output - target).abs().mean(dim=(1, 2, 3))


def l2(output: Image, target: Image) -> PerSample:
    """Mean squared difference."""
    return (output - target).square().mean(dim=(1, 2, 3))


def charbonnier(output: Image, target: Image) -> PerSample:
    """sqrt(d^2 + epsilon^2), a smooth L1 (Charbonnier et al. 1994; for super-resolution LapSRN, Lai et al. 2017)."""
    return ((output - target).square() + CHARBONNIER_EPSILON**2).sqrt().mean(dim=(1, 2, 3))


PIXEL_LOSSES = {"l1": l1, "l2": l2, "charbonnier": charbonnier}
