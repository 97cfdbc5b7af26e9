"""From a config to a run: what it trains on, what it is measured by, and its state. The one place that assembles it."""

from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import DistributedType
from torch import Tensor

from srgan_prompt.checkpoints.folder import load_strict
from srgan_prompt.checkpoints.model import EncoderRecord, load_model
from srgan_prompt.checkpoints.run import load_newest, run_lock
from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import BatchMaker, PairedBatches
from srgan_prompt.data.batches_ahead import BatchesAhead
from srgan_prompt.data.images import open_images
from srgan_prompt.data.instruct_pix2pix import Pix2PixBatches, open_edit_triplets
from srgan_prompt.data.pairs import open_pairs
from srgan_prompt.data.streamed_batches import StreamedBatches, open_stream
from srgan_prompt.errors import ConfigError
from srgan_prompt.evaluation.validation import SIDE_PX, Validation
from srgan_prompt.grammar.prompt_bank import (
    PromptBank,
    build_bank,
    build_reading_bank,
    build_token_bank,
    exact_readings,
)
from srgan_prompt.inference.torch_engine import has_fast_bf16
from srgan_prompt.losses.objective import Objective
from srgan_prompt.models.weights import weights_for
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.embeddings import CachedTextEncoder
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.operations import Request, canonical, plain_request
from srgan_prompt.prompts.prompt_encoder import TokenEncoder
from srgan_prompt.training.loop import Trainer, checkpoint_root
from srgan_prompt.training.state import TrainState, refuse_other_config
from srgan_prompt.training.tracking import Tracker


def train(config: TrainConfig, allowed: Collection[str] = ()) -> None:
    """One run to its last step: a new one, or that of the folder ``config.run``, which goes on.

    ``allowed``: settings that may differ from those of its checkpoint. Raises ConfigError for another difference,
    BusyError when another process uses the folder, and what ``Trainer.fit`` raises.
    """
    if config.deterministic:
        torch.use_deterministic_algorithms(True, warn_only=True)
    accelerator = build_accelerator(config)
    tracker = Tracker(config.run, active=accelerator.is_main_process, tensorboard=config.tensorboard)
    with run_lock(config.run) if accelerator.is_main_process else nullcontext():
        checkpoint = load_newest(checkpoint_root(config))
        saved: Any = None if checkpoint is None else checkpoint.documents["config"]  # as ``TrainState.save`` wrote it
        refuse_other_config(saved, config, allowed)
        trainer = build_trainer(config, accelerator, tracker)
        if checkpoint is not None:
            trainer.state.restore(checkpoint)
            if trainer.stream is not None:
                trainer.stream.go_to(trainer.state.place)
            tracker.say(f"resumed at step {trainer.state.step}")
        elif config.start_from is not None:
            begin_from(config.start_from, trainer.state)
        trainer.fit()
    accelerator.free_memory()


def begin_from(source: Path, state: TrainState) -> None:
    """Put the weights of the model folder ``source`` into the generator of a new ``state``, and into its average.

    Further scales are left out. A refined tail may begin from weights that have none: it adds nothing at first. Raises
    ModelError for weights of another shape, and what ``load_model`` raises.
    """
    weights = weights_for(state.generator, load_model(source).at_own_scale().state)
    for generator in (state.generator, state.ema.module):
        load_strict(generator, weights, source)


def build_accelerator(config: TrainConfig) -> Accelerator:
    """Devices, processes and number format of a run. Raises ConfigError where a launcher asks to split the networks."""
    # Without the text-only loss the intent head gets no gradient, for which several processes would wait.
    ddp = DistributedDataParallelKwargs(find_unused_parameters=config.loss.intent_weight == 0)
    accelerator = Accelerator(mixed_precision=mixed_precision(config.precision), kwargs_handlers=[ddp])
    refuse_splitting(accelerator.distributed_type)
    return accelerator


def refuse_splitting(kind: DistributedType) -> None:
    """Raise ConfigError for a ``kind`` of launch that splits the networks over devices: each of them fits on one."""
    if kind in (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM):
        raise ConfigError(
            f"The launcher asks for {kind.value}, which splits networks over devices, and these fit on one; "
            "launch with recipes/launch/gpus_bf16.yaml or with torchrun."
        )


def mixed_precision(wanted: str) -> str:
    """accelerate's name for ``wanted`` ("auto", "fp32", "bf16"); auto is bf16 where the device has it in hardware.

    bf16 keeps float32's range, so it needs no loss scaling; on a CPU with AVX512-BF16 it doubles the speed of a step.
    """
    if wanted != "auto":
        return {"fp32": "no", "bf16": "bf16"}[wanted]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return "bf16" if has_fast_bf16(device) else "no"


def build_trainer(
    config: TrainConfig, accelerator: Accelerator, tracker: Tracker, texts: "Texts | None" = None
) -> Trainer:
    """Everything of a new run. With ``texts`` of one's own it is not validated."""
    with accelerator.main_process_first():  # what is decoded and embedded is cached for the others
        validate = None
        if texts is None:
            texts = build_texts(config)
            validate = build_validation(config, texts, tracker) if accelerator.is_main_process else None
        batches = build_batches(config, texts, accelerator.device, tracker.say)
    state = TrainState.new(config, accelerator.device)
    state.encoder = None if texts.encoder is None else EncoderRecord.of(texts.encoder)
    objective = (
        Objective.build(config.loss, texts.bank, accelerator.device)
        if config.gan_steps
        else Objective(config.loss, {}, texts.bank)
    )
    stream = batches.stream if isinstance(batches, StreamedBatches) else None
    return Trainer(config, accelerator, state, batches, objective, tracker, validate, stream)


def build_validation(config: TrainConfig, texts: "Texts", tracker: Tracker) -> Validation:
    """The check on a few photos of ``config.validation_folder``, or on synthetic images."""
    images = open_images(
        config.validation_folder,
        None,
        config.run / "validation_pack",
        min_side_px=SIDE_PX,
        max_bad_share=config.data.max_bad_share,
        say=tracker.say,
    )
    chosen = [images[number] for number in range(min(config.validation_images, len(images)))]
    return Validation(chosen, config.generator.scale, texts.of_requests, config.run / "samples", tracker.image)


class Texts(NamedTuple):
    """What the networks are given for requests: a bank of many, and of any.

    ``encoder``: BERT for raw embeddings, or the reader's states for tokens.
    """

    bank: PromptBank
    of_requests: Callable[[Sequence[Request]], Tensor]
    encoder: TextEncoder | TokenEncoder | None = None


def build_texts(config: TrainConfig) -> Texts:
    """Readings, which need no BERT; states of wordpieces; or raw embeddings, cached in the run's folder."""
    generator, prompts = config.generator, config.prompts
    if generator.text_features == "reading":
        of_requests = partial(exact_readings, intents=generator.intents)
        if prompts.requests == "detail":
            return Texts(_detail_bank(of_requests), of_requests)
        bank = build_reading_bank(prompts.num_wordings, config.seed, generator.intents, prompts.default_share)
        return Texts(_faithful(bank) if prompts.requests == "faithful" else bank, of_requests)
    if generator.text_features == "tokens":
        return _token_texts(config)
    encoder = TextEncoder.named(prompts.encoder)
    if encoder.dim != generator.text_dim:
        raise ConfigError(f"generator.text_dim must be {encoder.dim}, the length of the encoder's vectors.")
    encode = CachedTextEncoder(encoder, config.run / "embeddings").encode
    bank = build_bank(prompts.num_wordings, config.seed, encode)
    return Texts(bank, lambda requests: encode([canonical(request) for request in requests]), encoder)


def _token_texts(config: TrainConfig) -> Texts:
    generator, tokens = config.generator, TokenEncoder(config.generator.text_tokens)
    if tokens.token_width != generator.token_width:
        raise ConfigError(f"generator.text_dim must be {tokens.token_width - 1}, the length of the reader's states.")
    bank = build_token_bank(config.prompts.num_wordings, config.seed, generator.text_tokens)
    return Texts(bank, lambda requests: torch.from_numpy(tokens.embed(list(map(canonical, requests)))), tokens)


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
) -> BatchMaker | BatchesAhead | Pix2PixBatches:
    """Exact requests on photos or synthetic images; or pairs or InstructPix2Pix rows, if the config names some."""
    data = config.data
    if data.instruct_pix2pix is not None:
        if not isinstance(texts.encoder, TextEncoder):
            raise ConfigError(
                "generator.text_features: InstructPix2Pix rows ask for more than the reader knows; set it to raw."
            )
        rows = open_edit_triplets(data.instruct_pix2pix, streaming=data.streaming)
        return Pix2PixBatches(rows, texts.encoder.encode, config, device)
    if data.streaming and data.pairs is None:
        stream = open_stream(config, say)
        say(f"{stream.num_shards} shards, {len(texts.bank)} wordings")
        return StreamedBatches(stream, texts.bank, config, device)
    if data.workers:
        return BatchesAhead(_decoded(config, texts, torch.device("cpu"), say), data.workers, device)
    return _decoded(config, texts, device, say)


def _decoded(config: TrainConfig, texts: Texts, device: torch.device, say: Callable[[str], None]) -> BatchMaker:
    """Batches, made on ``device``, of photos or pairs that are decoded once."""
    data, cache = config.data, config.data.pack or config.run / "pack"
    if data.pairs is not None:
        low, high = open_pairs(data.pairs, cache, config)
        say(f"{len(low)} pairs, {len(texts.bank)} wordings")
        return PairedBatches(low, high, texts.bank, config, device)
    images = open_images(
        data.folder, data.dataset, cache, min_side_px=config.window_px, max_bad_share=data.max_bad_share, say=say
    )
    say(f"{len(images)} images, {len(texts.bank)} wordings")
    return BatchMaker(images, texts.bank, config, device)
