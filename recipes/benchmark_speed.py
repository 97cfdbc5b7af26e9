"""How fast the network is here, beside what this machine's convolutions can do at most, all in one run.

    python recipes/benchmark_speed.py --sizes 64 128 256 512 --output speed.md

Cost: a minute on two cores. Compare numbers of one run only: a shared machine drifts by half. With --other,
ONNX files (first input a picture [1, 3, h, w]) and weights that spandrel reads are timed beside it.
"""

import argparse
import tempfile
import timeit
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from srgan_prompt.config import GeneratorConfig
from srgan_prompt.errors import ModelError
from srgan_prompt.inference.engine import Engine, Guidance
from srgan_prompt.inference.onnx_engine import OnnxEngine
from srgan_prompt.inference.prompts import read_prompt
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.factory import build_generator

Run = Callable[[np.ndarray], object]
CHANNELS_LAST, DEFAULT_LAYOUT, ONNX = "torch, channels_last", "torch, default layout", "ONNX Runtime"


def main() -> None:
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    torch.set_grad_enabled(False)
    upscaler = load(args.model)
    runs = our_runs(upscaler) | {path.name: other_run(path) for path in args.other}
    rows = [measure(side_px, upscaler, runs, args.repeats) for side_px in args.sizes]
    print(table := report(upscaler, runs, rows, args.threads))
    if args.output:
        args.output.write_text(table + "\n")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder or hub id; none: the shipped weights")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512], help="sides of the input, px")
    parser.add_argument("--other", type=Path, nargs="*", default=[], help="further .onnx, .pth or .safetensors files")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeats", type=int, default=3, help="the fastest counts")
    parser.add_argument("--output", type=Path, help="write the Markdown table here too")
    return parser.parse_args()


def load(model: str | None) -> Upscaler:
    """The model; before weights are shipped, random ones of the default shape, which are as fast."""
    try:
        return Upscaler.from_pretrained(model, device="cpu")
    except ModelError:
        if model is not None:
            raise
    return Upscaler.from_generator(build_generator(GeneratorConfig()))


def our_runs(upscaler: Upscaler) -> dict[str, Run]:
    """The default prompt, in every way that we can run it."""
    guidance, _ = upscaler.guidance_for(read_prompt(None))
    engine = upscaler.model.engine
    half = Upscaler.from_generator(engine.generator, precision="bf16").model.engine

    def default_layout(picture: np.ndarray) -> None:
        engine.generator.to(memory_format=torch.contiguous_format)
        engine.generator(torch.from_numpy(np.ascontiguousarray(picture)), engine.steering(guidance, 1))

    def channels_last(picture: np.ndarray) -> None:
        engine.generator.to(memory_format=torch.channels_last)
        run_engine(engine, guidance, picture)

    bf16 = {"torch, bf16": lambda picture: run_engine(half, guidance, picture)}
    return {CHANNELS_LAST: channels_last, DEFAULT_LAYOUT: default_layout} | bf16 | onnx_run(upscaler)


def run_engine(engine: Engine, guidance: Guidance | None, picture: np.ndarray) -> None:
    engine.run(picture, guidance, engine.context(picture))


def onnx_run(upscaler: Upscaler) -> dict[str, Run]:
    try:
        from srgan_prompt.inference.export import export_onnx

        with tempfile.TemporaryDirectory() as folder:
            engine = OnnxEngine.load(export_onnx(upscaler, Path(folder) / "model.onnx", bake=True))
    except ModelError:  # the extra is not installed
        return {}
    return {ONNX: lambda picture: run_engine(engine, None, picture)}


def other_run(path: Path) -> Run:
    """A foreign file: spandrel's, or an ONNX graph whose first input is the picture."""
    if path.suffix != ".onnx":
        engine = Upscaler.from_pretrained(path, device="cpu").model.engine
        return lambda picture: run_engine(engine, None, picture)
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: np.ascontiguousarray(picture)})


def measure(side_px: int, upscaler: Upscaler, runs: dict[str, Run], repeats: int) -> dict[str, float]:
    """Seconds of every run at one size, our GFLOP, and the convolution limit in GFLOP/s, taken between the runs."""
    picture = np.random.default_rng(0).random((1, side_px, side_px, 3), np.float32).transpose(0, 3, 1, 2)
    with FlopCounterMode(display=False) as counter:
        next(iter(runs.values()))(picture)
    row = {"side_px": side_px, "gflop": counter.get_total_flops() / 1e9, "limit": 0.0}
    for name, run in runs.items():
        row[name] = fastest_s(lambda run=run: run(picture), repeats)
        row["limit"] = max(row["limit"], convolution_limit())
    return row


def convolution_limit() -> float:
    """GFLOP/s of one large 3x3 convolution with 64 channels, in the layout that is faster here."""
    layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)
    x = torch.rand(1, 64, 256, 256).to(memory_format=torch.channels_last)
    return 2 * 64 * 64 * 9 * 256 * 256 / fastest_s(lambda: layer(x), 3) / 1e9


def fastest_s(run: Callable[[], object], repeats: int) -> float:
    run()
    return min(timeit.repeat(run, number=1, repeat=repeats))


def report(upscaler: Upscaler, runs: dict[str, Run], rows: list[dict[str, float]], threads: int) -> str:
    """A Markdown table: seconds, and in brackets the share of the convolution limit of our float32 runs."""
    ours = (CHANNELS_LAST, DEFAULT_LAYOUT, ONNX)
    head = ["input", "GFLOP", "limit, GFLOP/s", *runs]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        cells = [f"{row['side_px']} px", f"{row['gflop']:.1f}", f"{row['limit']:.0f}"]
        for name in runs:
            share = f" ({row['gflop'] / row[name] / row['limit']:.0%})" if name in ours else ""
            cells.append(f"{row[name]:.3f} s{share}")
        lines.append(f"| {' | '.join(cells)} |")
    parameters = f"{upscaler.model.engine.generator.num_parameters / 1e6:.2f} M parameters"
    machine = f"{threads} threads, torch {torch.__version__}"
    return "\n".join([f"{upscaler.model.name}, {parameters}, default prompt; {machine}.", "", *lines])


if __name__ == "__main__":
    main()
