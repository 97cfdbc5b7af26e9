"""The order of things: draw a batch, generator step, discriminator step, average, log, validate, save.

Killed at any moment and started again, a run gives the same weights as one that was never killed.
"""

import signal
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from srgan_prompt.checkpoints.format import CHECKPOINTS
from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import Batch, with_drawn_side
from srgan_prompt.data.streamed_batches import ImageStream, merged
from srgan_prompt.errors import OutputError, TrainingError
from srgan_prompt.losses.objective import Objective
from srgan_prompt.models.generator import Generator
from srgan_prompt.training.state import TrainState, schedule, set_learning_rate
from srgan_prompt.training.steps import GeneratorStep, discriminator_step, fit_text, generator_step
from srgan_prompt.training.tracking import Stopwatch, Tracker, machine_of, machine_sentence, progress_line

MAX_FAILED_SAVES = 3
INTENT_STREAM = 1 << 40  # keeps the text-only draws apart from the images'


@dataclass
class Trainer:
    """One run. ``batches``: (number, rank, number of ranks) -> this rank's share of a batch; a pure function.

    ``validate`` scores the averaged generator: (generator, step) -> named numbers. One process has it, the first.
    ``stream``: what ``batches`` read their images from, if that has a place to be noted.
    """

    config: TrainConfig
    accelerator: Accelerator
    state: TrainState
    batches: Callable[[int, int, int], Batch]
    objective: Objective
    tracker: Tracker
    validate: Callable[[Generator, int], dict[str, float]] | None = None
    stream: ImageStream | None = None

    def fit(self) -> None:
        """Train to the last step.

        On SIGTERM or Ctrl-C the running step is finished and saved, then the process exits with 128 + the signal.
        Raises TrainingError on a loss or gradient that is not finite, OutputError when saving keeps failing.
        """
        if self.state.step >= self.config.num_steps:
            return
        machine = machine_of(self.accelerator)
        self.tracker.record("start", self.state.step, machine)
        self.tracker.say(machine_sentence(machine))
        if self.state.step == 0 and self.config.text_steps and self.config.generator.composition != "none":
            loss = fit_text(self.state.generator, self.state.ema, self.objective.bank, self._whole_batch, self.config)
            self.tracker.say(f"text stage: {self.config.text_steps} steps, loss {loss:.4f}")
        self._generator = self.accelerator.prepare(self.state.generator)
        self._discriminator = self.accelerator.prepare(self.state.discriminator)
        self._watch, self._reported_step = Stopwatch(), self.state.step
        self._num_failed_saves, self._signal = 0, 0
        previous = {each: signal.signal(each, self._stop) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            while self.state.step < self.config.num_steps:
                values, stopping = self._agreed(self._step())
                self.state.step += 1
                self._report(values)
                if stopping:
                    self._save(final=True)
                    self.tracker.say(f"stopped after step {self.state.step}; the same command goes on from here")
                    raise SystemExit(128 + (self._signal or signal.SIGTERM))
        finally:
            for each, handler in previous.items():
                signal.signal(each, handler)

    def _whole_batch(self, number: int) -> Batch:
        return self.batches(number, 0, 1)

    def _step(self) -> dict[str, float]:
        """One optimiser step of each network; returns the terms of the loss."""
        step, config = self.state.step, self.config
        torch.manual_seed(int(np.random.default_rng((config.seed, step)).integers(2**62)))  # dropout
        ramp = min(1.0, max(0.0, (step - config.pixel_steps) / config.ramp_steps))
        values: defaultdict[str, float] = defaultdict(float)
        pairs = []
        for micro in range(config.optim.accumulate_steps):
            number = step * config.optim.accumulate_steps + micro
            with self._watch("data"):
                drawn = self.batches(number, self.accelerator.process_index, self.accelerator.num_processes)
                batch = with_drawn_side(drawn, number, config)
            with self._watch("generator"):
                pairs.append((self._generator_backward(batch, number, ramp, values), batch))
        trains_discriminator = ramp > 0 and self.objective.is_adversarial
        if trains_discriminator:
            with self._watch("discriminator"):
                self._discriminator_backward(pairs, values)
        with self._watch("update"):
            self._update(values, trains_discriminator=trains_discriminator)
        return dict(values)

    def _generator_backward(self, batch: Batch, number: int, ramp: float, values: dict[str, float]) -> GeneratorStep:
        self.state.generator.train()
        with self.accelerator.autocast():
            made = generator_step(
                self._generator,
                self.state.generator,
                self.state.discriminator,
                batch,
                self.objective,
                ramp=ramp,
                sentences=self._sentences(number),
            )
        loss = reduce(torch.add, made.terms.values())
        self._note(values, {name: term.item() for name, term in made.terms.items()} | {"loss": loss.item()})
        self.accelerator.backward(loss / self.config.optim.accumulate_steps)
        return made

    def _discriminator_backward(self, pairs: list[tuple[GeneratorStep, Batch]], values: dict[str, float]) -> None:
        self.state.discriminator.requires_grad_(True)
        for made, batch in pairs:
            with self.accelerator.autocast():
                loss, logits = discriminator_step(self._discriminator, made, batch, self.config.loss)
            weight = self._crisp_weight(batch)
            terms = {"discriminator": loss.item()} | logits
            self._note(values, {name: weight * term for name, term in terms.items()})
            self.accelerator.backward(weight * loss / len(pairs))

    def _crisp_weight(self, batch: Batch) -> float:
        """Processes are averaged; weighted so, it is the mean over all crisp samples, wherever they are.

        Where there are none in any process, the first process's stand-in counts as one; see ``crisp_rows``.
        """
        if self.accelerator.num_processes == 1:
            return 1.0
        counts: list[int] = self.accelerator.gather(batch.crisp.count_nonzero()[None]).tolist()
        counts[0] = counts[0] if any(counts) else 1
        return self.accelerator.num_processes * counts[self.accelerator.process_index] / sum(counts)

    def _update(self, values: dict[str, float], *, trains_discriminator: bool) -> None:
        """Clip and step. Both gradients are checked before either network moves: a failed step leaves no trace."""
        state, config = self.state, self.config.optim
        rate = schedule(state.step, self.config.num_steps, config)
        moving: list[tuple[str, torch.nn.Module, torch.optim.Optimizer, float]] = [
            ("gradient", state.generator, state.generator_optimizer, config.learning_rate)
        ]
        if trains_discriminator:
            discriminator = (state.discriminator, state.discriminator_optimizer, config.discriminator_learning_rate)
            moving.append(("discriminator_gradient", *discriminator))
        for name, module, _, _ in moving:
            values[name] = torch.nn.utils.clip_grad_norm_(module.parameters(), config.clip_norm).item()
        self._require_finite(values)
        for _, _, optimizer, learning_rate in moving:
            set_learning_rate(optimizer, learning_rate * rate)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        state.ema.update(state.generator)

    def _sentences(self, number: int) -> torch.Tensor:
        """This process's share of the sentences of the text-only loss, as rows of the bank."""
        rng = np.random.default_rng((self.config.seed, INTENT_STREAM, number))
        drawn = rng.integers(len(self.objective.bank), size=self.config.loss.intent_sentences)
        return torch.from_numpy(np.array_split(drawn, self.accelerator.num_processes)[self.accelerator.process_index])

    def _note(self, values: dict[str, float], terms: dict[str, float]) -> None:
        """Add the ``terms`` of one micro-batch to the means of the step, if they are finite."""
        self._require_finite(terms)
        for name, term in terms.items():
            values[name] += term / self.config.optim.accumulate_steps

    def _agreed(self, values: dict[str, float]) -> tuple[dict[str, float], bool]:
        """The mean of ``values`` over all processes, and whether any of them was told to stop."""
        stopping = bool(self._signal)
        if self.accelerator.num_processes == 1:
            return values, stopping
        mine = torch.tensor([*values.values(), float(stopping)], device=self.accelerator.device)
        *means, share_stopping = self.accelerator.reduce(mine, "mean").tolist()
        return dict(zip(values, means, strict=True)), share_stopping > 0

    def _require_finite(self, values: dict[str, float]) -> None:
        bad = [name for name, value in values.items() if not np.isfinite(value)]
        if bad:
            raise TrainingError(
                f"Step {self.state.step + 1}: {', '.join(bad)} is not finite, so the weights stay as they were; "
                "resume with a lower learning rate or with precision fp32."
            )

    def _report(self, values: dict[str, float]) -> None:
        step, config = self.state.step, self.config
        last = step == config.num_steps
        if step == 1 or step % config.log_every_steps == 0 or last:
            num_steps, self._reported_step = step - self._reported_step, step
            elapsed_s, shares = self._watch.read()
            images_per_s = num_steps * config.data.batch_images * config.optim.accumulate_steps / elapsed_s
            timing = {f"share_{name}": share for name, share in shares.items()} | {"images_per_s": images_per_s}
            timing["learning_rate"] = config.optim.learning_rate * schedule(step - 1, config.num_steps, config.optim)
            self.tracker.record("train", step, values | timing)
            self.tracker.say(progress_line(step, config.num_steps, values, images_per_s, elapsed_s / num_steps))
        if step % config.validate_every_steps == 0 or last:
            if self.validate is not None:
                scores = self.validate(self.state.ema.module, step)
                self.tracker.record("validation", step, scores)
                self.tracker.say("  ".join(f"{name} {value:.4g}" for name, value in scores.items()))
                if scores.get("prompt_ignored"):
                    self.tracker.say("WARNING: the prompt is being ignored: right and wrong sentences give the same.")
            self.accelerator.wait_for_everyone()
        if step % config.save_every_steps == 0 or last:
            self._save(final=last)

    def _save(self, *, final: bool) -> None:
        """Save; a passing shortage of disk space is survived twice, but not at the ``final`` save."""
        if self.stream is not None:
            self.state.place = merged(gather_object([self.stream.place()]))
        if self.accelerator.is_main_process:
            try:
                self.state.save(checkpoint_root(self.config), self.config)
                self._num_failed_saves = 0
            except OutputError as error:
                self._num_failed_saves += 1
                self.tracker.say(str(error))
                if final or self._num_failed_saves >= MAX_FAILED_SAVES:
                    raise
        self.accelerator.wait_for_everyone()

    def _stop(self, number: int, _: object) -> None:
        self._signal = number


def checkpoint_root(config: TrainConfig) -> Path:
    """Where the checkpoints of a run lie."""
    return config.run / CHECKPOINTS
