"""A small search over learning rate and loss weights with Optuna; its study is kept, and goes on when started again.

    python recipes/studies/search.py --validation Set5 --trials 2 --steps 4                   proves that it works
    python recipes/studies/search.py --validation Set5 --folder PHOTOS --trials 20

Each trial trains a small network from scratch, half of the steps by pixels alone; its LPIPS at the end counts. None is
cut short: a bad start may end well. The study is search.log in the run folder (``optuna.storages.JournalStorage``); the
table lists the best trials, and the plots are search_*.png.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import optuna
import torch
from matplotlib.ticker import NullFormatter
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.visualization import matplotlib as plots

from srgan_prompt.config import TrainConfig, parse
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.benchmark import ours, run_benchmark
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import plain_request
from srgan_prompt.training.build import Texts, build_accelerator, build_trainer
from srgan_prompt.training.tracking import Tracker

RANGES = {  # all drawn on a logarithmic scale
    "learning_rate": (1e-4, 4e-3),
    "discriminator_learning_rate": (1e-4, 2e-3),
    "perceptual_weight": (0.1, 10.0),
    "adversarial_weight": (5e-4, 5e-2),
}
NETWORK = {"channels": 32, "num_blocks": 8, "composition": "none", "compose_after": ()}
BEST = 5


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validation", type=Path, required=True, help="test set, as in recipes/benchmark.py")
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--trials", type=int, default=20, help="trials in all, those of earlier starts included")
    parser.add_argument("--steps", type=int, default=400, help="optimiser steps of each trial")
    parser.add_argument("--channels", type=int, default=NETWORK["channels"], help="of the network")
    parser.add_argument("--run", type=Path, default=Path("runs/search"), help="folder for the study and the plots")
    return parser.parse_args()


def trial_config(drawn: dict[str, float], number: int, arguments: argparse.Namespace) -> TrainConfig:
    """Settings of trial ``number``, which has ``drawn`` its learning rates and weights."""
    rates = {name: drawn[name] for name in ("learning_rate", "discriminator_learning_rate")}
    weights = {name: drawn[name] for name in ("perceptual_weight", "adversarial_weight")}
    settings = {
        "run": arguments.run / f"trial_{number}",
        "pixel_steps": arguments.steps - arguments.steps // 2,
        "gan_steps": arguments.steps // 2,
        "ramp_steps": max(1, arguments.steps // 8),
        "generator": NETWORK | {"channels": arguments.channels},
        "discriminator": {"use_text": False},
        "data": {
            "folder": arguments.folder,
            "pack": arguments.run / "pack",
            "batch_images": 8,
            "sentences_per_image": 1,
        },
        "prompts": {"clean_share": 1.0, "empty_share": 0.0},
        "loss": weights | {"perceptual_normalise": True, "wrong_prompt": False},
        "optim": rates,
        "save_every_steps": arguments.steps,
        "ema_decay": 0.99,
    }
    return parse(TrainConfig, settings, f"trial {number}")


def lpips_of(config: TrainConfig, validation: Path) -> float:
    """LPIPS of the network that ``config`` trains."""
    bank = PromptBank(torch.zeros(1, config.generator.text_width), as_tensors([plain_request("crisp")]))
    texts = Texts(bank, lambda asked: bank.embeddings.expand(len(asked), -1))
    tracker = Tracker(config.run, active=True, tensorboard=False)
    trainer = build_trainer(config, build_accelerator(config), tracker, texts)
    trainer.fit()
    upscaler = Upscaler.from_generator(trainer.state.ema.module.eval(), precision="fp32")
    return run_benchmark(validation, {"": ours(upscaler, "")}).mean("")["lpips"]


def as_table(study: optuna.Study) -> str:
    """Markdown: the best trials, and how much each setting matters (PED-ANOVA) where there are enough to tell."""
    done = sorted(study.get_trials(states=[optuna.trial.TrialState.COMPLETE]), key=lambda trial: trial.value)
    lines = [f"| trial | LPIPS | {' | '.join(RANGES)} |", "|---|" + "---:|" * (1 + len(RANGES))]
    for trial in done[:BEST]:
        lines.append(
            f"| {trial.number} | {trial.value:.4f} | {' | '.join(f'{trial.params[name]:.2g}' for name in RANGES)} |"
        )
    if len(done) > len(RANGES):
        shares = optuna.importance.get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
        lines.append(f"| importance | | {' | '.join(f'{shares[name]:.2f}' for name in RANGES)} |")
    return "\n".join(lines) + "\n"


def run(arguments: argparse.Namespace) -> None:
    mpl.use("Agg")
    torch.set_num_threads(1)
    arguments.run.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(arguments.run / "search.log")))
    sampler = optuna.samplers.TPESampler(seed=0, n_startup_trials=8)
    study = optuna.create_study(storage=storage, study_name="search", sampler=sampler, load_if_exists=True)

    def objective(trial: optuna.Trial) -> float:
        drawn = {name: trial.suggest_float(name, *between, log=True) for name, between in RANGES.items()}
        return lpips_of(trial_config(drawn, trial.number, arguments), arguments.validation)

    finished = len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE]))
    study.optimize(objective, n_trials=max(0, arguments.trials - finished))
    for name, plot in {"history": plots.plot_optimization_history, "slices": plots.plot_slice}.items():
        axes = plot(study)
        figure = (axes.ravel()[0] if hasattr(axes, "ravel") else axes).figure
        for each in figure.axes:
            each.xaxis.set_minor_formatter(NullFormatter())  # a short logarithmic axis would write over itself
        figure.savefig(arguments.run / f"search_{name}.png", dpi=80)
    print(as_table(study), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
