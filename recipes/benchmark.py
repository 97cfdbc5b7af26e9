"""Measure super-resolution, x4 or at another scale, on folders of images; writes benchmark.md and benchmark.json.

    python recipes/benchmark.py Set5 Set14 --prompt "" --prompt "remove the noise" --out runs/benchmark
    python recipes/benchmark.py Set5 Set14 --scale 2 --from-originals
    python recipes/benchmark.py Set5 --no-ours --results swinir=results/swinir
    python recipes/benchmark.py Set5 --model my_model --model my_model_int8.onnx --model theirs.pth
    python recipes/benchmark.py PHOTOS --damage --num-images 8

A folder holds originals alone, or name_HR.png beside name_LR.png, or folders HR/ and LR/. Needs the extra "eval".
With --damage it holds clean photos: their centres are shrunk, then damaged by JPEG, noise and blur, and every model is
asked for nothing, for what undoes the damage, and for the default request; writes damage.md and damage.json.
Models run in float32 by default: tables stay comparable. Bicubic on Set5 gives 28.43 dB, 0.811, LPIPS 0.340.
Cost: about a second per image and method on a CPU.
"""

import argparse
import json
import sys
from pathlib import Path

from srgan_prompt.checkpoints.format import read_manifest
from srgan_prompt.errors import UsageError, exit_on_user_error
from srgan_prompt.evaluation import benchmark
from srgan_prompt.evaluation.benchmark import Method, SavedResults, bicubic, lanczos, prompt_rows, run_benchmark
from srgan_prompt.evaluation.damaged import DamagedSetup, gains, gains_markdown, run_damaged
from srgan_prompt.evaluation.metrics import DAMAGED
from srgan_prompt.files import replacing, sha256_of
from srgan_prompt.inference.engine import NUM_VIEWS
from srgan_prompt.inference.upscaler import Upscaler

WITHOUT = {"none": ("lpips", "lpips_vgg"), "alex": ("lpips_vgg",), "both": ()}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="test sets")
    parser.add_argument("--model", action="append", dest="models", help="may be repeated (default: shipped)")
    parser.add_argument("--prompt", action="append", dest="prompts", help='may be repeated (default: "")')
    parser.add_argument("--self-ensemble", action="store_true", help="our results as means over 8 flips and turns")
    parser.add_argument("--no-ours", action="store_true", help="measure the other methods only")
    parser.add_argument("--results", action="append", default=[], metavar="NAME=FOLDER", help="finished images")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="of torch models (default fp32)")
    parser.add_argument("--scale", type=int, default=4, choices=(1, 2, 3, 4))
    parser.add_argument("--from-originals", action="store_true", help="make the small images, even if some are given")
    lpips = "backbones of LPIPS, whose weights need a download (default: alex; with --damage both: VGG16 too)"
    parser.add_argument("--lpips", choices=list(WITHOUT), help=lpips)
    damage = parser.add_argument_group("damaged images")
    damage.add_argument("--damage", action="store_true", help="damage the small images first; --prompt is not for it")
    damage.add_argument("--side-px", type=int, help="centre of each photo that is used (default: 512)")
    damage.add_argument("--num-images", type=int, help="first photos, by name, that are used (default: all)")
    damage.add_argument("--no-dists", action="store_true", help="leave DISTS out, whose weights need a download")
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark"), help="folder to write into")
    return parser.parse_intermixed_args()  # folders may stand between options


def build_methods(arguments: argparse.Namespace, models: dict[str, Upscaler]) -> dict[str, Method | SavedResults]:
    """The rows of the table by name; a model that does not read prompts has one."""
    methods: dict[str, Method | SavedResults] = {each.__name__: each(arguments.scale) for each in (bicubic, lanczos)}
    for each in arguments.results:
        name, separator, folder = each.partition("=")
        if not separator:
            raise UsageError(f"--results {each}: write it as NAME=FOLDER.")
        methods[name] = SavedResults(Path(folder))
    options = {"scale": arguments.scale, "self_ensemble": arguments.self_ensemble}
    for name, upscaler in models.items():
        methods |= prompt_rows(name, upscaler, arguments.prompts or [""], **options)
    return methods


def weights_sha256(source: str | None, upscaler: Upscaler) -> str:
    """Of the weights of a model folder, or of the one file that a model is."""
    if upscaler.model.folder:
        return read_manifest(upscaler.model.folder).files["model.safetensors"].sha256
    return sha256_of(Path(source))


def refuse_twins(kind: str, names: list[str]) -> None:
    """Rows are told apart by name. Raises UsageError."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two {kind} share the name {name}; rename one of them.")


def damage_numbers(arguments: argparse.Namespace) -> dict[str, int]:
    """Those that were given."""
    return {name: value for name in ("side_px", "num_images") if (value := getattr(arguments, name)) is not None}


def refuse_mixed_flags(arguments: argparse.Namespace) -> None:
    """Flags of the one benchmark mean nothing to the other. Raises UsageError."""
    if arguments.damage and (arguments.prompts or arguments.results or arguments.from_originals):
        raise UsageError("--damage makes its own images: leave out --prompt, --results and --from-originals.")
    if not arguments.damage and (arguments.no_dists or damage_numbers(arguments)):
        raise UsageError("--side-px, --num-images and --no-dists go with --damage: add it, or leave them out.")


def measure(arguments: argparse.Namespace, models: dict[str, Upscaler], sha256: dict[str, str]) -> tuple[str, dict]:
    """Table and document on the images as they are."""
    options = {"scale": arguments.scale, "from_originals": arguments.from_originals, "on_image": tell}
    options |= {"methods": build_methods(arguments, models), "without": WITHOUT[arguments.lpips or "alex"]}
    results = [run_benchmark(folder, **options) for folder in arguments.folders]
    presented = (results, arguments.scale, sha256)
    return benchmark.as_markdown(*presented), benchmark.as_document(*presented)


def measure_damaged(
    arguments: argparse.Namespace, models: dict[str, Upscaler], sha256: dict[str, str]
) -> tuple[str, dict]:
    """Table and document on damaged images, and what asking gained."""
    options = {"scale": arguments.scale, "self_ensemble": arguments.self_ensemble} | damage_numbers(arguments)
    without = (*WITHOUT[arguments.lpips or "both"], *(("dists",) if arguments.no_dists else ()))
    setup = DamagedSetup(**options, without=without)
    results, gained = [], {}
    for folder in arguments.folders:
        by_damage = run_damaged(folder, models, setup, tell)
        results += by_damage.values()
        gained |= gains(by_damage, list(models))
    presented = (results, arguments.scale, sha256, DAMAGED)
    document = benchmark.as_document(*presented) | {"gains_db": gained}
    return f"{benchmark.as_markdown(*presented)}\n{gains_markdown(gained)}", document


def tell(name: str) -> None:
    """Progress."""
    print(name, file=sys.stderr)


def run(arguments: argparse.Namespace) -> None:
    refuse_mixed_flags(arguments)
    refuse_twins("test sets", [folder.resolve().name for folder in arguments.folders])
    sources = [] if arguments.no_ours else arguments.models or [None]
    upscalers = [Upscaler.from_pretrained(source, precision=arguments.precision) for source in sources]
    refuse_twins("models", [upscaler.model.name for upscaler in upscalers])
    views = f", mean of {NUM_VIEWS} views" if arguments.self_ensemble else ""
    models = {("ours" if len(upscalers) == 1 else each.model.name) + views: each for each in upscalers}
    sha256 = {each.model.name: weights_sha256(source, each) for source, each in zip(sources, upscalers, strict=True)}
    table, document = (measure_damaged if arguments.damage else measure)(arguments, models, sha256)
    table, document["precision"] = f"{table}\nOur models ran in {arguments.precision}.\n", arguments.precision
    stem = "damage" if arguments.damage else "benchmark"
    with replacing(arguments.out / f"{stem}.md") as file:
        file.write(table.encode())
    with replacing(arguments.out / f"{stem}.json") as file:
        file.write(json.dumps(document, indent=1, allow_nan=False).encode())
    print(table)


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse())
