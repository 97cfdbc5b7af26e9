"""Synthetic images, for runs without photos: gradients, discs, boxes, stripes and letters with hard and soft edges."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def draw_synthetic_image(seed: int, side_px: int = 192) -> np.ndarray:
    """One image (side, side, 3) uint8; the same seed draws the same image.

    Drawn at three times the size and reduced: a staircase edge would have no low-resolution counterpart to learn from.
    """
    rng = np.random.default_rng(seed)
    small_px, side_px = side_px, 3 * side_px
    corners = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
    image = Image.fromarray(corners).resize((side_px, side_px), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(6, 14)):
        color = tuple(int(value) for value in rng.integers(0, 256, 3))
        x, y = (int(value) for value in rng.integers(-60, side_px, 2))
        size = int(rng.integers(24, side_px // 2))
        match rng.integers(4):
            case 0:
                draw.ellipse((x, y, x + size, y + size), fill=color)
            case 1:
                draw.rectangle((x, y, x + size, y + size // 2), fill=color)
            case 2:
                for offset in range(0, size, 24):
                    draw.line((x + offset, y, x + offset + size // 3, y + size), fill=color, width=9)
            case 3:
                letters = "".join(chr(value) for value in rng.integers(65, 91, 6))
                draw.text((x, y), letters, fill=color, font_size=30 + size // 4)
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(5.0))
    return np.asarray(image.resize((small_px, small_px), Image.Resampling.BOX))
