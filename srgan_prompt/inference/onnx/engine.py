"""An exported network under ONNX Runtime: numpy in, numpy out. Imports neither torch nor transformers."""

import os
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.inference import memory
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW, Guidance
from srgan_prompt.inference.onnx.format import CONTEXT, IMAGE, INTENT, NEGATIVE, RESULT, TEXTS, WEIGHTS, OnnxFacts

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


class OnnxEngine:
    """One ``.onnx`` file that ``export`` wrote."""

    def __init__(self, session: OnnxSession, context: OnnxSession | None, facts: OnnxFacts) -> None:
        self._session, self._context, self._facts = session, context, facts
        opened = session.session
        self._input_names = {each.name for each in (*opened.get_inputs(), *opened.get_overridable_initializers())}
        self.name = f"onnxruntime, {opened.get_providers()[0].removesuffix('ExecutionProvider')}, {facts.precision}"
        self.scale = facts.scale
        self.receptive_radius_px = facts.receptive_radius_px
        self.bytes_per_px = facts.bytes_per_px
        self.intents = facts.intents
        self.encoder = facts.encoder
        self.ignores_prompts = facts.ignores_prompts
        self.tiles_differ = None

    @classmethod
    def load(cls, path: Path, threads: int | None = None) -> "OnnxEngine":
        """Raises ModelError: the file is missing, broken or not ours, or onnxruntime is not installed."""
        session = OnnxSession(path, str(path), threads)
        facts = OnnxFacts.from_metadata(session.metadata(), str(path))
        if facts.context_input is not None:
            session = OnnxSession(path.read_bytes() + facts.context_input, str(path), threads)
        context = None if facts.context_graph is None else OnnxSession(facts.context_graph, str(path), threads)
        return cls(session, context, facts)

    def free_bytes(self) -> int:
        """See ``Engine.free_bytes``."""
        return min(memory.free_bytes() // 2, memory.MAX_TILE_BYTES)

    def understands(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.understands``; by the intent head, which travels in the file."""
        (amounts,) = self._intent.run([INTENT], {TEXTS: self._checked(texts)})
        return [bool(reached.any()) for reached in amounts >= NOT_UNDERSTOOD_BELOW]

    def context(self, picture: np.ndarray) -> np.ndarray | None:
        """See ``Engine.context``."""
        if self._context is None:
            return None
        return np.concatenate([self._context.run([CONTEXT], {IMAGE: each[None]})[0] for each in _packed(picture)])

    def run(
        self, tile: np.ndarray, guidance: Guidance | None, context: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``; ``exact`` changes nothing: a file has one precision."""
        feeds = {} if self._facts.prompt is not None else self._text_feeds(guidance)
        answers = []
        for row, image in enumerate(_packed(tile)):
            feeds[IMAGE] = image[None]
            if context is not None and CONTEXT in self._input_names:
                feeds[CONTEXT] = context[row : row + 1]
            answers.append(self._run_one(feeds))
        return answers[0] if len(answers) == 1 else np.concatenate(answers)

    def _text_feeds(self, guidance: Guidance | None) -> dict[str, np.ndarray]:
        if guidance is None:
            guidance = Guidance(np.zeros((1, self._facts.text_dim), np.float32), np.zeros(1, np.float32))
        texts, weights, negative = guidance.as_rows()
        return {TEXTS: self._checked(texts), WEIGHTS: weights, NEGATIVE: negative}

    def _checked(self, texts: np.ndarray) -> np.ndarray:
        if texts.shape[1] != self._facts.text_dim:
            raise ModelError(
                f"The model reads sentences of {self._facts.text_dim} numbers, and the text encoder gives"
                f" {texts.shape[1]}; use the encoder that it was trained with."
            )
        return texts

    @cached_property
    def _intent(self) -> OnnxSession:
        """Opened when a sentence of the user's own is to be judged: the default request needs no judging."""
        graph = self._facts.intent_graph
        if graph is None:
            raise ModelError(f"{self.name}: the file has no intent head, which judges sentences; export it again.")
        return OnnxSession(graph, self.name, threads=1)

    def _run_one(self, feeds: dict[str, np.ndarray]) -> np.ndarray:
        try:
            return self._session.run([RESULT], feeds)[0]
        except Exception as error:  # onnxruntime has exceptions of its own for everything
            if memory.is_out_of_memory(error):
                raise MemoryError(str(error)) from None
            raise


def _packed(pictures: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pictures, np.float32)
