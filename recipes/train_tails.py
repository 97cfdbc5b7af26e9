"""Give a finished model tails for further scales: the rest of the network stays as it is, bit for bit.

    python recipes/train_tails.py my_model --scales 1 2 3 --data.folder PHOTOS --out my_model_tails
    python recipes/train_tails.py my_model --scales 2 --steps 20 --out trial             on synthetic images

MODEL is a model folder, or a run folder of recipes/train_gan.py, whose averaged weights are taken. Losses, degradations
and sentences are those of recipes/configs/x4.yaml or of ``--config``, without discriminator; any setting of
``srgan_prompt.config.TrainConfig`` is a flag too. The folder is written anew after every scale, with card and
measurements of MODEL, which still hold. Needs the extra "train". Cost: see docs/howto/add_a_scale.md.
"""

import argparse
import functools
import time
from pathlib import Path

import tyro

from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.errors import UsageError, exit_on_user_error
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.training.build import build_texts
from srgan_prompt.training.tails import added, fit_tail, with_tail

X4 = Path(__file__).parent / "configs" / "x4.yaml"
say = functools.partial(print, flush=True)


def parse_arguments() -> tuple[argparse.Namespace, TrainConfig]:
    """The recipe's own flags, and the settings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("model", help="model folder, or run folder")
    parser.add_argument("--scales", type=int, nargs="+", required=True, choices=(1, 2, 3, 4), help="to add")
    parser.add_argument("--steps", default="2000", help="for each scale (default: %(default)s); 0 is the start alone")
    parser.add_argument("--tails-of", metavar="MODEL", help="begin as the tails of these earlier weights")
    parser.add_argument("--config", type=Path, default=X4, help="settings (default: recipes/configs/x4.yaml)")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write, which must not exist")
    flags, settings = parser.parse_known_args()
    default = load_train_config(flags.config).model_copy(update={"run": Path("runs/tails"), "pixel_steps": 0})
    settings += ["--gan-steps", flags.steps]
    return flags, tyro.cli(TrainConfig, default=default, args=settings, description=__doc__)


def read(model: str) -> tuple[Upscaler, TorchEngine]:
    """A model, and what its network runs by. Raises UsageError where that is an exported file, which has no trunk."""
    upscaler = Upscaler.from_pretrained(model, device="auto", precision="fp32")
    if not isinstance(upscaler.model.engine, TorchEngine):
        raise UsageError(f"{model} is no model folder; only those can be given further scales, or give theirs.")
    return upscaler, upscaler.model.engine


def main() -> None:
    flags, config = parse_arguments()
    if flags.out.exists():
        raise UsageError(f"{flags.out} exists; choose another folder for --out.")
    upscaler, engine = read(flags.model)
    generator, device = engine.generator, str(engine.device)
    earlier = read(flags.tails_of)[1].generator if flags.tails_of else None
    if generator.config.scale in flags.scales:
        raise UsageError(f"{flags.model} upscales by {generator.config.scale} itself; leave that out of --scales.")
    texts = build_texts(config.model_copy(update={"generator": generator.config}))
    for scale in flags.scales:
        start_s, single = time.perf_counter(), with_tail(generator, scale, earlier)
        before, after = fit_tail(single, config, texts, say)
        seconds = time.perf_counter() - start_s
        say(f"x{scale}: loss {before:.4f} before, {after:.4f} after {flags.steps} steps, {seconds:.0f} s")
        generator = added(generator, single)
        engine = TorchEngine(generator, device, "fp32")
        Upscaler(upscaler.model._replace(engine=engine)).save_pretrained(flags.out, overwrite=True)


if __name__ == "__main__":
    with exit_on_user_error():
        main()
