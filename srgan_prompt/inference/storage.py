"""Folders that need not be on this machine: paths, and any address that pyarrow reads (s3://, gs://, hdfs://).

pyarrow comes with the extra ``ray``. A ``Storage`` may be sent to other processes.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from srgan_prompt.errors import DataError, InputImageError, UsageError, first_line
from srgan_prompt.files import printable, replacing, write_error
from srgan_prompt.images.opened import DEFAULT_POLICY

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_OBJECT_STORAGE = ("s3", "gcs", "abfs")  # pyarrow's names


@dataclass(frozen=True)
class Storage:
    """The folder (or single file) ``root`` of ``filesystem``; names of files are relative to it, with slashes."""

    filesystem: "FileSystem"
    root: str

    @classmethod
    def at(cls, address: str) -> "Storage":
        """A path, or an address such as ``s3://bucket/folder``. Raises UsageError for one that pyarrow cannot reach."""
        from pyarrow.fs import FileSystem, LocalFileSystem

        if "://" not in address:
            return cls(LocalFileSystem(), Path(address).absolute().as_posix())
        try:
            filesystem, root = FileSystem.from_uri(address)
        except (OSError, ValueError) as error:  # pyarrow's own errors are of these two
            raise UsageError(f"{printable(address)}: cannot be reached ({first_line(error)}).") from error
        return cls(filesystem, root)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine (or one that all machines mount)."""
        return self.filesystem.type_name == "local"

    def names(self, suffixes: Collection[str]) -> list[str]:
        """Files below the root with one of ``suffixes``, sorted; hidden ones are left out. Raises DataError."""
        from pyarrow.fs import FileSelector, FileType

        try:
            found = self.filesystem.get_file_info(FileSelector(self.root, allow_not_found=True, recursive=True))
        except OSError as error:
            raise DataError(f"{printable(self.root)}: cannot be listed ({first_line(error)}).") from error
        paths = (PurePosixPath(info.path).relative_to(self.root) for info in found if info.type == FileType.File)
        wanted = (path for path in paths if path.suffix.lower() in suffixes)
        return sorted(str(path) for path in wanted if not any(part.startswith(".") for part in path.parts))

    def path(self, name: str) -> str:
        """Where ``name`` lies, as ``filesystem`` wants it."""
        return f"{self.root.rstrip('/')}/{name}"

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        from pyarrow.fs import FileType

        return bool(self.filesystem.get_file_info(self.path(name)).type == FileType.File)

    def read(self, name: str) -> bytes:
        """A file's content, no more than is allowed of an image. Raises InputImageError."""
        try:
            with self.filesystem.open_input_stream(self.path(name), compression=None) as stream:
                return bytes(stream.read(DEFAULT_POLICY.max_file_bytes + 1))
        except OSError as error:
            raise InputImageError(f"{printable(name)}: cannot be read ({first_line(error)}).") from error

    def write(self, name: str, content: bytes) -> None:
        """``content`` as a whole file or not at all: renamed into place, or, in object storage, shown once uploaded.

        Missing folders are made. Raises OutputError.
        """
        if self.is_local:
            with replacing(Path(self.path(name))) as file:
                file.write(content)
            return
        try:
            self._write(self.path(name), content)
        except OSError as error:
            raise write_error(printable(name), error) from error

    def _write(self, path: str, content: bytes) -> None:
        has_folders = self.filesystem.type_name not in _OBJECT_STORAGE
        folder, _, file_name = path.rpartition("/")
        target = f"{folder}/.{secrets.token_hex(8)}-{file_name}" if has_folders else path
        if has_folders:
            self.filesystem.create_dir(folder, recursive=True)
        with self.filesystem.open_output_stream(target, compression=None) as stream:
            stream.write(content)
        if has_folders:
            self.filesystem.move(target, path)


def as_stream(content: bytes, name: str) -> BytesIO:
    """``content`` as a file of this name: messages say it."""
    stream = BytesIO(content)
    stream.name = name  # as open files have it
    return stream
