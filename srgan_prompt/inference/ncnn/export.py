"""A generator as a pair of ncnn files that take images of any size, converted by pnnx from torch's own trace.

Without a prompt the network takes one clause at a time, and the engine adds clauses up; with one, the sentence is
folded into constants, and the network needs no text at all.
"""

import json
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from srgan_prompt.errors import ModelError
from srgan_prompt.files import replacing
from srgan_prompt.inference.exporting import BakedPrompt, prepare_export
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.ncnn.engine import (
    CHANGE,
    DIGEST,
    FACTS_MARK,
    GLOBAL_FEATURES,
    IMAGE,
    INTENT,
    RESULT,
    TEXT,
    TONE,
    TRUNK,
    digest,
)
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.prompts.interpretation import PromptEmbedding
from srgan_prompt.prompts.prompt import PromptLike

_MEMORY_RATIO = 2.6  # measured: 1.9 with one clause, 2.5 with two, whose changes are added outside of ncnn
_EXAMPLE_PX, _OTHER_EXAMPLE_PX = (24, 20), (40, 36)  # two, so that pnnx sees which sizes are free


def export_ncnn(
    upscaler: Upscaler,
    path: str | Path,
    prompt: PromptLike = None,
    *,
    bake: bool = False,
    strength: float = 1.0,
    negative: str | None = None,
    precision: str = "fp32",
) -> Path:
    """Write ``upscaler``'s network to ``path``, which ends in .param, and its weights to the .bin beside it.

    Arguments and errors are those of ``onnx.export.export_onnx``, but ``precision`` is "fp32" or "fp16" (half the file,
    computed with in float32 all the same), and the extra is ``ncnn``. The .param is written last, with a checksum of
    both: half a pair is never taken for a whole one.
    """
    path = Path(path)
    export = prepare_export(
        upscaler,
        prompt,
        strength,
        negative,
        bake=bake,
        precision=precision,
        precisions=FILE_ENGINES["ncnn"].precisions,
        memory_ratio=_MEMORY_RATIO,
    )
    pnnx = _load_converter()
    with export.generator_on_cpu() as generator:
        network = _Baked(generator, export.baked) if export.baked else _OneClause(generator)
        param, weights = _convert(network, generator.config.text_width, pnnx, is_half=precision == "fp16")
    metadata = export.facts.to_metadata() | {DIGEST: digest(param, weights)}
    with replacing(path.with_suffix(".bin")) as file:
        file.write(weights)
    with replacing(path) as file:
        file.write((param + FACTS_MARK + json.dumps(metadata) + "\n").encode())
    return path


class _Named(nn.Module):
    """A generator, traced: its outputs are the values that the engine knows by name, in the order of ``names``."""

    names: list[str]

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def _trace(self, image: Tensor, steering: TextConditioning | None, more: dict[str, Tensor]) -> tuple[Tensor, ...]:
        context = None
        if steering is not None and self.generator.config.tone:
            # Without the padding of very small images, which the engine sees to: a trace would fix its width.
            context = more[GLOBAL_FEATURES] = self.generator.context_encoder.layers(image).mean(dim=(2, 3))
        values = {RESULT: self.generator(image, steering, context)} | more
        self.names = list(values)
        return tuple(values.values())


class _OneClause(_Named):
    """(image, text) -> what is named."""

    def forward(self, image: Tensor, text: Tensor) -> tuple[Tensor, ...]:
        """Image (1, 3, h, w) and the text (1, D) of one clause at weight 1."""
        seen: dict[str, Tensor] = {}
        hooks = [
            composer.register_forward_hook(_note(seen, CHANGE.format(depth), TRUNK.format(depth)))
            for depth, composer in self.generator.composers.items()
        ]
        if self.generator.config.tone:
            hooks.append(self.generator.tone_head.register_forward_hook(_note(seen, TONE)))
        if self.generator.config.text_features == "raw":
            seen[INTENT] = self.generator.intent(text)
        try:
            return self._trace(image, _SingleClause(text[:, None], text.new_ones(1, 1)), seen)
        finally:
            for hook in hooks:
                hook.remove()


class _Baked(_Named):
    """(image) -> what is named, with the prompt as constants."""

    def __init__(self, generator: Generator, baked: BakedPrompt) -> None:
        super().__init__(generator)
        self.steering = None if baked.embedding is None else _ProjectedConditioning.by(generator, baked.embedding)

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Image (1, 3, h, w)."""
        return self._trace(image, self.steering, {})


class _SingleClause(TextConditioning):
    """One clause as worded: its change is the change."""

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        return change(self.texts[:, 0])


class _ProjectedConditioning(TextConditioning):
    """After the text tower, which then stays out of the network."""

    @classmethod
    def by(cls, generator: Generator, embedding: PromptEmbedding) -> "_ProjectedConditioning":
        with torch.no_grad():
            texts = generator.text_tower(torch.from_numpy(embedding.texts))[None]
            negative = None
            if embedding.negative is not None:
                negative = generator.text_tower(torch.from_numpy(embedding.negative)[None])
        return cls(texts, torch.from_numpy(embedding.weights)[None], negative)

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "_ProjectedConditioning":
        return self


def _note(seen: dict[str, Tensor], output: str, first_input: str | None = None) -> Callable[..., None]:
    """A hook that keeps what a module gives, and what it was given."""

    def hook(_module: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
        seen[output] = result
        if first_input is not None:
            seen[first_input] = given[0]

    return hook


def _convert(network: _Named, text_width: int, pnnx: Path, *, is_half: bool) -> tuple[str, bytes]:
    """The .param and the .bin of ``network``. Raises ModelError if pnnx fails."""
    examples = [
        {IMAGE: (1, 3, *px)} | ({} if isinstance(network, _Baked) else {TEXT: (1, text_width)})
        for px in (_EXAMPLE_PX, _OTHER_EXAMPLE_PX)
    ]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer warns of what would fix a size; the second example shows none is
        inputs = tuple(torch.rand(shape) for shape in examples[0].values())
        torch.jit.trace(network.eval(), inputs, check_trace=False).save(f"{folder}/network.pt")
        shapes = [",".join(str(list(shape)).replace(" ", "") for shape in each.values()) for each in examples]
        arguments = [f"inputshape={shapes[0]}", f"inputshape2={shapes[1]}", f"fp16={int(is_half)}"]
        done = subprocess.run([pnnx, "network.pt", *arguments], cwd=folder, capture_output=True, check=False)
        files = [Path(folder) / f"network.ncnn.{each}" for each in ("param", "bin")]
        if done.returncode or not all(each.is_file() for each in files):
            raise ModelError(f"pnnx could not convert the network ({done.stderr.decode(errors='replace')[-200:]}).")
        names = {f"in{index}": name for index, name in enumerate(examples[0])}
        names |= {f"out{index}": name for index, name in enumerate(network.names)}
        return _named(files[0].read_text(), names), files[1].read_bytes()


def _named(param: str, names: dict[str, str]) -> str:
    """``param`` with its values called as in ``names`` (pnnx's name -> ours).

    Of a value that the network itself uses too, pnnx gives out a copy, made by a Split layer. The original gets the
    name, since it is what must be replaced; the copy goes, since it would keep memory for nobody.
    """
    magic, _, *lines = param.splitlines()
    names, layers = dict(names), []
    for kind, name, num_in, num_out, *rest in map(str.split, lines):
        inputs, outputs, parameters = _cut(rest, int(num_in), int(num_out))
        for copy in [each for each in outputs if kind == "Split" and each in names]:
            outputs.remove(copy)
            names[inputs[0]] = names.pop(copy)
        layers.append((kind, name, inputs, outputs, parameters))
    num_values = sum(len(outputs) for _, _, _, outputs, _ in layers)
    rows = [
        [kind, name, str(len(inputs)), str(len(outputs)), *(names.get(each, each) for each in inputs + outputs), *rest]
        for kind, name, inputs, outputs, rest in layers
    ]
    return "\n".join([magic, f"{len(layers)} {num_values}", *map(" ".join, rows), ""])


def _cut(words: list[str], *lengths: int) -> tuple[list[str], ...]:
    """``words`` in pieces of these lengths, and the rest."""
    ends = [0, *accumulate(lengths), len(words)]
    return tuple(words[start:end] for start, end in pairwise(ends))


def _load_converter() -> Path:
    try:
        import pnnx
    except ImportError:
        raise ModelError("Exporting to ncnn needs `pip install srgan-prompt[ncnn]` (pnnx).") from None
    return Path(pnnx.EXEC_PATH)
