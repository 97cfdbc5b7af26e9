"""Measure x4 super-resolution on folders of pictures; writes benchmark.md and benchmark.json.

    python recipes/benchmark.py Set5 Set14 --prompt "" --prompt "remove the noise" --out runs/benchmark
    python recipes/benchmark.py Set5 --no-ours --results swinir=results/swinir
    python recipes/benchmark.py Set5 --model my_model --model my_model_int8.onnx --model theirs.pth

A folder holds originals alone, or name_HR.png beside name_LR.png, or folders HR/ and LR/. Needs the extra "eval".
Cost: about a second per picture and method on a CPU. Expected for bicubic on Set5: 28.43 dB, 0.811, LPIPS 0.340.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from srgan_prompt.checkpoints.format import read_manifest
from srgan_prompt.errors import UsageError, told_in_one_sentence
from srgan_prompt.evaluation.benchmark import BACKBONES, as_document, as_markdown, run_benchmark
from srgan_prompt.evaluation.methods import Method, SavedResults, bicubic, lanczos, ours
from srgan_prompt.images.atomic import replacing
from srgan_prompt.inference.self_ensemble import NUM_VIEWS
from srgan_prompt.inference.upscaler import Upscaler


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="test sets")
    parser.add_argument(
        "--model",
        action="append",
        dest="models",
        help="as of srgan-prompt upscale; may be repeated (default: shipped)",
    )
    parser.add_argument("--prompt", action="append", dest="prompts", help='may be repeated (default: "")')
    parser.add_argument("--self-ensemble", action="store_true", help="our results as means over 8 flips and turns")
    parser.add_argument("--no-ours", action="store_true", help="measure the other methods only")
    parser.add_argument("--results", action="append", default=[], metavar="NAME=FOLDER", help="finished pictures")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    parser.add_argument(
        "--lpips",
        choices=("none", "alex", "both"),
        default="alex",
        help="backbones of LPIPS, whose weights need a download; both: VGG16 too, slow (default: alex)",
    )
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark"), help="folder to write into")
    return parser.parse_intermixed_args()  # folders may stand between options


def build_methods(arguments: argparse.Namespace, models: list[Upscaler]) -> dict[str, Method | SavedResults]:
    """The rows of the table by name; a model that does not read prompts has one."""
    methods: dict[str, Method | SavedResults] = {
        "bicubic": bicubic(arguments.scale),
        "lanczos": lanczos(arguments.scale),
    }
    for each in arguments.results:
        name, separator, folder = each.partition("=")
        if not separator:
            raise UsageError(f"--results {each}: write it as NAME=FOLDER.")
        methods[name] = SavedResults(Path(folder))
    views = f", mean of {NUM_VIEWS} views" if arguments.self_ensemble else ""
    for upscaler in models:
        name = "ours" if len(models) == 1 else upscaler.model.name
        if upscaler.model.engine.ignores_prompts:
            methods[name + views] = ours(upscaler, "", self_ensemble=arguments.self_ensemble)
            continue
        for prompt in arguments.prompts or [""]:
            methods[f'{name} "{prompt}"{views}'] = ours(upscaler, prompt, self_ensemble=arguments.self_ensemble)
    return methods


def weights_sha256(source: str | None, upscaler: Upscaler) -> str:
    """Of the weights of a model folder, or of the one file that a model is."""
    if upscaler.model.folder:
        return read_manifest(upscaler.model.folder).files["model.safetensors"].sha256
    return hashlib.sha256(Path(source).read_bytes()).hexdigest()


def refuse_twins(kind: str, names: list[str]) -> None:
    """Rows are told apart by name. Raises UsageError."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two {kind} share the name {name}; rename one of them.")


def run(arguments: argparse.Namespace) -> None:
    refuse_twins("test sets", [folder.resolve().name for folder in arguments.folders])
    sources = [] if arguments.no_ours else arguments.models or [None]
    upscalers = [Upscaler.from_pretrained(source) for source in sources]
    refuse_twins("models", [upscaler.model.name for upscaler in upscalers])
    methods = build_methods(arguments, upscalers)
    options = {
        "scale": arguments.scale,
        "backbones": {"none": (), "alex": BACKBONES[:1], "both": BACKBONES}[arguments.lpips],
    }
    results = [
        run_benchmark(folder, methods, **options, on_picture=lambda name: print(name, file=sys.stderr))
        for folder in arguments.folders
    ]
    models = {each.model.name: weights_sha256(source, each) for source, each in zip(sources, upscalers, strict=True)}
    table = as_markdown(results, arguments.scale, models)
    with replacing(arguments.out / "benchmark.md") as file:
        file.write(table.encode())
    with replacing(arguments.out / "benchmark.json") as file:
        file.write(json.dumps(as_document(results, arguments.scale, models), indent=1, allow_nan=False).encode())
    print(table)


if __name__ == "__main__":
    with told_in_one_sentence():
        run(parse())
