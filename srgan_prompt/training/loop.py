"""The order of things: draw a batch, generator step, discriminator step, average, log, validate, save.

Killed at any moment and started again, a run gives the same weights as one that was never killed.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import Batch, BatchMaker
from srgan_prompt.errors import OutputError, TrainingError
from srgan_prompt.models.generator import Generator
from srgan_prompt.training.optim import schedule, set_learning_rate
from srgan_prompt.training.state import TrainState
from srgan_prompt.training.steps import Objective, discriminator_step, generator_step
from srgan_prompt.training.tracking import Stopwatch, Tracker, progress_line

SIGTERM_EXIT_CODE = 143
MAX_FAILED_SAVES = 3
CHECKPOINTS = "checkpoints"  # the folder of a run that holds them
INTENT_STREAM = 1 << 40  # keeps the text-only draws apart from the pictures'


@dataclass
class Trainer:
    """One run. ``validate`` scores the averaged generator: (generator, step) -> named numbers."""

    config: TrainConfig
    accelerator: Accelerator
    state: TrainState
    batches: BatchMaker
    objective: Objective
    tracker: Tracker
    validate: Callable[[Generator, int], dict[str, float]] | None = None

    def fit(self) -> None:
        """Train to the last step. Exits with 143 after saving on SIGTERM; raises TrainingError on a non-finite loss."""
        self._generator = self.accelerator.prepare(self.state.generator)
        self._discriminator = self.accelerator.prepare(self.state.discriminator)
        self._watch, self._failed_saves, self._stopping = Stopwatch(), 0, False
        previous = signal.signal(signal.SIGTERM, self._stop)
        try:
            while self.state.step < self.config.num_steps:
                values = self._step()
                self.state.step += 1
                self._report(values)
                if self._stopping:
                    self._save()
                    raise SystemExit(SIGTERM_EXIT_CODE)
        finally:
            signal.signal(signal.SIGTERM, previous)

    def _step(self) -> dict[str, float]:
        """One optimiser step of each network; returns the terms of the loss."""
        step, config = self.state.step, self.config
        torch.manual_seed(int(np.random.default_rng((config.seed, step)).integers(2**62)))  # dropout
        ramp = min(1.0, max(0.0, (step - config.pixel_steps) / config.ramp_steps))
        rate = schedule(step, config.num_steps, config.optim)
        set_learning_rate(self.state.generator_optimizer, config.optim.learning_rate * rate)
        set_learning_rate(self.state.discriminator_optimizer, config.optim.discriminator_learning_rate * rate)
        values: dict[str, float] = {}
        pairs = []
        for micro in range(config.optim.accumulate_steps):
            number = step * config.optim.accumulate_steps + micro
            with self._watch("data"):
                batch = self.batches(number, self.accelerator.process_index, self.accelerator.num_processes)
            with self._watch("generator"):
                output, terms = self._generator_backward(batch, number, ramp)
            pairs.append((output, batch))
            for name, term in terms.items():
                values[name] = values.get(name, 0.0) + term / config.optim.accumulate_steps
        with self._watch("generator"):
            values["gradient"] = self._apply(self.state.generator, self.state.generator_optimizer, values)
            self.state.ema.update(self.state.generator)
        if ramp > 0 and self.objective.is_adversarial:
            with self._watch("discriminator"):
                values |= self._discriminator_update(pairs)
        return values

    def _generator_backward(self, batch: Batch, number: int, ramp: float) -> tuple[torch.Tensor, dict[str, float]]:
        rng = np.random.default_rng((self.config.seed, INTENT_STREAM, number))
        self.state.generator.train()
        with self.accelerator.autocast():
            output, terms = generator_step(
                self._generator,
                self.state.generator,
                self.state.discriminator,
                batch,
                self.objective,
                ramp=ramp,
                rng=rng,
            )
        loss = sum(terms.values())
        values = {name: term.item() for name, term in terms.items()} | {"loss": loss.item()}
        self._require_finite(values)
        self.accelerator.backward(loss / self.config.optim.accumulate_steps)
        return output, values

    def _discriminator_update(self, pairs: list[tuple[torch.Tensor, Batch]]) -> dict[str, float]:
        self.state.discriminator.requires_grad_(True)
        values: dict[str, float] = {}
        for output, batch in pairs:
            with self.accelerator.autocast():
                loss, logits = discriminator_step(self._discriminator, output, batch, self.config.loss)
            values |= {"discriminator": loss.item()} | logits
            self._require_finite(values)
            self.accelerator.backward(loss / len(pairs))
        self._apply(self.state.discriminator, self.state.discriminator_optimizer, values)
        return values

    def _apply(self, module: torch.nn.Module, optimizer: torch.optim.Optimizer, values: dict[str, float]) -> float:
        """Clip and step; the weights stay as they were if the gradient is not finite. Returns the gradient's norm."""
        norm = torch.nn.utils.clip_grad_norm_(module.parameters(), self.config.optim.clip_norm).item()
        self._require_finite(values | {"gradient": norm})
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return norm

    def _require_finite(self, values: dict[str, float]) -> None:
        bad = [name for name, value in values.items() if not np.isfinite(value)]
        if bad:
            raise TrainingError(
                f"Step {self.state.step}: {', '.join(bad)} is not finite; the weights of the last step are kept. "
                "Lower the learning rate, or use precision fp32."
            )

    def _report(self, values: dict[str, float]) -> None:
        step, config = self.state.step, self.config
        last = step == config.num_steps
        if step == 1 or step % config.log_every_steps == 0 or last:
            num_steps = 1 if step == 1 else config.log_every_steps
            elapsed_s, shares = self._watch.read()
            images_per_s = num_steps * config.data.batch_images * config.optim.accumulate_steps / elapsed_s
            timing = {f"share_{name}": share for name, share in shares.items()} | {"images_per_s": images_per_s}
            self.tracker.record("train", step, values | timing)
            self.tracker.say(progress_line(step, config.num_steps, values, images_per_s, elapsed_s / num_steps))
        if self.validate is not None and (step % config.validate_every_steps == 0 or last):
            if self.accelerator.is_main_process:
                scores = self.validate(self.state.ema.module, step)
                self.tracker.record("validation", step, scores)
                self.tracker.say("  ".join(f"{name} {value:.4g}" for name, value in scores.items()))
            self.accelerator.wait_for_everyone()
        if step % config.save_every_steps == 0 or last:
            self._save()

    def _save(self) -> None:
        """Save; a full disk is survived twice, so that a run is not lost to a passing shortage."""
        if self.accelerator.is_main_process:
            try:
                self.state.save(checkpoint_root(self.config), self.config)
                self._failed_saves = 0
            except OutputError as error:
                self._failed_saves += 1
                self.tracker.say(str(error))
                if self._failed_saves >= MAX_FAILED_SAVES:
                    raise
        self.accelerator.wait_for_everyone()

    def _stop(self, *_: object) -> None:
        self._stopping = True


def checkpoint_root(config: TrainConfig) -> Path:
    """Where the checkpoints of a run lie."""
    return config.run / CHECKPOINTS
