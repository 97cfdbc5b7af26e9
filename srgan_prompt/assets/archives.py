"""Single files out of wheels (zip) and source archives (tar.gz): bytes in memory, nothing is unpacked by its own name.

Every member is asked for by an exact path, so a hostile name inside an archive ("../../x") can reach no file of ours.
"""

import tarfile
import zipfile
from pathlib import Path

from srgan_prompt.assets.sources import SourceMissError


def read_members(archive: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    """``members`` of a ``.whl`` or ``.tar.gz``, as bytes.

    A source archive keeps everything below one folder ``<name>-<version>/``, which ``members`` do not mention.
    Raises ``SourceMissError`` for a damaged archive or an absent member.
    """
    try:
        if archive.suffix == ".whl":
            return _read_wheel(archive, members)
        return _read_source_archive(archive, members)
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise SourceMissError(f"{archive.name} cannot be read ({error})") from error


def _read_wheel(archive: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as wheel:
        return {member: wheel.read(member) for member in members}


def _read_source_archive(archive: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    root = archive.name.removesuffix(".tar.gz")
    contents = {}
    with tarfile.open(archive, "r:gz") as tar:
        for member in members:
            file = tar.extractfile(f"{root}/{member}")
            if file is None:  # a folder or a device, not a file
                raise KeyError(member)
            contents[member] = file.read()
    return contents
