"""Networks as ncnn files, the fastest for small images on a CPU. Imports neither torch nor transformers.

Those of other projects (Real-ESRGAN's, Upscayl's) turn an image into a larger one, and that is all. Of ours,
``x4.param`` says what the network is, and after that, where ncnn does not read on, what it is for; ``x4.bin`` has the
weights. Any value in the network that has a name can be asked for, which costs no more than what leads to it, or given,
which saves what would have led to it:

    image -> ... -> trunk_4 (+ change_4) -> ... -> trunk_8 (+ change_8) -> ... (+ tone) -> result
    trunk_4, text -> change_4      trunk_8, text -> change_8      image -> global_features, text -> tone

So one graph for one clause serves any number of them: their changes are asked for one by one, added up here, and given.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.exported import ExportedEngine, ExportFacts, FileNetwork
from srgan_prompt.prompts.interpretation import PromptEmbedding

if TYPE_CHECKING:
    import ncnn

IMAGE, TEXT, RESULT = "image", "text", "result"
GLOBAL_FEATURES, TONE, INTENT = "global_features", "tone", "intent"
TRUNK, CHANGE = "trunk_{}", "change_{}"  # where the text acts: what goes into a composer, and what comes out
FACTS_MARK = "# srgan_prompt "
DIGEST = "digest"
_NO_TONE = np.zeros((3, 7), np.float32)  # see ``operators.tone.apply_tone``
_MAGIC = "7767517"  # the first line of every .param
_PROBE_PX = 16
_MIN_PX = 4  # for the first layer of the global features; see ``models.composition``


class _NcnnFile:
    """A pair of files that is open, on ``threads`` threads (None: one for every big core).

    Pickled, it is opened anew. In a forked child, which inherits no threads, it works on one.
    """

    def __init__(self, path: Path, threads: int | None) -> None:
        self._origin = path.absolute(), threads
        self._net, self._process = _open(path, threads), os.getpid()

    def net(self) -> "ncnn.Net":
        """The network."""
        if os.getpid() != self._process:  # its layers keep the number of threads that they were loaded with
            self._net, self._process = _open(self._origin[0], threads=1), os.getpid()
        return self._net

    def __reduce__(self) -> "tuple[type[_NcnnFile], tuple[Path, int | None]]":
        return _NcnnFile, self._origin


class NcnnEngine(ExportedEngine):
    """One pair of files that ``export_ncnn`` wrote."""

    def __init__(self, opened: _NcnnFile, file: ExportFacts) -> None:
        super().__init__(f"ncnn, CPU, {file.precision}", file)
        self._opened = opened
        self._names = {blob.name for blob in opened.net().blobs()}
        depths = sorted(int(name.rpartition("_")[2]) for name in self._names if name.startswith(CHANGE.format("")))
        self._composers = [(TRUNK.format(depth), CHANGE.format(depth)) for depth in depths]

    @classmethod
    def load(cls, path: Path, threads: int | None = None) -> FileNetwork:
        """Those of other projects too, as a ``ForeignNcnnEngine``. See ``FileNetwork.load``."""
        _load_runtime()  # before the files are read: who lacks it hears that first
        file = read_facts(path)
        return ForeignNcnnEngine.load(path, threads) if file is None else cls(_NcnnFile(path, threads), file)

    def run_one(self, image: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None) -> np.ndarray:
        """See ``FileNetwork.run_one``."""
        run = _Run(self._opened.net(), {IMAGE: image})
        if GLOBAL_FEATURES in self._names and not (self.facts.takes_prompts and prompt is None):
            known = self.global_features_of(image) if features is None else features
            if known is not None:
                run.put(GLOBAL_FEATURES, known)
        if self.facts.takes_prompts:
            self._steer(run, prompt)
        return run.get(RESULT)

    def global_features_of(self, image: np.ndarray) -> np.ndarray | None:
        """See ``FileNetwork.global_features_of``."""
        if GLOBAL_FEATURES not in self._names:
            return None
        short = [max(0, _MIN_PX - side) for side in image.shape[1:]]
        padded = np.pad(image, [(0, 0), *((0, each) for each in short)], mode="edge")
        return _Run(self._opened.net(), {IMAGE: padded}).get(GLOBAL_FEATURES)

    def amounts(self, texts: np.ndarray) -> np.ndarray:
        """See ``ExportedEngine.amounts``."""
        return np.stack([_Run(self._opened.net(), {TEXT: text}).get(INTENT) for text in texts])

    def _steer(self, run: "_Run", prompt: PromptEmbedding | None) -> None:
        """Gives ``run`` the changes that ``prompt`` asks for; or, for one clause as worded, the clause."""
        if prompt is not None and prompt.negative is None and prompt.weights.tolist() == [1]:
            run.put(TEXT, prompt.texts[0])
            return
        for trunk, change in self._composers:
            here = run.get(trunk)
            run.put(change, np.zeros_like(here) if prompt is None else self._change(prompt, change, {trunk: here}))
        if TONE in self._names:
            run.put(TONE, _NO_TONE if prompt is None else self._tone(prompt, run.get(GLOBAL_FEATURES)))

    def _tone(self, prompt: PromptEmbedding, features: np.ndarray) -> np.ndarray:
        return self._change(prompt, TONE, {GLOBAL_FEATURES: features})

    def _change(self, prompt: PromptEmbedding, name: str, given: Mapping[str, np.ndarray]) -> np.ndarray:
        """All clauses' changes at ``name``, weighed and added; see ``models.composition``."""

        def change(text: np.ndarray) -> np.ndarray:
            return _Run(self._opened.net(), {**given, TEXT: text}).get(name)

        weighted = (weight * change(text) for text, weight in zip(prompt.texts, prompt.weights, strict=True))
        total = reduce(np.add, weighted)
        return total if prompt.negative is None else _remove_direction(total, change(prompt.negative))


class ForeignNcnnEngine(FileNetwork):
    """A network of another project, from one RGB image to a larger one. It takes no prompts."""

    def __init__(self, opened: _NcnnFile, scale: int) -> None:
        super().__init__("ncnn, CPU, fp32", NetworkFacts.of_foreign(scale))
        self._opened = opened

    @classmethod
    def load(cls, path: Path, threads: int | None = None) -> "ForeignNcnnEngine":
        """The scale is found by trying. See ``FileNetwork.load``."""
        opened = _NcnnFile(path, threads)
        if (len(opened.net().input_names()), len(opened.net().output_names())) == (1, 1):
            answer = cls(opened, 1).run_one(np.full((3, _PROBE_PX, _PROBE_PX), 0.5, np.float32), None, None)
            scale, rest = divmod(answer.shape[-1], _PROBE_PX)
            if scale and not rest and answer.shape == (3, scale * _PROBE_PX, scale * _PROBE_PX):
                return cls(opened, scale)
        raise ModelError(f"{path} does not turn one RGB image into another of the same or a larger size.")

    def run_one(self, image: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None) -> np.ndarray:
        """See ``FileNetwork.run_one``."""
        net = self._opened.net()
        return _Run(net, {net.input_names()[0]: image}).get(net.output_names()[0])


class _Run:
    """One pass through the network: values are given and asked for by name, arrays without a batch axis."""

    def __init__(self, net: "ncnn.Net", given: Mapping[str, np.ndarray]) -> None:
        self._extractor = net.create_extractor()
        for name, value in given.items():
            self.put(name, value)

    def put(self, name: str, value: np.ndarray) -> None:
        """Nothing that would lead to ``name`` is computed from now on."""
        import ncnn

        packed = np.ascontiguousarray(value, np.float32)  # named, since ncnn borrows its memory and keeps no reference
        # A copy of ncnn's own: layers that work in place look at a reference count, which borrowed memory has not.
        self._extractor.input(name, ncnn.Mat(packed).clone())

    def get(self, name: str) -> np.ndarray:
        """Computes what leads to ``name`` and is not there yet. Raises MemoryError, the one way in which that fails."""
        failed, value = self._extractor.extract(name)
        if failed:
            raise MemoryError(f"ncnn found no memory for '{name}'")
        return np.array(value)


def read_facts(path: Path) -> ExportFacts | None:
    """What the pair of files at ``path`` says about itself; None if it is of another project.

    Both files of ours are checked first: ncnn does not, and a damaged one could end the process. Raises ModelError: a
    file is missing or damaged.
    """
    weights = path.with_suffix(".bin")
    for each in (path, weights):
        if not each.is_file():
            raise ModelError(f"{each}: no such file; `srgan-prompt export --to ncnn` writes a .param and its .bin.")
    network, mark, line = path.read_text("utf-8", "replace").partition(FACTS_MARK)
    if network.split("\n", 1)[0].strip() != _MAGIC:
        raise ModelError(f"{path} is no ncnn network, or is damaged; `srgan-prompt export --to ncnn` writes one.")
    if not mark:
        return None
    try:
        metadata = json.loads(line)
        is_whole = metadata.get(DIGEST) == digest(network, weights.read_bytes())
    except (ValueError, AttributeError) as error:
        raise ModelError(f"{path} is damaged ({error}); export it again.") from None
    if not is_whole:
        raise ModelError(f"{path} and {weights.name} do not belong together, or one is damaged; export them again.")
    return ExportFacts.from_metadata(metadata, str(path))


def digest(network: str, weights: bytes) -> str:
    """What tells whether two files belong together: the SHA-256 of both."""
    return hashlib.sha256(network.encode() + weights).hexdigest()


def _remove_direction(change: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """See ``models.composition.remove_direction``; channels first, without a batch axis."""
    along = (change * direction).sum(0, keepdims=True).clip(min=0)
    length = np.square(direction).sum(0, keepdims=True)
    return change - along / (length + np.finfo(np.float32).eps) * direction


def _open(path: Path, threads: int | None) -> "ncnn.Net":
    ncnn = _load_runtime()
    net = ncnn.Net()
    if threads is not None:
        net.opt.num_threads = threads
    for half in ("packed", "storage", "arithmetic"):  # what the processor can do would decide what comes out
        setattr(net.opt, f"use_fp16_{half}", False)
    if net.load_param(str(path)) or net.load_model(str(path.with_suffix(".bin"))):
        raise ModelError(f"{path} or its .bin is damaged, or needs another version of ncnn than {ncnn.__version__}.")
    return net


def _load_runtime() -> ModuleType:
    try:
        import ncnn
    except ImportError:
        raise ModelError("ncnn files need `pip install srgan-prompt[ncnn]` (ncnn).") from None
    return ncnn
