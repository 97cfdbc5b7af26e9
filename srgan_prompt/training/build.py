"""What a training run is given, from its config: texts for requests, and batches.

Which number format a device computes fastest without losing training.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.data.edit_triplets import open_edit_triplets
from srgan_prompt.data.images import open_images
from srgan_prompt.data.instruct_pix2pix import Pix2PixBatches
from srgan_prompt.data.paired_batches import PairedBatches, open_pairs
from srgan_prompt.errors import ConfigError
from srgan_prompt.grammar.prompt_bank import PromptBank, build_bank, build_reading_bank, reading_vectors
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.embeddings import CachedTextEncoder
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.operations import Request, canonical, plain_request


class Texts(NamedTuple):
    """What the networks are given for requests: a bank of many, and of any. ``encoder``: BERT, for raw embeddings."""

    bank: PromptBank
    of_requests: Callable[[Sequence[Request]], Tensor]
    encoder: TextEncoder | None = None


def build_texts(config: TrainConfig) -> Texts:
    """Readings, which need no BERT, or raw embeddings, cached in the run's folder."""
    generator, prompts = config.generator, config.prompts
    if generator.text_features == "reading":
        of_requests = partial(reading_vectors, intents=generator.intents)
        if prompts.requests == "detail":
            return Texts(_detail_bank(of_requests), of_requests)
        bank = build_reading_bank(prompts.num_wordings, config.seed, generator.intents, prompts.default_share)
        return Texts(_faithful(bank) if prompts.requests == "faithful" else bank, of_requests)
    encoder = TextEncoder.named(prompts.encoder)
    if encoder.dim != generator.text_dim:
        raise ConfigError(f"generator.text_dim must be {encoder.dim}, the length of the encoder's vectors.")
    encode = CachedTextEncoder(encoder, config.run / "embeddings").encode
    bank = build_bank(prompts.num_wordings, config.seed, encode)
    return Texts(bank, lambda requests: encode([canonical(request) for request in requests]), encoder)


def _faithful(bank: PromptBank) -> PromptBank:
    """Those requests that ask for no natural detail: pixels alone teach them."""
    rows = bank.meaning.crisp.eq(0).nonzero().flatten()
    return PromptBank(bank.embeddings[rows], bank.meaning[rows])


def _detail_bank(of_requests: Callable[[Sequence[Request]], Tensor]) -> PromptBank:
    """One request for all: what is clean, uncoloured and crisp can be learnt by a network that hears nothing."""
    detail = [plain_request("crisp")]
    return PromptBank(of_requests(detail), as_tensors(detail))


def build_batches(
    config: TrainConfig, texts: Texts, device: torch.device, say: Callable[[str], None]
) -> BatchMaker | Pix2PixBatches:
    """Exact requests on photos or drawn scenes; or pairs or InstructPix2Pix rows, if the config names some."""
    data = config.data
    if data.instruct_pix2pix is not None:
        if texts.encoder is None:
            raise ConfigError(
                "generator.text_features: InstructPix2Pix rows ask for more than readings can say; set it to raw."
            )
        rows = open_edit_triplets(data.instruct_pix2pix, streaming=data.streaming)
        return Pix2PixBatches(rows, texts.encoder.encode, config, device)
    pack = data.pack or config.run / "pack"
    if data.pairs is not None:
        low, high = open_pairs(data.pairs, pack, config)
        say(f"{len(low)} pairs, {len(texts.bank)} wordings")
        return PairedBatches(low, high, texts.bank, config, device)
    pictures = open_images(
        data.folder, data.dataset, pack, min_side_px=config.window_px, max_bad_share=data.max_bad_share, say=say
    )
    say(f"{len(pictures)} pictures, {len(texts.bank)} wordings")
    return BatchMaker(pictures, texts.bank, config, device)


def mixed_precision(wanted: str) -> str:
    """accelerate's name for ``wanted`` ("auto", "fp32", "bf16"); auto is bf16 where the device has it in hardware.

    bf16 keeps float32's range, so it needs no loss scaling; on a CPU with AVX512-BF16 it doubles the speed of a step.
    """
    if wanted != "auto":
        return {"fp32": "no", "bf16": "bf16"}[wanted]
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    # The emulation on older CPUs is slower than float32, and torch has no public question for the instruction set.
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "no"
