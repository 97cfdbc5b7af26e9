"""The rows of a data set of images, and where the result of each goes: settled, or refused, before any work starts.

A data set is a folder of images, or parquet files with a column of image files' bytes. It need not be on this machine:
``Storage`` is a path, or any address that pyarrow reads (s3://, gs://, hdfs://), and may be sent to other processes.
pyarrow comes with the extra ``ray``.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from srgan_prompt.errors import DataError, InputImageError, OutputError, UsageError, first_line
from srgan_prompt.files import printable, replacing, write_error
from srgan_prompt.images.formats import READ_SUFFIXES
from srgan_prompt.images.opened import DEFAULT_POLICY
from srgan_prompt.images.paths import InputFile, output_path

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


PARQUET = ".parquet"


@dataclass(frozen=True)
class Columns:
    """Of parquet files. ``name`` None: rows are named after the digest of their image and prompt."""

    image: str = "image"
    prompt: str | None = None
    name: str | None = None

    def wanted(self) -> list[str]:
        """All that need be read."""
        return [column for column in (self.image, self.prompt, self.name) if column]


@dataclass(frozen=True)
class Row:
    """One image to upscale. ``content`` None: it is the file ``name``; ``prompt`` None: the request's own."""

    name: str
    content: bytes | None = None
    prompt: str | None = None


@dataclass(frozen=True)
class Targets:
    """How results are named: ``a.jpg`` becomes ``a_x4.jpg``, with ``extension`` "png" ``a_x4.png``."""

    suffix: str
    extension: str | None = None
    as_parquet: bool = False

    def image_name(self, name: str) -> str:
        """Of the image file for the row ``name``, mirroring its folders."""
        return output_path(InputFile(Path(name)), suffix=self.suffix, extension=self.extension).as_posix()

    def file_name(self, name: str) -> str:
        """Of the file that is written: the image, or a parquet file that holds it."""
        image_name = self.image_name(name)
        return f"{image_name}{PARQUET}" if self.as_parquet else image_name


@dataclass(frozen=True)
class Rows:
    """``names`` of all rows; None where they are digests, known once a row is read. ``columns`` None: image files.

    ``is_folder``: all that lies in the folder is meant, so nothing else may be put there.
    """

    storage: Storage
    num_rows: int
    names: Sequence[str] | None
    files: Sequence[str] = ()
    columns: Columns | None = None
    is_folder: bool = True


def find_rows(address: str, columns: Columns) -> Rows:
    """The rows of the folder, file or address.

    Raises:
        InputImageError: nothing is there that is read.
        DataError: parquet files without a wanted column, or with names that are not all different and usable.
    """
    from pyarrow.fs import FileType

    storage = Storage.at(address)
    is_folder = storage.filesystem.get_file_info(storage.root).type != FileType.File
    if is_folder:
        files = storage.names({*READ_SUFFIXES, PARQUET})
    else:
        path = PurePosixPath(storage.root)
        storage, files = Storage(storage.filesystem, str(path.parent)), [path.name]
    tables = [name for name in files if name.lower().endswith(PARQUET)]
    if not files:
        raise InputImageError(f"{printable(address)}: no images and no parquet files found; check the name.")
    if not tables:
        return Rows(storage, len(files), files, is_folder=is_folder)
    if len(tables) < len(files):
        raise DataError(f"{printable(address)}: holds images and parquet files; name a folder with one of the two.")
    num_rows, names = _read_names(storage, tables, columns)
    return Rows(storage, num_rows, names, tables, columns, is_folder)


def _read_names(storage: Storage, files: Sequence[str], columns: Columns) -> tuple[int, list[str] | None]:
    """How many rows the parquet files have, and their names if these are a column. Raises DataError."""
    import pyarrow
    import pyarrow.dataset

    try:
        paths = [storage.path(name) for name in files]
        table = pyarrow.dataset.dataset(paths, filesystem=storage.filesystem, format="parquet")
        num_rows, known = table.count_rows(), table.schema.names
        missing = [column for column in columns.wanted() if column not in known]
        if missing:
            raise DataError(f"{files[0]}: has no column '{missing[0]}'; its columns are {', '.join(known)}.")
        names = table.to_table(columns=[columns.name]).column(0).to_pylist() if columns.name else None
    except (OSError, pyarrow.ArrowException) as error:
        raise DataError(
            f"{printable(storage.root)}: its parquet files cannot be read ({first_line(error)})."
        ) from error
    for number, name in enumerate(names or ()):
        if not _is_usable(name):
            raise DataError(f"Row {number} of column '{columns.name}': {name!r} cannot name a file; choose another.")
    return num_rows, names


def _is_usable(name: object) -> bool:
    """Whether a result may be named so: below the output folder, on any system."""
    if not isinstance(name, str) or not name or "\0" in name or "\\" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.name != ""


def refuse_collisions(rows: Rows, targets: Targets, output: Storage) -> None:
    """Raise OutputError if two rows have one result, or results would lie among the inputs."""
    same_place = rows.is_folder and output.filesystem.type_name == rows.storage.filesystem.type_name
    if same_place and f"{output.root.rstrip('/')}/".startswith(f"{rows.storage.root.rstrip('/')}/"):
        raise OutputError(f"{printable(output.root)}: lies inside the input; choose a folder beside it.")
    first: dict[str, str] = {}
    for name in rows.names or ():
        target = targets.file_name(name)
        if other := first.get(target):
            both = f"{printable(other)} and {printable(name)}"
            raise OutputError(f"{printable(target)}: is the output of both {both}; rename one, or do them apart.")
        first[target] = name


def unpacked(record: Mapping[str, Any], columns: Columns | None) -> Row:
    """A record as it was read from parquet, or as ``{"name": ...}`` for an image file."""
    if columns is None:
        return Row(record["name"])
    image = record[columns.image]
    content = (image.get("bytes") if isinstance(image, Mapping) else image) or b""  # data sets of Hugging Face nest it
    prompt = record[columns.prompt] if columns.prompt else None
    if columns.name:
        return Row(record[columns.name], content, prompt)
    return Row(hashlib.sha256(content + b"\0" + (prompt or "").encode()).hexdigest()[:32], content, prompt)
