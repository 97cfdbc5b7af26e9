"""What runs the network: the interface that torch, ONNX Runtime and spandrel share. Numpy in, numpy out.

Images are float32 [B, 3, h, w], RGB, sRGB-encoded, in [0, 1]; answers are [B, 3, s*h, s*w], not clipped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from srgan_prompt.prompts.interpretation import PromptEmbedding

if TYPE_CHECKING:
    from srgan_prompt.network_config import GeneratorConfig

NOT_UNDERSTOOD_BELOW = 0.15  # of every amount that a network's intent head can report
NUM_VIEWS = 8
_FOREIGN_OVERLAP_PX = 32  # of tiles for other projects' networks, whose receptive radius is not known
_FOREIGN_BYTES_PER_PX = 40_000  # RRDB (ESRGAN) at x4, the hungriest of the common ones


@dataclass(frozen=True)
class NetworkFacts:
    """What is known of a network, as data: of most models before they are loaded (see ``load.ModelSource``).

    ``scale``: output side / input side. ``bytes_per_px`` and ``flops_per_px``: working memory and floating point
    operations of one run, per input pixel; the latter None if not known.
    ``intents``: the intents whose amounts make up a clause's row, in order; None where a row is a raw embedding.
    ``tiling``: "exact" if tiles that overlap by ``receptive_radius_px``, beyond which no output pixel looks, equal the
    whole; "blended" if that radius is only a sensible overlap, and tiles are cross-faded; "discouraged" if, beyond
    that, the network looks at the whole image at once.
    ``baked_prompt``: the one prompt that an exported file holds, and what it was read as; "" for none.
    ``more``: the same network at its further scales.
    """

    scale: int
    receptive_radius_px: int
    bytes_per_px: int
    flops_per_px: int | None = None
    takes_prompts: bool = True
    intents: tuple[str, ...] | None = None
    tiling: Literal["exact", "blended", "discouraged"] = "exact"
    baked_prompt: str | None = None
    baked_read_as: str = ""
    is_foreign: bool = False
    more: tuple["NetworkFacts", ...] = ()

    @classmethod
    def of(cls, config: "GeneratorConfig") -> "NetworkFacts":
        """What is known of a generator of ours by its settings alone."""
        return cls(
            scale=config.scale,
            receptive_radius_px=config.receptive_radius_px,
            bytes_per_px=config.bytes_per_px,
            flops_per_px=2 * config.multiplications_per_px,
            takes_prompts=config.composition != "none",
            intents=config.intents if config.text_features == "reading" else None,
            more=tuple(cls.of(config.at_scale(scale)) for scale in config.more_scales),
        )

    @classmethod
    def of_foreign(cls, scale: int, tiling: Literal["blended", "discouraged"] = "blended") -> "NetworkFacts":
        """What is assumed of a network of another project, of which only the scale is known."""
        return cls(
            scale, _FOREIGN_OVERLAP_PX, _FOREIGN_BYTES_PER_PX, takes_prompts=False, tiling=tiling, is_foreign=True
        )

    @property
    def scales(self) -> tuple[int, ...]:
        """All that the network has, the smallest first; ``scale`` is what it does unless asked for another size."""
        return tuple(sorted(each.scale for each in (self, *self.more)))

    def at_scale(self, scale: int) -> "NetworkFacts":
        """The same at another of ``scales``."""
        return next(each for each in (self, *self.more) if each.scale == scale)

    def reaching(self, source_px: tuple[int, int], result_px: tuple[int, int]) -> "NetworkFacts":
        """At the smallest of ``scales`` from which a result of (width, height) need not be enlarged, else the largest.

        For the more a network enlarges, the more it invents that resampling then averages away.
        """
        factor = max(after / before for before, after in zip(source_px, result_px, strict=True))
        return self.at_scale(next((scale for scale in self.scales if scale >= factor), self.scales[-1]))

    def why_no_prompts(self) -> str:
        """Half a sentence, for a network that does not take prompts."""
        if self.is_foreign:
            return "These weights are of another project and take no prompts"
        if self.baked_prompt is None:
            return "This model takes no prompts"
        if not self.baked_prompt:
            return "This model was exported without prompts"
        read_as = f" (read as: {self.baked_read_as})" if self.baked_read_as else ""
        return f"This model has the prompt '{self.baked_prompt}'{read_as} baked in"


class Engine(Protocol):
    """One loaded network on one device."""

    @property
    def name(self) -> str:
        """What runs the network, on what, and in which precision."""

    @property
    def facts(self) -> NetworkFacts:
        """What the network can do and what it costs."""

    def at_scale(self, scale: int) -> "Engine":
        """The same network at another of ``facts.scales``."""

    def free_bytes(self) -> int:
        """Memory that a run may take now."""

    def recognises_prompt(self, texts: np.ndarray) -> list[bool]:
        """Whether each row of ``texts`` [K, D], raw embeddings, asks for anything that the network knows."""

    def global_features(self, image: np.ndarray) -> np.ndarray | None:
        """The whole image as one vector [B, C], which every tile of it is run with; None if the network has none."""

    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """Upscale one tile; ``exact`` asks for float32 throughout.

        Raises MemoryError or a RuntimeError that says so when memory runs out.
        """


class SelfEnsemble:
    """``engine`` asked eight times: the mean over the flips and quarter turns of a tile (EDSR+, Lim et al. 2017).

    What a network adds by accident differs from view to view and averages out; what it knows stays. So fidelity rises,
    and invented detail is softened, for eight times the time. All else is the engine's own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.facts = f"{engine.name}, mean of {NUM_VIEWS} views", engine.facts
        self.free_bytes, self.recognises_prompt = engine.free_bytes, engine.recognises_prompt
        self.global_features = engine.global_features

    def at_scale(self, scale: int) -> "SelfEnsemble":
        """See ``Engine.at_scale``."""
        return SelfEnsemble(self._engine.at_scale(scale))

    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``."""
        answers = (back(self._engine.run(view(tile), prompt, features, exact=exact)) for view, back in _views())
        return reduce(np.add, answers) / NUM_VIEWS


_View = Callable[[np.ndarray], np.ndarray]
"""Images [B, 3, h, w], flipped and turned or back again."""


def _views() -> list[tuple[_View, _View]]:
    """All symmetries of a square, each with its inverse; the untouched image comes first."""
    return [_view(turns, flipped) for flipped, turns in product((False, True), range(4))]


def _view(turns: int, flipped: bool) -> tuple[_View, _View]:
    def there(images: np.ndarray) -> np.ndarray:
        return np.rot90(images[..., ::-1] if flipped else images, turns, axes=(2, 3)).copy()

    def back(images: np.ndarray) -> np.ndarray:
        turned = np.rot90(images, -turns, axes=(2, 3))
        return turned[..., ::-1] if flipped else turned

    return there, back
