"""Photos decoded once into one memory-mapped file, and images of any source as tensors.

Decoding a photo costs as much as a training step; a window cut out of mapped bytes costs nothing. The cache is
``pixels.u8`` (all images, HWC, uint8, one after another) and ``index.json`` (name, offset in bytes, height, width,
and what told each file from any other when it was decoded).
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np
import torch

from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.files import replacing
from srgan_prompt.images.photos import identity_of, photos_in, read_rgb8

_PIXELS, _INDEX = "pixels.u8", "index.json"


class Images(Protocol):
    """Numbered images, each uint8 (H, W, 3)."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> np.ndarray: ...


class LazyImage(NamedTuple):
    """An image to decode to (H, W, 3) uint8. ``identity`` is another one when the image may have changed."""

    name: str
    identity: str
    decode: Callable[[], np.ndarray]


LazyImages = Sequence[LazyImage]


def folder_images(folder: Path) -> list[LazyImage]:
    """The photos of ``folder``, sub-folders too, in the order of their names. Raises DataError if there are none."""
    return [
        LazyImage(str(path.relative_to(folder)), identity_of(path), partial(read_rgb8, path))
        for path in photos_in(folder)
    ]


@dataclass(frozen=True)
class Entry:
    """Where one image lies in the cache."""

    name: str
    offset_bytes: int
    height: int
    width: int


class ImageCache:
    """Decoded photos by number; ``cache[i]`` is a uint8 view (H, W, 3)."""

    def __init__(self, folder: Path) -> None:
        """Raises DataError if the cache is damaged."""
        try:
            index = json.loads((folder / _INDEX).read_text())
            self.entries = [Entry(**entry) for entry in index["entries"]]
            self.skipped: dict[str, str] = index["skipped"]
            self.identities: dict[str, str] = index["identities"]
            self._pixels = np.memmap(folder / _PIXELS, np.uint8, "r")
            is_whole = self._pixels.size == sum(entry.height * entry.width * 3 for entry in self.entries)
        except (OSError, ValueError, TypeError, KeyError):
            is_whole = False
        if not is_whole:
            raise DataError(f"{folder}: this cache of images is damaged; delete it, and it will be made again.")

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, number: int) -> np.ndarray:
        entry = self.entries[number]
        size = entry.height * entry.width * 3
        return self._pixels[entry.offset_bytes : entry.offset_bytes + size].reshape(entry.height, entry.width, 3)


def build_cache(images: LazyImages, destination: Path, *, min_side_px: int, max_bad_share: float) -> ImageCache:
    """Decode ``images`` into ``destination``; unreadable or too small ones are named, counted and left out.

    Raises DataError when none is usable or more than ``max_bad_share`` of them are not, OutputError on a full disk.
    """
    skipped: dict[str, str] = {}
    with replacing(destination / _PIXELS) as pixels:
        (destination / _INDEX).unlink(missing_ok=True)  # written last: an index vouches for whole pixels
        entries = [_append(pixels, name, image) for name, image in _usable(images, min_side_px, skipped)]
        _refuse_bad_folder(len(images), len(entries), skipped, max_bad_share)
    with replacing(destination / _INDEX) as index:
        index.write(json.dumps({"entries": entries, "skipped": skipped, "identities": _identities(images)}).encode())
    return ImageCache(destination)


def open_cache(images: LazyImages, destination: Path, *, min_side_px: int, max_bad_share: float) -> ImageCache:
    """The cache at ``destination`` if it was made of ``images`` as they are now, else a new one."""
    with contextlib.suppress(DataError):  # missing or damaged
        cache = ImageCache(destination)
        small = any(min(entry.height, entry.width) < min_side_px for entry in cache.entries)
        if not small and cache.identities == _identities(images):
            return cache
    return build_cache(images, destination, min_side_px=min_side_px, max_bad_share=max_bad_share)


def _identities(images: LazyImages) -> dict[str, str]:
    return {image.name: image.identity for image in images}


def _usable(images: LazyImages, min_side_px: int, skipped: dict[str, str]) -> Iterator[tuple[str, np.ndarray]]:
    """Name and pixels of each image that can be used; the others go to ``skipped`` with a reason."""
    for name, _, decode in images:
        try:
            image = decode()
        except (InputImageError, OSError) as error:
            skipped[name] = str(error)
            continue
        height, width = image.shape[:2]
        if min(height, width) < min_side_px:
            skipped[name] = f"{name}: {width}x{height} px is smaller than the {min_side_px} px that are needed."
        else:
            yield name, image


def _append(pixels: BinaryIO, name: str, image: np.ndarray) -> dict[str, str | int]:
    """Write ``image`` (H, W, 3) at the end of ``pixels``; returns its entry."""
    entry = Entry(name, pixels.tell(), *image.shape[:2])
    pixels.write(np.ascontiguousarray(image).tobytes())
    return asdict(entry)


def _refuse_bad_folder(num_images: int, num_good: int, skipped: dict[str, str], max_bad_share: float) -> None:
    if not num_images:
        raise DataError("The data set holds no images.")
    if not num_good or len(skipped) / num_images > max_bad_share:
        first = next(iter(skipped.values()))
        raise DataError(f"{len(skipped)} of {num_images} images cannot be used; the first: {first}")


def as_images(pixels: Iterable[np.ndarray], device: torch.device | str = "cpu") -> torch.Tensor:
    """N arrays (H, W, 3) uint8 of one size as images (N, 3, H, W) in [0, 1] on ``device``."""
    # Planes: on a CPU, channels_last triples the time of resizing and blurring three channels.
    return torch.from_numpy(np.stack(list(pixels))).to(device).permute(0, 3, 1, 2).contiguous().float().div(255)
