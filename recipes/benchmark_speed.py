"""How fast the network is here in every engine, beside what this machine's convolutions can do at most, in one run.

    python recipes/benchmark_speed.py --sizes 64 128 256 512 --output speed.md

Cost: nine minutes on two cores without bf16. Compare within one run. Others: compare_runtimes.py, benchmark_files.py.
"""

import argparse
import sys
import tempfile
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from srgan_prompt.errors import ModelError, UsageError, exit_on_user_error
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.onnx.engine import OnnxSession
from srgan_prompt.inference.torch_engine import TorchEngine, processor
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.prompt import read_prompt

LONG_S, TILE_PX, TORCH = 2.0, 128, "torch"  # longer runs are not repeated
Run = Callable[[], np.ndarray]
Prepare = Callable[[np.ndarray, int], Run]  # for an image [1, 3, h, w] in [0, 1] and a number of threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder or hub id; none: the shipped weights")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512], help="sides of the input, px")
    parser.add_argument("--other", type=Path, nargs="*", default=[], help=".onnx, .param, .pth or .safetensors files")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--output", type=Path, help="a file for the Markdown tables")
    args = parser.parse_args()
    torch.set_grad_enabled(False)
    upscaler = Upscaler.from_pretrained(args.model, device="cpu")
    texts = [f"{upscaler.model.name}, default prompt, {args.threads} threads, torch {torch.__version__}. {processor()}"]
    with tempfile.TemporaryDirectory() as folder:
        contestants = runtimes(upscaler, Path(folder)) | {path.name: partial(other, path) for path in args.other}
        texts += [markdown(by_size(contestants, args.sizes, args.threads))]
        texts += [markdown(by_threads(contestants, sorted({1, args.threads})))]
    args.output and args.output.write_text("\n\n".join(texts) + "\n")


def runtimes(upscaler: Upscaler, folder: Path) -> dict[str, Prepare]:
    """The network of ``upscaler`` with the default request, by name of runtime; files are written to ``folder``."""
    ours, prompt = upscaler.model.engine, upscaler.interpret(read_prompt(None)).embedding
    if not isinstance(ours, TorchEngine):
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt; only those are compared.")

    def torch_engine(precision: str, image: np.ndarray, threads: int) -> Run:
        torch.set_num_threads(threads)
        engine = TorchEngine(ours.generator, "cpu", precision)
        return lambda: engine.run(image, prompt, engine.global_features(image))

    def file_engine(runtime: str, precision: str, image: np.ndarray, threads: int) -> Run:
        path = folder / f"{precision}{FILE_ENGINES[runtime].suffix}"
        path.exists() or FILE_ENGINES[runtime].export(upscaler, path, bake=True, precision=precision)
        engine = FILE_ENGINES[runtime].load(path, threads)
        return lambda: engine.run(image, None, engine.global_features(image))

    return {
        TORCH: partial(torch_engine, "fp32"),
        "torch, bf16": partial(torch_engine, "bf16"),
        "ONNX Runtime": partial(file_engine, "onnx", "fp32"),
        "ONNX Runtime, int8": partial(file_engine, "onnx", "int8"),
        "ncnn": partial(file_engine, "ncnn", "fp32"),
    }


def other(path: Path, image: np.ndarray, threads: int) -> Run:
    """A file of ours, another project's weights, or any ONNX graph whose first input is the image."""
    if path.suffix == ".onnx":
        session = OnnxSession(path, str(path), threads).session
        return lambda: session.run(None, {session.get_inputs()[0].name: image})[0]
    engine = Upscaler.from_pretrained(path, device="cpu", threads=threads).model.engine
    return lambda: engine.run(image, None, None)


def by_size(contestants: dict[str, Prepare], sizes: list[int], threads: int) -> list[list[str]]:
    """Seconds, and in brackets the share of the limit of a float32 convolution."""
    columns = [["", "GFLOP", "limit, GFLOP/s", *contestants]]
    for side_px in sizes:
        image = drawn(side_px)
        with FlopCounterMode(display=False) as counter:
            contestants[TORCH](image, threads)()
        gflop, limit = counter.get_total_flops() / 1e9, convolution_limit(threads)
        seconds = [measured(name, prepare, image, threads) for name, prepare in contestants.items()]
        limit = max(limit, convolution_limit(threads))
        cells = ["-" if each is None else f"{each:.3f} s ({gflop / each / limit:.0%})" for each in seconds]
        columns.append([f"{side_px} px", f"{gflop:.1f}", f"{limit:.0f}", *cells])
    return [list(row) for row in zip(*columns, strict=True)]


def by_threads(contestants: dict[str, Prepare], counts: list[int]) -> list[list[str]]:
    """One image with one thread and with all."""
    rows = [[f"{TILE_PX} px", *(f"{count} threads" for count in counts)]]
    for name, prepare in contestants.items():
        seconds = [measured(name, prepare, drawn(TILE_PX), count) for count in counts]
        rows += [[name, *("-" if each is None else f"{each:.3f} s" for each in seconds)]]
    return rows


def measured(name: str, prepare: Prepare, image: np.ndarray, threads: int) -> float | None:
    """Seconds, or None if the runtime is not installed."""
    try:
        seconds = fastest_s(prepare(image, threads))
    except ModelError as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
    print(f"{name}, {image.shape[-1]} px, {threads} threads: {seconds:.3f} s", file=sys.stderr)
    return seconds


def convolution_limit(threads: int) -> float:
    """GFLOP/s of one large 3x3 convolution of 64 channels."""
    torch.set_num_threads(threads)
    layer, x = torch.nn.Conv2d(64, 64, 3, padding=1), torch.rand(1, 64, 256, 256)
    layer, x = (each.to(memory_format=torch.channels_last) for each in (layer, x))
    return 2 * 64 * 64 * 9 * 256 * 256 / fastest_s(lambda: layer(x)) / 1e9


def fastest_s(run: Callable[[], object]) -> float:
    """The first run does not count."""
    run()
    first_s = timeit.timeit(run, number=1)
    return first_s if first_s > LONG_S else min(first_s, *timeit.repeat(run, number=1, repeat=2))


def drawn(side_px: int) -> np.ndarray:
    """Random pixels [1, 3, side, side], laid out as images are."""
    return np.random.default_rng(0).random((1, side_px, side_px, 3), np.float32).transpose(0, 3, 1, 2)


def markdown(table: list[list[str]]) -> str:
    """``table`` as Markdown, shown at once: the next takes a while."""
    lines = [f"| {' | '.join(row)} |" for row in table]
    print(text := "\n".join([lines[0], "|---" * len(table[0]) + "|", *lines[1:]]), flush=True)
    return text


if __name__ == "__main__":
    with exit_on_user_error():
        main()
