"""Measure x4 super-resolution on folders of pictures; writes benchmark.md and benchmark.json.

    python recipes/benchmark.py Set5 Set14 --prompt "" --prompt "remove the noise" --out runs/benchmark
    python recipes/benchmark.py Set5 --no-ours --results swinir=results/swinir

A folder holds originals alone, or name_HR.png beside name_LR.png, or folders HR/ and LR/. Needs the extra "eval".
Cost: about a second per picture and method on a CPU. Expected for bicubic on Set5: 28.43 dB, 0.811, LPIPS 0.340.
"""

import argparse
import json
import sys
from pathlib import Path

from srgan_prompt.checkpoints.format import read_manifest
from srgan_prompt.checkpoints.hub import resolve_model
from srgan_prompt.errors import UsageError, told_in_one_sentence
from srgan_prompt.evaluation.benchmark import as_document, as_markdown, run_benchmark
from srgan_prompt.evaluation.methods import Method, SavedResults, bicubic, lanczos, ours
from srgan_prompt.images.atomic import replacing


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="test sets")
    parser.add_argument("--model", help="model folder or hub name (default: the shipped one)")
    parser.add_argument("--prompt", action="append", dest="prompts", help='may be repeated (default: "")')
    parser.add_argument("--no-ours", action="store_true", help="measure the other methods only")
    parser.add_argument("--results", action="append", default=[], metavar="NAME=FOLDER", help="finished pictures")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    parser.add_argument("--no-lpips", action="store_true", help="leave out LPIPS, whose weights need a download")
    parser.add_argument("--out", type=Path, default=Path("runs/benchmark"), help="folder to write into")
    return parser.parse_intermixed_args()  # folders may stand between options


def build_methods(arguments: argparse.Namespace, model: Path | None) -> dict[str, Method | SavedResults]:
    """The rows of the table by name."""
    methods: dict[str, Method | SavedResults] = {
        "bicubic": bicubic(arguments.scale),
        "lanczos": lanczos(arguments.scale),
    }
    for each in arguments.results:
        name, separator, folder = each.partition("=")
        if not separator:
            raise UsageError(f"--results {each}: write it as NAME=FOLDER.")
        methods[name] = SavedResults(Path(folder))
    if model:
        from srgan_prompt.inference.upscaler import Upscaler

        upscaler = Upscaler.from_pretrained(model)
        for prompt in arguments.prompts or [""]:
            methods[f'ours "{prompt}"'] = ours(upscaler, prompt)
    return methods


def run(arguments: argparse.Namespace) -> None:
    names = [folder.resolve().name for folder in arguments.folders]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two test sets share the name {name}; rename one of the folders.")
    model = None if arguments.no_ours else resolve_model(arguments.model)
    methods = build_methods(arguments, model)
    options = {"scale": arguments.scale, "with_lpips": not arguments.no_lpips}
    results = [
        run_benchmark(folder, methods, **options, on_picture=lambda name: print(name, file=sys.stderr))
        for folder in arguments.folders
    ]
    sha256 = read_manifest(model).files["model.safetensors"].sha256 if model else None
    table = as_markdown(results, arguments.scale, sha256)
    with replacing(arguments.out / "benchmark.md") as file:
        file.write(table.encode())
    with replacing(arguments.out / "benchmark.json") as file:
        file.write(json.dumps(as_document(results, arguments.scale, sha256), indent=1, allow_nan=False).encode())
    print(table)


if __name__ == "__main__":
    with told_in_one_sentence():
        run(parse())
