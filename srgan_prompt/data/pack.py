"""A folder of photos, decoded once into one memory-mapped file.

Decoding a photo costs as much as a training step; a window cut out of mapped bytes costs nothing. The pack is
``pixels.u8`` (all pictures, HWC, uint8, one after another) and ``index.json`` (name, offset in bytes, height, width).
"""

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.images.read import read_image

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
_PIXELS, _INDEX = "pixels.u8", "index.json"


@dataclass(frozen=True)
class Entry:
    """Where one picture lies in the pack."""

    name: str
    offset_bytes: int
    height: int
    width: int


class ImagePack:
    """Decoded photos by number; ``pack[i]`` is a uint8 view (H, W, 3)."""

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / _INDEX).read_text())
        self.entries = [Entry(**entry) for entry in index["entries"]]
        self.skipped: dict[str, str] = index["skipped"]
        self._pixels = np.memmap(folder / _PIXELS, np.uint8, "r")

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, number: int) -> np.ndarray:
        entry = self.entries[number]
        size = entry.height * entry.width * 3
        return self._pixels[entry.offset_bytes : entry.offset_bytes + size].reshape(entry.height, entry.width, 3)


def folder_pictures(folder: Path) -> list[tuple[str, Callable[[], np.ndarray]]]:
    """The photos of ``folder``, sub-folders too, as (name, how to decode it), in the order of their names."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; give a folder of photos.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [(str(path.relative_to(folder)), lambda path=path: _rgb8(path)) for path in files]


def dataset_pictures(dataset: Iterable, column: str = "image") -> list[tuple[str, Callable[[], np.ndarray]]]:
    """The pictures of a Hugging Face dataset (for example ``load_dataset("imagefolder", ...)["train"]``)."""
    return [
        (f"row {number}", lambda number=number: np.asarray(dataset[number][column].convert("RGB")))
        for number in range(len(dataset))
    ]


def build_pack(
    pictures: list[tuple[str, Callable[[], np.ndarray]]], destination: Path, *, min_side_px: int, max_bad_share: float
) -> ImagePack:
    """Decode ``pictures`` into ``destination``; unreadable or too small ones are named, counted and left out.

    Raises DataError when none is usable or more than ``max_bad_share`` of them are not.
    """
    destination.mkdir(parents=True, exist_ok=True)
    entries: list[dict] = []
    skipped: dict[str, str] = {}
    offset = 0
    with tempfile.NamedTemporaryFile(dir=destination, delete=False) as pixels:
        for name, decode in pictures:
            try:
                picture = decode()
            except (InputImageError, OSError) as error:
                skipped[name] = str(error)
                continue
            height, width = picture.shape[:2]
            if min(height, width) < min_side_px:
                skipped[name] = f"{name}: {width}x{height} px is smaller than a {min_side_px} px patch."
                continue
            pixels.write(np.ascontiguousarray(picture).tobytes())
            entries.append({"name": name, "offset_bytes": offset, "height": height, "width": width})
            offset += picture.size
    try:
        _refuse_bad_folder(len(pictures), len(entries), skipped, max_bad_share)
    except DataError:
        Path(pixels.name).unlink()
        raise
    Path(pixels.name).replace(destination / _PIXELS)
    (destination / _INDEX).write_text(json.dumps({"entries": entries, "skipped": skipped}))
    return ImagePack(destination)


def open_or_build(folder: Path, destination: Path, *, min_side_px: int, max_bad_share: float) -> ImagePack:
    """The pack at ``destination`` if it holds the present files of ``folder``, else a new one."""
    pictures = folder_pictures(folder)
    if (destination / _INDEX).is_file():
        pack = ImagePack(destination)
        small = any(min(entry.height, entry.width) < min_side_px for entry in pack.entries)
        if not small and {entry.name for entry in pack.entries} | set(pack.skipped) == {name for name, _ in pictures}:
            return pack
    return build_pack(pictures, destination, min_side_px=min_side_px, max_bad_share=max_bad_share)


def _refuse_bad_folder(num_pictures: int, num_good: int, skipped: dict[str, str], max_bad_share: float) -> None:
    if not num_pictures:
        raise DataError("No pictures found; give a folder with PNG, JPEG, WebP or TIFF files.")
    if not num_good or len(skipped) / num_pictures > max_bad_share:
        first = next(iter(skipped.values()))
        raise DataError(f"{len(skipped)} of {num_pictures} pictures cannot be used; the first: {first}")


def _rgb8(path: Path) -> np.ndarray:
    rgb = read_image(path).rgb
    return rgb if rgb.dtype == np.uint8 else (rgb // 257).astype(np.uint8)
