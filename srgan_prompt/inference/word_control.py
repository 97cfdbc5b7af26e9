"""Control over single words, for networks in which pixels choose their words (``generator.composition: attention``).

    control = WordControl(upscaler)
    control("photo.jpg", "remove the noise, warmer", word_weights={"warmer": 1.5}).save("more.png")
    control("photo.jpg", "remove the blur, warmer", keep="remove the noise, warmer").save("other.png")
    control.maps("photo.jpg", "remove the noise, warmer")["noise"]  # who listens to it, [h, w]

Prompt-to-Prompt (Hertz et al. 2022): what an edit must leave as it is, it takes from the maps of attention of the
sentence before the edit. There the maps are fixed in the first of many diffusion steps; here there is one pass, and
they are fixed in it. As there, edited maps are not normalised again.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.result import UpscaleResult
from srgan_prompt.inference.tiling import RIM_PX
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import UpscaleOptions, Upscaler
from srgan_prompt.models.attention import WordMaps
from srgan_prompt.prompts.interpretation import PromptEmbedding
from srgan_prompt.prompts.prompt import MAX_WEIGHT, read_prompt
from srgan_prompt.prompts.prompt_encoder import TokenEncoder


class Word(NamedTuple):
    """A word of a prompt in lower case, and the wordpieces [start, stop) that it consists of."""

    text: str
    start: int
    stop: int


class WordControl:
    """Upscales as ``upscaler`` does, with a hand on what is listened to.

    Raises UsageError for a network without cross-attention over words.
    """

    def __init__(self, upscaler: Upscaler) -> None:
        engine, encoder = upscaler.model.engine, upscaler.model.sentences
        if not (
            isinstance(engine, TorchEngine)
            and engine.generator.config.composition == "attention"
            and isinstance(encoder, TokenEncoder)
        ):
            raise UsageError(
                f"{upscaler.model.name} has no attention over words; train one with generator.composition: attention."
            )
        self._upscaler, self._engine, self._encoder = upscaler, engine, encoder

    def words(self, prompt: str) -> tuple[Word, ...]:
        """The words of ``prompt`` that the network sees; a number is one. Raises UsageError if it has several clauses.

        A size that the prompt names is none of them.
        """
        clauses = read_prompt(prompt).clauses
        if len(clauses) != 1:
            raise UsageError(f"Words are controlled in a prompt of one clause without weights, and '{prompt}' is none.")
        return words_of(self._encoder.wordpieces(clauses[0][0]))

    def __call__(
        self,
        image: Any,
        prompt: str,
        *,
        word_weights: Mapping[str, float] | None = None,
        keep: str | None = None,
        **options: Unpack[UpscaleOptions],
    ) -> UpscaleResult:
        """Upscale ``image`` as ``prompt`` asks; ``options`` are those of ``Upscaler.__call__``, but for ``negative``.

        Args:
            image: one image, in any form that ``Upscaler`` takes.
            prompt: one sentence, without weights of clauses.
            word_weights: what to multiply the maps of a word with, wherever it stands: 0 is as if nobody heard it, 1
                as it is, at most 2 either way.
            keep: the sentence before the edit. Words that both have keep its maps; a word in the place of another
                takes over that one's maps; words that it has not keep their own.

        Raises:
            UsageError: a word that is not in the prompt, a weight out of range, or a prompt of several clauses.
        """
        return self._run(
            image, prompt, word_weights=word_weights, keep=keep, note=lambda tile, maps: None, options=options
        )

    def maps(
        self, image: Any, prompt: str, *, word_weights: Mapping[str, float] | None = None, keep: str | None = None
    ) -> dict[str, np.ndarray]:
        """How much each pixel of ``image`` listens to each word of ``prompt``: arrays [h, w], float32, at most 1.

        Wordpieces of a word are added, and so are equal words; heads and depths are averaged. What is missing to a sum
        of 1 is nobody's. The arguments are those of ``__call__``; the image is not tiled.
        """
        seen: list[np.ndarray] = []

        def note(tile: np.ndarray, maps: Tensor) -> None:
            if maps.shape[-1] > 1:  # that of the colour transform belongs to no pixel
                grid = maps.mean(dim=1).unflatten(-1, tile.shape[-2:])[0]
                seen.append(grid[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX].float().cpu().numpy())

        self._run(image, prompt, word_weights=word_weights, keep=keep, note=note, options={"tile": "off"})
        mean, found = np.mean(seen, axis=0), dict[str, np.ndarray]()
        for text, start, stop in self.words(prompt):
            found[text] = found.get(text, 0) + mean[start:stop].sum(axis=0)
        return found

    def _run(
        self,
        image: Any,
        prompt: str,
        *,
        word_weights: Mapping[str, float] | None,
        keep: str | None,
        note: Callable[[np.ndarray, Tensor], None],
        options: UpscaleOptions,
    ) -> UpscaleResult:
        if options.get("negative"):
            raise UsageError("Words are controlled without a negative prompt; give the word a weight below 0 instead.")
        words = self.words(prompt)
        edit = partial(_weighed, weights=token_weights(words, word_weights or {}, self._encoder.num_tokens))
        kept, before = None, None
        if keep is not None:
            source = self.words(keep)
            kept = Kept.of(source, words, self._encoder.num_tokens)
            before = self._encoder.embed([read_prompt(keep).clauses[0][0]])
        engine = _ControlledEngine(self._engine, before, kept, edit, note)
        return Upscaler(self._upscaler.model._replace(engine=engine))(image, prompt, **options)


def words_of(wordpieces: Sequence[str]) -> tuple[Word, ...]:
    """``wordpieces`` joined to words: a piece that begins with ## belongs to the one before."""
    words: list[Word] = []
    for place, piece in enumerate(wordpieces):
        if piece.startswith("##") and words:
            words[-1] = Word(words[-1].text + piece.removeprefix("##"), words[-1].start, place + 1)
        else:
            words.append(Word(piece, place, place + 1))
    return tuple(words)


def token_weights(words: Sequence[Word], weights: Mapping[str, float], num_tokens: int) -> Tensor:
    """The weight of each wordpiece, (num_tokens,): that of its word, else 1. Raises UsageError."""
    found = torch.ones(num_tokens)
    for text, weight in weights.items():
        places = [word for word in words if word.text == text.lower()]
        if not places:
            listed = ", ".join(word.text for word in words)
            raise UsageError(f"There is no word '{text}' in the prompt; its words are: {listed}.")
        if not abs(weight) <= MAX_WEIGHT:
            raise UsageError(f"The weight {weight:g} of '{text}' is outside [-{MAX_WEIGHT:g}, {MAX_WEIGHT:g}].")
        for word in places:
            found[word.start : word.stop] = weight
    return found


def _weighed(maps: Tensor, weights: Tensor) -> Tensor:
    return maps * weights.to(maps)[:, None]


class Kept(NamedTuple):
    """Which maps of a sentence before an edit take the place of which after it.

    ``shares`` (L, L): of each wordpiece after, in each before; ``is_kept`` (L,): whether a wordpiece takes any.
    """

    shares: Tensor
    is_kept: Tensor

    @classmethod
    def of(cls, before: Sequence[Word], after: Sequence[Word], num_tokens: int) -> "Kept":
        """Words that both have, in order, and single words in the place of single words; the whole of a word's maps is
        shared out equally among the wordpieces of the one that takes its place."""
        shares, is_kept = torch.zeros(num_tokens, num_tokens), torch.zeros(num_tokens, dtype=torch.bool)
        old_texts, new_texts = ([word.text for word in words] for words in (before, after))
        matcher = difflib.SequenceMatcher(a=old_texts, b=new_texts, autojunk=False)
        for kind, first, last, start, stop in matcher.get_opcodes():
            if last - first != stop - start:
                continue  # words that came or went
            for old, new in zip(before[first:last], after[start:stop], strict=True):
                pieces = slice(new.start, new.stop), slice(old.start, old.stop)
                shares[pieces] = torch.eye(new.stop - new.start) if kind == "equal" else 1 / (new.stop - new.start)
                is_kept[pieces[0]] = True
        return cls(shares, is_kept)

    def __call__(self, maps: Tensor, before: Tensor) -> Tensor:
        """Both (B, heads, L, N)."""
        return torch.where(self.is_kept.to(maps.device)[:, None], self.shares.to(maps) @ before, maps)


class _ControlledEngine:
    """``engine`` with its maps of attention edited: those of ``kept``, then all by ``edit``, then shown to ``note``."""

    def __init__(
        self,
        engine: TorchEngine,
        before: np.ndarray | None,
        kept: Kept | None,
        edit: Callable[[Tensor], Tensor],
        note: Callable[[np.ndarray, Tensor], None],
    ) -> None:
        self._engine, self._before, self._kept, self._edit, self._note = engine, before, kept, edit, note
        self.name, self.facts = f"{engine.name}, words controlled", engine.facts
        self.free_bytes, self.recognises_prompt = engine.free_bytes, engine.recognises_prompt
        self.global_features = engine.global_features

    def at_scale(self, scale: int) -> "_ControlledEngine":
        """See ``Engine.at_scale``."""
        return _ControlledEngine(self._engine.at_scale(scale), self._before, self._kept, self._edit, self._note)

    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``."""
        if prompt is None:
            return self._engine.run(tile, prompt, features, exact=exact)
        before: dict[WordMaps, Tensor] = {}
        if self._before is not None:
            with self._each_map(before.__setitem__):
                self._engine.run(tile, replace(prompt, texts=self._before), features, exact=exact)

        def edited(module: WordMaps, maps: Tensor) -> Tensor:
            kept = maps if self._kept is None else self._kept(maps, before[module])
            result = self._edit(kept)
            self._note(tile, result)
            return result

        with self._each_map(edited):
            return self._engine.run(tile, prompt, features, exact=exact)

    @contextmanager
    def _each_map(self, see: Callable[[WordMaps, Tensor], Tensor | None]) -> Iterator[None]:
        """Within it ``see`` is given every module's maps, and gives what to take for them, if anything."""
        modules = [each for each in self._engine.generator.modules() if isinstance(each, WordMaps)]
        hooks = [each.register_forward_hook(lambda module, _, maps: see(module, maps)) for each in modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
