"""Results of earlier runs among the files of a folder: told by our note inside them, or by their name."""

import re
from collections.abc import Sequence
from pathlib import Path

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.paths import InputFile
from srgan_prompt.images.read import read_header

_OWN_NAME = re.compile(r"(.+)_(?:x\d+(?:\.\d+)?|upscaled)", re.DOTALL)


def without_results(files: Sequence[InputFile], suffix: str = "") -> tuple[list[InputFile], list[Path]]:
    """``files`` without results of this program, and these; who names a file wants it, whatever it is.

    A name tells only beside the input that it is made from: ``a_x2.png`` where there is an ``a``. ``suffix``: what is
    added to names in this run.
    """
    originals = {(file.path.parent, file.path.stem) for file in files}
    results = [file.path for file in files if file.root and (_named(file.path, suffix, originals) or _noted(file.path))]
    taken = set(results)
    return [file for file in files if file.root is None or file.path not in taken], results


def _named(path: Path, suffix: str, originals: set[tuple[Path, str]]) -> bool:
    stems = [found[1]] if (found := _OWN_NAME.fullmatch(path.stem)) else []
    if suffix and path.stem.endswith(suffix):
        stems.append(path.stem.removesuffix(suffix))
    return any((path.parent, stem) in originals for stem in stems)


def _noted(path: Path) -> bool:
    try:
        return read_header(path).provenance is not None
    except InputImageError:
        return False  # the run itself says what is wrong with it
