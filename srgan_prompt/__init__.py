"""Super-resolution steered by a sentence.

    from srgan_prompt import Upscaler
    Upscaler.from_pretrained()("photo.jpg", "remove the noise, a bit warmer").save("photo_x4.png")

Names are imported when first used, so that ``import srgan_prompt`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srgan_prompt.errors import PromptWarning as PromptWarning
    from srgan_prompt.errors import SrganPromptError as SrganPromptError
    from srgan_prompt.images.image import LoadedImage as LoadedImage
    from srgan_prompt.images.read import read_image as read_image
    from srgan_prompt.images.write import write_image as write_image
    from srgan_prompt.inference.result import UpscaleResult as UpscaleResult
    from srgan_prompt.inference.result import UpscaleSettings as UpscaleSettings
    from srgan_prompt.inference.upscaler import Upscaler as Upscaler

_HOME_OF = {
    "LoadedImage": "images.image",
    "PromptWarning": "errors",
    "SrganPromptError": "errors",
    "UpscaleResult": "inference.result",
    "UpscaleSettings": "inference.result",
    "Upscaler": "inference.upscaler",
    "read_image": "images.read",
    "write_image": "images.write",
}

__all__ = [  # noqa: RUF022  (classes, then functions)
    "Upscaler",
    "UpscaleResult",
    "UpscaleSettings",
    "LoadedImage",
    "PromptWarning",
    "SrganPromptError",
    "read_image",
    "write_image",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from srgan_prompt.files import installed_version

        return installed_version()
    if name not in _HOME_OF:
        raise AttributeError(f"module 'srgan_prompt' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"srgan_prompt.{_HOME_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
