"""Typed, frozen settings of the two networks, and what a network of such settings costs.

Those of a run are in ``config``, which has these too. Upscaling needs no others.
"""

import difflib
import re
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from srgan_prompt.errors import ConfigError
from srgan_prompt.prompts.operations import FIRST_INTENTS, INTENTS

T = TypeVar("T", bound=BaseModel)
_COPYING = 15  # measured at 256 px in float32: time of self-attention over that of its multiplications in a convolution


class Settings(BaseModel):
    """Base of all settings: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def explain(error: ValidationError, model: type[BaseModel], source: str) -> ConfigError:
    """The first mistake of a validation as one sentence, with the nearest known key when a key is unknown."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    if first["type"] != "extra_forbidden":
        message = first["msg"].removeprefix("Value error, ")
        return ConfigError(f"{source}: {'.'.join(path) or 'the file'}: {message}.")
    section: Any = model
    for part in path[:-1]:
        section = section.model_fields[part].annotation
    fields = section.model_fields
    near = difflib.get_close_matches(path[-1], fields, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(fields)}."
    return ConfigError(f"{source}: unknown key '{'.'.join(path)}'; {hint}")


def parse(model: type[T], values: dict[str, Any], source: str) -> T:
    """``values`` as a ``model``; raises ConfigError naming ``source`` and the key."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise explain(error, model, source) from None


class AttentionConfig(Settings):
    """Self-attention in the trunk: each pixel listens to the ``kernel_px`` x ``kernel_px`` pixels around it."""

    after: tuple[int, ...] = Field((), description="blocks (counted from 1) after which pixels attend to neighbours")
    kernel_px: Literal[3, 5, 7, 9] = Field(7, description="side of the neighbourhood")
    heads: int = Field(1, ge=1, le=8, description="maps of attention for each pixel")
    channels: int = Field(16, ge=1, le=512, description="of queries, of keys and of values, all heads together")

    @property
    def radius_px(self) -> int:
        """What all of it adds to the receptive radius."""
        return len(self.after) * (self.kernel_px // 2)

    @property
    def num_keys(self) -> int:
        """That a block of 4 x 4 pixels needs, and each of its 16 is compared with."""
        return (3 + self.kernel_px) ** 2

    @property
    def multiplications_per_px(self) -> int:
        """As many as take the time of all of it: it copies more than it multiplies."""
        return len(self.after) * _COPYING * self.num_keys * (2 * self.channels + self.heads)

    @property
    def bytes_per_px(self) -> int:
        """Keys and values of all blocks, and queries, keys and values before; counted, of one at a time, float32."""
        if not self.after:
            return 0
        return 4 * (self.num_keys * (2 * self.channels + self.heads) // 16 + 8 * self.channels)

    @model_validator(mode="after")
    def _heads_share(self) -> "AttentionConfig":
        if self.channels % self.heads:
            raise ValueError(f"channels ({self.channels}) must be a multiple of heads={self.heads}")
        return self


class Skip(Settings):
    """What block ``source`` gives is added to what ``target`` gives. In YAML also short: "1-9" or "0-end gated"."""

    source: int = Field(ge=0, description="block, counted from 1; 0: the first convolution")
    target: int | Literal["end"] = Field(description="block; end: the trunk's last convolution")
    kind: Literal["add", "gated", "attention"] = "add"

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: Any) -> Any:
        if not isinstance(values, str):
            return values
        if not (parts := re.fullmatch(r"(\d+)-(\d+|end)(?: (gated|attention))?", values)):
            raise ValueError(f'\'{values}\' is no skip; write it as "1-9", "0-end" or "0-end gated"')
        source, target, kind = parts.groups()
        return {"source": source, "target": target if target == "end" else int(target), "kind": kind or "add"}

    @property
    def way(self) -> str:
        """From where to where, such as "0-end"."""
        return f"{self.source}-{self.target}"


class GeneratorConfig(Settings):
    """The network that upscales. The defaults are the shipped model's."""

    scale: Literal[1, 2, 3, 4] = Field(4, description="output side / input side")
    more_scales: tuple[Literal[1, 2, 3, 4], ...] = Field(
        (), description="further ones, each with a tail of its own on the same trunk (recipes/train_tails.py)"
    )
    channels: int = Field(64, ge=4, le=512, description="feature channels of the trunk")
    num_blocks: int = Field(12, ge=1, le=64, description="residual blocks")
    batch_norm: bool = Field(False, description="batch norm in the blocks, as SRGAN had it")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of channels dropped in each block while training")
    skips: tuple[Skip, ...] = Field(
        (Skip(source=0, target="end"),), description='connections around blocks, such as ["0-end", "1-9 gated"]'
    )
    first_kernel_px: Literal[3, 9] = Field(3, description="side of the first convolution (SRGAN: 9)")
    tail: Literal["shuffle", "refined", "srgan"] = Field(
        "shuffle",
        description="one convolution and shuffle; refined: and two convolutions at twice the size; or SRGAN's own tail",
    )
    image_skip: Literal["bicubic", "none"] = Field("bicubic", description="what the network's output is added to")
    attention: AttentionConfig = AttentionConfig()
    text_features: Literal["reading", "raw", "tokens"] = Field(
        "reading",
        description="what of a sentence the network sees: an amount for each intent, BERT's embedding, or the reader's "
        "state of each wordpiece",
    )
    intents: tuple[str, ...] = Field(INTENTS, min_length=1, description="operations of a reading, in order")
    text_dim: int = Field(384, ge=1, description="length of a raw sentence embedding, or of a wordpiece's state")
    text_tokens: int = Field(32, ge=1, le=126, description="wordpieces of a sentence that are seen, if it is tokens")
    text_channels: int = Field(64, ge=1, description="length of the projected text inside the generator")
    composition: Literal["tirg", "concat", "film", "attention", "none"] = Field(
        "tirg", description="how text meets features; attention: each pixel chooses its words, which takes tokens"
    )
    compose_after: tuple[int, ...] = Field((4, 8), description="blocks (counted from 1) after which text is composed")
    tone: bool = Field(True, description="pooled composition that predicts a global colour transform")
    tirg_start: tuple[float, float] = Field((1.0, 1.0), description="initial (w_g, w_r); the paper's code has (1, 10)")

    @model_validator(mode="before")
    @classmethod
    def _embeddings_came_first(cls, values: Any) -> Any:
        """Settings with ``text_dim`` alone mean raw embeddings: models released before readings existed say no more."""
        if isinstance(values, dict) and "text_dim" in values and "text_features" not in values:
            return {"intents": FIRST_INTENTS} | values | {"text_features": "raw"}
        return values

    def at_scale(self, scale: int) -> "GeneratorConfig":
        """The same network with the tail for ``scale`` alone."""
        tail = self.tail if scale == self.scale else "shuffle"
        return self.model_copy(update={"scale": scale, "more_scales": (), "tail": tail})

    @property
    def text_width(self) -> int:
        """Numbers that the network is given for one sentence."""
        match self.text_features:
            case "reading":
                return len(self.intents)
            case "raw":
                return self.text_dim
            case "tokens":
                return self.text_tokens * self.token_width

    @property
    def num_tokens(self) -> int:
        """Parts of equal width that a text has: wordpieces, or the one sentence."""
        return self.text_tokens if self.text_features == "tokens" else 1

    @property
    def token_width(self) -> int:
        """Numbers of one wordpiece: its state, and the amount where it stands for a number, else 0."""
        return self.text_dim + 1

    @property
    def receptive_radius_px(self) -> int:
        """Input pixels to each side that an output pixel depends on: the overlap at which tiles equal the whole."""
        composers = 0 if self.composition == "none" else 2 * len(self.compose_after)
        tail = {"shuffle": 1, "refined": 2, "srgan": 3}[self.tail]
        return self.first_kernel_px // 2 + 2 * self.num_blocks + self.attention.radius_px + composers + 1 + tail

    @property
    def bytes_per_px(self) -> int:
        """Working memory per input pixel, under torch in float32: measured, rounded up."""
        return 4 * (8 * self.channels + 16 * self.scale**2) + self.attention.bytes_per_px

    @property
    def multiplications_per_px(self) -> int:
        """Of all layers, per input pixel, with one clause of text; a composer has four convolutions' worth."""
        width = self.channels
        head = 3 * width * self.first_kernel_px**2
        gates = sum(skip.kind != "add" for skip in self.skips)
        trunk = (2 * self.num_blocks + 1) * 9 * width**2 + gates * 2 * width**2 + self.attention.multiplications_per_px
        composers = 0 if self.composition == "none" else 4 * len(self.compose_after) * 9 * width**2
        if self.tail != "srgan":
            half = max(1, width // 2)
            refine = 9 * 4 * (width * half + half**2 + half * 12) if self.tail == "refined" else 0
            return head + trunk + composers + 9 * width * 3 * self.scale**2 + refine
        # SRGAN's tail: a 3x3 convolution to 4C before each doubling, then 9x9 to RGB at full size.
        stages = {2: 4 * 1, 3: 9 * 1, 4: 4 * (1 + 4)}[self.scale]
        return head + trunk + composers + stages * 9 * width**2 + 81 * width * 3 * self.scale**2

    @model_validator(mode="after")
    def _scales_differ(self) -> "GeneratorConfig":
        if len({self.scale, *self.more_scales}) <= len(self.more_scales):
            raise ValueError(f"more_scales {list(self.more_scales)} must differ from one another and from {self.scale}")
        if self.tail == "refined" and self.scale != 4:
            raise ValueError("tail refined is for scale 4; set tail to shuffle for others")
        if self.tail == "srgan" and (self.scale == 1 or self.more_scales):
            raise ValueError("tail srgan has one scale of 2, 3 or 4; set tail to shuffle for others")
        return self

    @model_validator(mode="after")
    def _depths_exist(self) -> "GeneratorConfig":
        if any(not 1 <= depth <= self.num_blocks for depth in self.compose_after):
            raise ValueError(f"compose_after {self.compose_after} must lie within 1..num_blocks={self.num_blocks}")
        if any(not 1 <= depth <= self.num_blocks for depth in self.attention.after):
            raise ValueError(f"attention.after {self.attention.after} must lie within 1..num_blocks={self.num_blocks}")
        if self.composition == "attention" and self.text_features != "tokens":
            raise ValueError("composition attention needs words to choose from: set text_features to tokens")
        for skip in self.skips:
            target = self.num_blocks + 1 if skip.target == "end" else skip.target
            if not skip.source < target <= self.num_blocks + (skip.target == "end"):
                raise ValueError(
                    f"skips: {skip.way} must lead forward, to num_blocks={self.num_blocks} at most, or to end"
                )
        if len({skip.way for skip in self.skips}) < len(self.skips):
            raise ValueError("skips: the same way is named twice")
        return self


SHIPPED = GeneratorConfig(tail="refined")  # the network in the package, at its own scale


class DiscriminatorConfig(Settings):
    """The patch discriminator, with a text tower of its own."""

    channels: int = Field(32, ge=4, le=512, description="channels after the first stride; doubled at each of the next")
    num_strides: int = Field(3, ge=1, le=5, description="stride-2 stages: a logit sees one patch of the image")
    see_input: bool = Field(True, description="show it the low-resolution input too, so that it can judge an edit")
    use_text: bool = Field(True, description="judge whether the image does what the sentence says")
