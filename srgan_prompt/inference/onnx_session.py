"""One ONNX graph, opened for running: a file or its bytes in, an ONNX Runtime session out."""

from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_session(model: Path | bytes, source: str, threads: int | None = None) -> "InferenceSession":
    """``threads`` None: one for every core.

    Raises ModelError naming ``source``: it is missing or broken, or onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise ModelError("ONNX files need `pip install srgan-prompt[onnx]` (onnxruntime).") from None
    if isinstance(model, Path) and not model.is_file():
        raise ModelError(f"{source}: no such file; make one with `srgan-prompt export`.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    options.enable_mem_pattern = False  # tiles and sentences differ in size
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
    try:
        content = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ModelError(f"{source} is not an ONNX file that can be run ({reason}).") from error
