"""One ONNX graph, opened for running: a file or its bytes in, an ONNX Runtime session out."""

import os
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_QUIET = 3  # ONNX Runtime's level of errors
_NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"


def load_runtime() -> ModuleType:
    """The package ``onnxruntime``, without its telemetry. Raises ModelError if it is not installed."""
    # Read when the package is loaded; without it, longer runs look up hosts and leave a device id in the user's cache.
    os.environ[_NO_TELEMETRY] = "1"
    try:
        import onnxruntime
    except ImportError:
        raise ModelError("ONNX files need `pip install srgan-prompt[onnx]` (onnxruntime).") from None
    return onnxruntime


class OnnxSession:
    """The graph ``model``, a file or its bytes, on ``threads`` threads (None: one for every core).

    Pickled, it is opened anew. In a forked child it works on one thread: the runtime takes back what no thread began.
    Raises ModelError naming ``source``: it is missing or broken, or onnxruntime is not installed.
    """

    def __init__(self, model: Path | bytes, source: str, threads: int | None = None) -> None:
        self._model = model if isinstance(model, bytes) else model.absolute()
        self._source, self._threads = source, threads
        self.session = self._open()

    def run(self, outputs: list[str], feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
        """The ``outputs`` by name, in order."""
        return self.session.run(outputs, feeds)

    def metadata(self) -> dict[str, str]:
        """The strings that are stored in the file."""
        return dict(self.session.get_modelmeta().custom_metadata_map)

    def __reduce__(self) -> tuple[type["OnnxSession"], tuple[Path | bytes, str, int | None]]:
        return OnnxSession, (self._model, self._source, self._threads)

    def _open(self) -> "InferenceSession":
        onnxruntime = load_runtime()
        if isinstance(self._model, Path) and not self._model.is_file():
            raise ModelError(f"{self._source}: no such file; make one with `srgan-prompt export`.")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = self._threads or 0
        options.enable_mem_pattern = False  # tiles and sentences differ in size
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
        try:
            content = self._model if isinstance(self._model, bytes) else str(self._model)
            return onnxruntime.InferenceSession(content, options, providers=providers)
        except Exception as error:
            reason = str(error).strip().splitlines()[0].rstrip(".")
            raise ModelError(f"{self._source} is not an ONNX file that can be run ({reason}).") from error
