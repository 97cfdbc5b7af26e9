"""An exported network under ONNX Runtime, and its sentences: numpy in, numpy out, without torch or transformers.

A network of raw embeddings has shipped vectors, in the table that ``prompts.embeddings`` writes, and for the rest an
exported BERT, which ``export_text_encoder`` writes.
"""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.exported import GRAPHS, ExportedEngine, ExportFacts
from srgan_prompt.inference.tiling import is_out_of_memory
from srgan_prompt.prompts.embeddings import shipped_table
from srgan_prompt.prompts.interpretation import PromptEmbedding
from srgan_prompt.prompts.prompt import clean_prompt

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

IMAGE, TEXTS, WEIGHTS, NEGATIVE, CONTEXT = "image", "texts", "weights", "negative", "context"
"""Names of the graph's inputs. The context, which is the global features of the image, is a constant: NaN for its own.
See ``CONTEXT_INPUT``."""
RESULT, INTENT = "result", "intent"
"""Names of the outputs of the graph and of the small network of sentences."""
CONTEXT_GRAPH, CONTEXT_INPUT, INTENT_GRAPH = GRAPHS
"""What travels in the metadata, see ``ExportFacts.graphs``: the network that sums a whole image up (its context), which
tiles need to agree; for raw embeddings, the one that tells what a sentence asks for (its intent); and a piece of a
model that makes the context an input when it is put behind the file's bytes, as protocol buffers allow. The file itself
has no such input: runtimes warn of inputs with a default."""

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


class OnnxEngine(ExportedEngine):
    """One ``.onnx`` file that ``export_onnx`` wrote."""

    def __init__(self, session: OnnxSession, context: OnnxSession | None, file: ExportFacts) -> None:
        opened = session.session
        provider = opened.get_providers()[0].removesuffix("ExecutionProvider")
        super().__init__(f"onnxruntime, {provider}, {file.precision}", file)
        self._session, self._context = session, context
        self._input_names = {each.name for each in (*opened.get_inputs(), *opened.get_overridable_initializers())}

    @classmethod
    def load(cls, path: Path, threads: int | None = None) -> "OnnxEngine":
        """Raises ModelError: the file is missing, broken or not ours, or onnxruntime is not installed."""
        session = OnnxSession(path, str(path), threads)
        file = ExportFacts.from_metadata(session.metadata(), str(path))
        graphs = file.graphs
        if CONTEXT_INPUT in graphs:
            session = OnnxSession(path.read_bytes() + graphs[CONTEXT_INPUT], str(path), threads)
        context = OnnxSession(graphs[CONTEXT_GRAPH], str(path), threads) if CONTEXT_GRAPH in graphs else None
        return cls(session, context, file)

    def run_one(self, image: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None) -> np.ndarray:
        """See ``FileNetwork.run_one``."""
        feeds = {IMAGE: image[None]}
        if self.facts.takes_prompts:
            if prompt is None:
                prompt = PromptEmbedding(np.zeros((1, self.file.text_dim), np.float32), np.zeros(1, np.float32))
            feeds |= dict(zip((TEXTS, WEIGHTS, NEGATIVE), prompt.as_rows(), strict=True))
        if features is not None and CONTEXT in self._input_names:
            feeds[CONTEXT] = features[None]
        try:
            return self._session.run([RESULT], feeds)[0][0]
        except Exception as error:  # onnxruntime has exceptions of its own for everything
            if is_out_of_memory(error):
                raise MemoryError(str(error)) from None
            raise

    def global_features_of(self, image: np.ndarray) -> np.ndarray | None:
        """See ``FileNetwork.global_features_of``."""
        return None if self._context is None else self._context.run([CONTEXT], {IMAGE: image[None]})[0][0]

    def amounts(self, texts: np.ndarray) -> np.ndarray:
        """See ``ExportedEngine.amounts``."""
        return self._intent.run([INTENT], {TEXTS: texts})[0]

    @cached_property
    def _intent(self) -> OnnxSession:
        """Opened when a sentence of the user's own is to be judged: the default request needs no judging."""
        graph = self.file.graphs.get(INTENT_GRAPH)
        if graph is None:
            raise ModelError(f"{self.name}: the file has no intent head, which judges sentences; export it again.")
        return OnnxSession(graph, self.name, threads=1)


TEXT_ENCODER_NAME = "text_encoder.onnx"
IDS, MASK, VECTORS = "input_ids", "attention_mask", "vectors"
IDENTITY_KEY, TOKENIZER_KEY, MAX_TOKENS_KEY = (f"srgan_prompt.{key}" for key in ("encoder", "tokenizer", "max_tokens"))


class OnnxPromptEncoder:
    """Documented wordings need no file; any other sentence needs ``text_encoder.onnx`` in ``folder``.

    ``identity`` is that of the encoder that the network was trained with, None if it is not recorded.
    """

    def __init__(self, folder: Path, threads: int | None = None, identity: str | None = None) -> None:
        self.folder, self.threads, self.identity = folder, threads, identity

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """See ``PromptEncoder.embed``. Raises ModelError for a sentence without a vector of the right encoder."""
        table = shipped_table()
        # Vectors of two encoders do not mix: one exported from another BERT does everything.
        if (self._encoder.identity if self._exists else self.identity or table.identity) == table.identity:
            return table.embed(prompts, self._encode)
        blank = np.zeros(self._encoder.dim if self._exists else table.vectors.shape[1], np.float32)
        return np.stack([self._encode([prompt])[0] if clean_prompt(prompt) else blank for prompt in prompts])

    def num_tokens_cut(self, prompt: str) -> int:
        """See ``PromptEncoder.num_tokens_cut``."""
        return self._encoder.num_tokens_cut(prompt) if self._exists else 0

    @property
    def _exists(self) -> bool:
        return (self.folder / TEXT_ENCODER_NAME).is_file()

    @cached_property
    def _encoder(self) -> "OnnxTextEncoder":
        path = self.folder / TEXT_ENCODER_NAME
        encoder = OnnxTextEncoder(path, self.threads)
        if self.identity not in (None, encoder.identity):
            raise ModelError(
                f"{path} is another text encoder ({encoder.identity}) than the model was trained with"
                f" ({self.identity}); export it with the model: `srgan-prompt export MODEL --text-encoder`."
            )
        return encoder

    def _encode(self, prompts: Sequence[str]) -> np.ndarray:
        if not self._exists:
            raise ModelError(
                f"'{prompts[0][:60]}' is not one of the shipped sentences, and {TEXT_ENCODER_NAME} is not there;"
                " run `srgan-prompt export -o FILE.onnx --text-encoder` once and give --model FILE.onnx,"
                " or use the torch engine."
            )
        return np.stack([self._encoder.encode(prompt) for prompt in prompts])


class OnnxTextEncoder:
    """An exported BERT with its tokenizer. Raises ModelError if ``path`` holds none."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._session = OnnxSession(path, str(path), threads)
        facts = self._session.metadata()
        try:
            self.identity = facts[IDENTITY_KEY]
            self._max_tokens = int(facts[MAX_TOKENS_KEY])
            self._tokenizer = _tokenizer(facts[TOKENIZER_KEY])
        except (KeyError, ValueError) as error:
            raise ModelError(f"{path} was not exported by srgan_prompt or is damaged ({error}).") from None
        self.dim: int = self._session.session.get_outputs()[0].shape[1]

    def encode(self, prompt: str) -> np.ndarray:
        """The unit vector [D] of one sentence."""
        ids = self._ids(prompt)
        if len(ids) > self._max_tokens:
            ids = [*ids[: self._max_tokens - 1], ids[-1]]
        feeds = {IDS: np.array([ids], np.int64), MASK: np.ones((1, len(ids)), np.int64)}
        return self._session.run([VECTORS], feeds)[0][0]

    def num_tokens_cut(self, prompt: str) -> int:
        """How many word pieces at the end of ``prompt`` are not read."""
        return max(0, len(self._ids(prompt)) - self._max_tokens)

    def _ids(self, prompt: str) -> list[int]:
        return self._tokenizer.encode(clean_prompt(prompt)).ids


def _tokenizer(description: str) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(description)
    except Exception as error:  # noqa: BLE001  the Rust side raises a bare Exception
        raise ValueError(str(error)) from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
