"""Calls as our users write them, for mypy alone: it checks that their types are what the documentation says.

Nothing here is run, and pytest does not collect it. An expected error is an ignore, and an unused ignore is an error.
"""

from pathlib import Path
from typing import assert_type

import numpy as np

from srgan_prompt import Upscaler, UpscaleResult
from srgan_prompt.inference.receipt import Receipt


def one_image_gives_one_result(upscaler: Upscaler, photo: np.ndarray) -> None:
    """The README's call, and images in other forms."""
    upscaler("photo.jpg", "remove the noise, make it warmer").save("photo_x4.png")
    assert_type(upscaler(Path("photo.jpg")), UpscaleResult)
    assert_type(upscaler(photo, [("warmer", 0.5), "sharper"], strength=0.5), UpscaleResult)
    assert_type(upscaler(photo, "warmer", receipt=True).receipt, Receipt | None)


def several_images_give_a_list(upscaler: Upscaler, photos: list[Path]) -> None:
    """With one prompt for all, and with one for each."""
    assert_type(upscaler(photos, "warmer"), list[UpscaleResult])
    assert_type(upscaler(["a.png", "b.png"], ["warmer", None]), list[UpscaleResult])
    upscaler(photos).save("x4.png")  # type: ignore[attr-defined]  # a list has no ``save``


def options_are_checked(upscaler: Upscaler) -> None:
    """By name and by type."""
    upscaler("photo.jpg", size_px=(640, 480), tile="off", region=(0, 0, 8, 8))
    upscaler("photo.jpg", strength="much")  # type: ignore[call-overload]  # a number is wanted
    upscaler("photo.jpg", sharpness=1)  # type: ignore[call-overload]  # there is no such option
