"""Train the reader of prompts, choose its thresholds, write the file that ships and say how well it reads.

    python recipes/train_reader.py --out srgan_prompt/weights/reader.safetensors --free-text free_text.txt

Free text is any English and foreign text, one sentence a line: what a network that reads requests must leave alone
(``recipes/prepare_free_text.py`` makes some). ``--start`` goes on from a reader that is there already, and ends at a
mean of its weights and the new ones, which may read more kinds of sentences well than either (WiSE-FT, Wortsman et al.
2022).
"""

import argparse
import json
import random
import time
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from srgan_prompt.evaluation.audit.labelled_sentences import load_hand_written
from srgan_prompt.evaluation.audit.reading import calibrated, measure_reader, share_of_operations
from srgan_prompt.files import write_atomically
from srgan_prompt.grammar.reader_sentences import draw_readable
from srgan_prompt.prompts.bert import Vocabulary
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.reader import READER_FILE, BertReader, ReaderFile, pack_reader, unpack_reader
from srgan_prompt.training.reader import ReaderNetwork, ReaderPlan, distill, fine_tune
from srgan_prompt.training.reader_data import Example, draw_documented, example_of, free_example, roughened

_PRINT_EVERY_STEPS = 100
_DOCUMENTED_SHARE = 0.03


def main() -> None:
    args = _parse()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    teacher = TextEncoder.load(args.teacher)
    words = teacher.tokenizer.get_vocab()
    vocabulary = Vocabulary(sorted(words, key=words.get))
    network = ReaderNetwork.from_teacher(teacher.model, args.layers, args.word_dim)
    plan = ReaderPlan(num_distill=args.distill, layer_rate=args.layer_rate, head_rate=args.head_rate)
    requests, free = _examples(args, vocabulary)
    start = _weights_of(args.start) if args.start else {}
    if start:
        network.load_state_dict(start)
    else:
        _see_as_teacher(network, teacher, requests[: len(free)] + free, plan, args.distilled)
    fine_tune(network, teacher.model, requests + free[: int(args.free_share * len(requests))], plan, _printer("read"))
    if start:
        learnt = network.state_dict()
        network.load_state_dict({name: torch.lerp(start[name], learnt[name], args.learnt_share) for name in learnt})
    _write(network, vocabulary, args.out)
    print(json.dumps(_measures(args.out, args.human), indent=1))


def _weights_of(path: Path) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(weight) for name, weight in unpack_reader(path.read_bytes()).weights.items()}


def _see_as_teacher(
    network: ReaderNetwork, teacher: TextEncoder, examples: list[Example], plan: ReaderPlan, kept: Path | None
) -> None:
    """The first stage, or its result from the file ``kept`` if there is one."""
    if kept and kept.exists():
        network.load_state_dict(load_file(kept))
        return
    distill(network, teacher.model, examples, plan, _printer("distill"))
    if kept:
        write_atomically(kept, save(network.state_dict()))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=READER_FILE)
    parser.add_argument("--free-text", type=Path, nargs="+", required=True, help="text files, one sentence a line")
    parser.add_argument("--human", type=Path, help='a test: JSON with "requests", each with its "prompt" and "op"')
    parser.add_argument("--wordings", type=int, default=200_000, help="sentences of the grammar, each seen once")
    parser.add_argument("--free", type=int, default=40_000, help="sentences of free text")
    parser.add_argument("--free-share", type=float, default=0.06, help="free sentences for each request, at most")
    parser.add_argument("--distill", type=int, default=50_000, help="sentences that only teach the teacher's view")
    parser.add_argument("--distilled", type=Path, help="where the network of the first stage is kept, and taken from")
    parser.add_argument("--start", type=Path, help="a reader's file to go on from: nothing is distilled")
    parser.add_argument("--learnt-share", type=float, default=0.5, help="of the weights, where --start has the rest")
    parser.add_argument("--teacher", help="all-MiniLM-L6-v2: a folder or a name; by default the cached one")
    parser.add_argument("--layer-rate", type=float, default=ReaderPlan.layer_rate)
    parser.add_argument("--head-rate", type=float, default=ReaderPlan.head_rate)
    parser.add_argument("--split", choices=("train", "test", "all"), default="train", help="which wordings are shown")
    parser.add_argument("--layers", type=int, nargs="+", default=[0, 2, 5], help="layers of the teacher to keep")
    parser.add_argument("--word-dim", type=int, default=128, help="width of the word embeddings")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _examples(args: argparse.Namespace, vocabulary: Vocabulary) -> tuple[list[Example], list[Example]]:
    rng = random.Random(args.seed)  # noqa: S311
    wordings = {wording.sentence: wording for wording in draw_readable(args.wordings, args.seed, args.split)}
    documented = draw_documented(int(_DOCUMENTED_SHARE * len(wordings)), rng)
    requests = [
        example_of(replace(wording, sentence=roughened(wording.sentence, rng)), vocabulary)
        for wording in [*wordings.values(), *documented]
    ]
    lines = [line for path in args.free_text for line in path.read_text("utf-8").splitlines() if line.strip()]
    free = [free_example(line, vocabulary) for line in rng.sample(lines, min(args.free, len(lines)))]
    print(f"{len(requests)} sentences of the grammar, {len(free)} of free text", flush=True)
    return requests, free


def _printer(stage: str):
    start = time.monotonic()

    def report(step: int, terms: dict[str, float]) -> None:
        if step % _PRINT_EVERY_STEPS == 0:
            said = ", ".join(f"{name} {value:.4f}" for name, value in terms.items())
            print(f"{stage} {step} after {time.monotonic() - start:.0f} s: {said}", flush=True)

    return report


def _write(network: ReaderNetwork, vocabulary: Vocabulary, path: Path) -> None:
    """Thresholds are chosen for the weights as they are after rounding."""
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    rounded = unpack_reader(pack_reader(ReaderFile(weights, vocabulary)))
    thresholds = calibrated(rounded, load_hand_written("calibration"))
    write_atomically(path, pack_reader(ReaderFile(weights, vocabulary, thresholds)))


def _measures(path: Path, human: Path | None) -> dict[str, object]:
    file = unpack_reader(path.read_bytes())
    reader = BertReader(file)
    tables: dict[str, object] = {"thresholds": vars(file.thresholds), "num_bytes": path.stat().st_size}
    for name in ("calibration", "evaluation"):
        tables[name] = measure_reader(reader, load_hand_written(name))
    if human is not None:
        requests = json.loads(human.read_text("utf-8"))["requests"]
        tables["human"] = share_of_operations(reader, {each["prompt"]: each["op"] for each in requests})
    return tables


if __name__ == "__main__":
    main()
