"""How fast the network is here in every runtime, beside what this machine's convolutions can do at most, in one run.

    python recipes/benchmark_speed.py --sizes 64 128 256 512 --output speed.md

Cost: eleven minutes on two cores without bf16, of which bf16 takes most. Compare numbers of one run only: a shared
machine drifts by half. Runtimes not installed are left out with a word (pip install onnxruntime openvino ncnn pnnx).
With --other, ONNX files (first input a picture [1, 3, h, w]) and weights that spandrel reads are timed beside it.
"""

import argparse
import sys
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from srgan_prompt.errors import ModelError, exit_on_user_error
from srgan_prompt.evaluation.runtimes import Prepare, Run, Runtimes
from srgan_prompt.inference.upscaler import Upscaler

LONG_S = 2.0  # a run of more than that is not repeated
BATCH, TILE_PX = 4, 128
Table = list[list[str]]


def main() -> None:
    args = parse_arguments()
    torch.set_grad_enabled(False)
    upscaler = Upscaler.from_pretrained(args.model, device="cpu")
    runtimes = Runtimes(upscaler)
    contestants = runtimes.all() | {path.name: other(path) for path in args.other}
    head = f"{upscaler.model.name}, default prompt, {args.threads} threads, torch {torch.__version__}."
    texts = [head, *map(markdown, tables(contestants, runtimes, args.sizes, args.threads))]
    if args.output:
        args.output.write_text("\n\n".join(texts) + "\n")


def tables(contestants: dict[str, Prepare], runtimes: Runtimes, sizes: list[int], threads: int) -> Iterator[Table]:
    """One after the other, as they are measured."""
    yield by_size(contestants, runtimes, sizes, threads)
    yield by_batch(runtimes, threads)
    yield by_threads(contestants, sorted({1, threads}))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder or hub id; none: the shipped weights")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512], help="sides of the input, px")
    parser.add_argument("--other", type=Path, nargs="*", default=[], help="further .onnx, .pth or .safetensors files")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--output", type=Path, help="write the Markdown tables here too")
    return parser.parse_args()


def other(path: Path) -> Prepare:
    """A foreign file: spandrel's, or an ONNX graph whose first input is the picture."""

    def prepare(picture: np.ndarray, threads: int) -> Run:
        if path.suffix != ".onnx":
            engine = Upscaler.from_pretrained(path, device="cpu", threads=threads).model.engine
            return lambda: engine.run(picture, None, None)
        from srgan_prompt.inference.onnx.engine import OnnxSession

        session = OnnxSession(path, str(path), threads)
        feeds = {session.session.get_inputs()[0].name: picture}
        return lambda: session.session.run(None, feeds)[0]

    return prepare


def by_size(contestants: dict[str, Prepare], runtimes: Runtimes, sizes: list[int], threads: int) -> Table:
    """Seconds, and in brackets the share of the limit of a float32 convolution."""
    columns = [["", "GFLOP", "limit, GFLOP/s", *contestants]]
    for side_px in sizes:
        picture = drawn(side_px)
        with FlopCounterMode(display=False) as counter:
            runtimes.channels_last(picture, threads)()
        gflop, limit = counter.get_total_flops() / 1e9, convolution_limit(threads)
        seconds = [measured(name, prepare, picture, threads) for name, prepare in contestants.items()]
        limit = max(limit, convolution_limit(threads))
        cells = ["-" if each is None else f"{each:.3f} s ({gflop / each / limit:.0%})" for each in seconds]
        columns.append([f"{side_px} px", f"{gflop:.1f}", f"{limit:.0f}", *cells])
    return [list(row) for row in zip(*columns, strict=True)]


def by_threads(contestants: dict[str, Prepare], counts: list[int]) -> Table:
    """One picture with one thread and with all."""
    rows = [[f"{TILE_PX} px", *(f"{count} threads" for count in counts)]]
    for name, prepare in contestants.items():
        seconds = [measured(name, prepare, drawn(TILE_PX), count) for count in counts]
        rows.append([name, *("-" if each is None else f"{each:.3f} s" for each in seconds)])
    return rows


def by_batch(runtimes: Runtimes, threads: int) -> Table:
    """Tiles of one picture one by one, and several at once."""
    torch.set_num_threads(threads)
    engine, guidance, tile = runtimes.engine, runtimes.guidance, drawn(TILE_PX)
    tiles, context = np.concatenate([tile] * BATCH), engine.global_features(tile)
    contexts = np.concatenate([context] * BATCH)
    single = fastest_s(lambda: [engine.run(tile, guidance, context) for _ in range(BATCH)])
    batched = fastest_s(lambda: engine.run(tiles, guidance, contexts))
    head = [f"{BATCH} tiles of {TILE_PX} px, torch", "one by one", "at once"]
    return [head, ["", f"{single:.3f} s", f"{batched:.3f} s"]]


def measured(name: str, prepare: Prepare, picture: np.ndarray, threads: int) -> float | None:
    """Seconds, or None if the runtime is not installed."""
    try:
        seconds = fastest_s(prepare(picture, threads))
    except (ImportError, ModelError) as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
    print(f"{name}, {picture.shape[-1]} px, {threads} threads: {seconds:.3f} s", file=sys.stderr)
    return seconds


def convolution_limit(threads: int) -> float:
    """GFLOP/s of one large 3x3 convolution of 64 channels."""
    torch.set_num_threads(threads)
    layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)
    x = torch.rand(1, 64, 256, 256).to(memory_format=torch.channels_last)
    return 2 * 64 * 64 * 9 * 256 * 256 / fastest_s(lambda: layer(x)) / 1e9


def fastest_s(run: Callable[[], object]) -> float:
    """The first run does not count."""
    run()
    first_s = timeit.timeit(run, number=1)
    return first_s if first_s > LONG_S else min(first_s, *timeit.repeat(run, number=1, repeat=2))


def drawn(side_px: int) -> np.ndarray:
    """Random pixels [1, 3, side, side], laid out as pictures are."""
    return np.random.default_rng(0).random((1, side_px, side_px, 3), np.float32).transpose(0, 3, 1, 2)


def markdown(table: Table) -> str:
    """``table`` as Markdown, shown at once: the next takes a while."""
    lines = [f"| {' | '.join(row)} |" for row in table]
    print(text := "\n".join([lines[0], "|---" * len(table[0]) + "|", *lines[1:]]), flush=True)
    return text


if __name__ == "__main__":
    with exit_on_user_error():
        main()
