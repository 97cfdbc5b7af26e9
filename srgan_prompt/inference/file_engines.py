"""The runtimes of exported files, as data: which files each runs, and where its code is.

Light, since the command's help lists them: a runtime's modules are imported when they are needed. To add one, see
docs/howto/add_an_engine.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.files import WEIGHTS

if TYPE_CHECKING:
    from srgan_prompt.inference.exported import FileNetwork


@dataclass(frozen=True)
class FileEngine:
    """One runtime. ``engine`` and ``exporter`` name an ``ExportedEngine`` and a function like ``export_onnx``.

    ``suffixes``: of the file that names a network, and of those that lie beside it. ``file``: what it is called in a
    sentence; ``packages``: what runs and writes it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    file: str
    precisions: tuple[str, ...]
    packages: tuple[str, ...]
    engine: str
    exporter: str

    @property
    def suffix(self) -> str:
        """Of the file that names a network."""
        return self.suffixes[0]

    def files(self, path: Path) -> list[Path]:
        """All that make up the network that ``path`` names."""
        return [path, *(path.with_suffix(suffix) for suffix in self.suffixes[1:])]

    def load(self, path: Path, threads: int | None = None) -> "FileNetwork":
        """See ``FileNetwork.load``. Raises UsageError too, if ``path`` is not named like a file of this kind."""
        if path.suffix.lower() != self.suffix:
            raise UsageError(f"The {self.title} engine needs {self.file}; make one with `{self.command}`.")
        return resolve_name(self.engine).load(path, threads)

    def require(self) -> None:
        """Raises ModelError unless all that writes and runs its files is installed."""
        missing = [package for package in self.packages if find_spec(package) is None]
        if missing:
            raise ModelError(
                f"{self.title} files need `pip install srgan-prompt[{self.name}]` ({', '.join(missing)} not found)."
            )

    @property
    def export(self) -> Callable[..., Path]:
        """The function that writes its files; all take the arguments of ``onnx.export.export_onnx``."""
        return resolve_name(self.exporter)

    def shipped(self, weights: Path = WEIGHTS) -> Path:
        """The file in the folder ``weights``. Raises UsageError if there is none."""
        path = weights / f"x4{self.suffix}"
        if not path.is_file():
            raise UsageError(
                f"This installation ships no {self.title} file; `{self.command} -o {path.name}`,"
                f" then --model {path.name}."
            )
        return path

    @property
    def command(self) -> str:
        """What writes such a file."""
        return "srgan-prompt export" + ("" if self.name == DEFAULT_FORMAT else f" --to {self.name}")


DEFAULT_FORMAT = "onnx"
FILE_ENGINES = {
    each.name: each
    for each in (
        FileEngine(
            name="onnx",
            title="ONNX",
            suffixes=(".onnx",),
            file="an .onnx file",
            precisions=("fp32", "fp16", "int8"),
            packages=("onnxruntime", "onnx", "onnxscript"),
            engine="srgan_prompt.inference.onnx.engine:OnnxEngine",
            exporter="srgan_prompt.inference.onnx.export:export_onnx",
        ),
        FileEngine(
            name="ncnn",
            title="ncnn",
            suffixes=(".param", ".bin"),
            file="a .param file",
            precisions=("fp32", "fp16"),
            packages=("ncnn", "pnnx"),
            engine="srgan_prompt.inference.ncnn.engine:NcnnEngine",
            exporter="srgan_prompt.inference.ncnn.export:export_ncnn",
        ),
    )
}


def file_engine_of(path: str | Path) -> FileEngine | None:
    """The runtime of files named like ``path``."""
    suffix = Path(path).suffix.lower()
    return next((each for each in FILE_ENGINES.values() if each.suffix == suffix), None)
