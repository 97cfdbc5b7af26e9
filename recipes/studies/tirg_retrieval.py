"""Retrieval by image and text on drawn scenes, as in the paper of TIRG (Vo et al. 2019): eight compositions compared.

    python recipes/studies/tirg_retrieval.py --steps 20 --scenes 40 --seeds 1        proves that it works
    python recipes/studies/tirg_retrieval.py                                         docs/studies/tirg_retrieval.md
The run folder gets tirg_retrieval.json, matches.png and the folder of a ``TirgRetriever``. Killed and started again it
goes on with the next row. The loss is the one that the authors' code names for CSS, soft triplet, or batch softmax. One
thread; seconds are of its CPU time.
"""

import argparse
import time
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import torch

from srgan_prompt.data.scene_queries import QueryImages, all_words, draw_queries, draw_query_images
from srgan_prompt.data.scenes import Split
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.scenes import draw_matches, recall
from srgan_prompt.evaluation.statistics import Records, SeededRuns, seeded_table
from srgan_prompt.models.retrieval import RetrievalConfig
from srgan_prompt.prompts.embeddings import CachedTextEncoder
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.retrieval import SentenceVectors, Texts, TirgRetriever, WordNumbers
from srgan_prompt.training.retrieval_training import RetrievalTraining, train_retriever

SIDE_PX, NUM_EACH = 48, 16
BEST = "TIRG at the last conv"


class Variant(NamedTuple):
    """A row of the table; ``published`` is Recall@1 in percent on CSS, 3D to 3D (Vo et al. 2019)."""

    composition: str
    published: float | None = None
    loss: str = "soft_triplet"
    text: str = "lstm"


VARIANTS = {
    "image only": Variant("image", 6.3, "batch_softmax"),
    "text only": Variant("text", 0.1, "batch_softmax"),
    "concat": Variant("concat", 60.6),
    "FiLM": Variant("film"),
    "TIRG at the last FC": Variant("tirg_fc"),
    BEST: Variant("tirg", 73.7),
    "gate only": Variant("gate", 6.5),
    "residual only": Variant("residual", 60.6),
    "TIRG, BERT": Variant("tirg", text="bert"),
    "concat, softmax": Variant("concat", loss="batch_softmax"),
    "FiLM, softmax": Variant("film", loss="batch_softmax"),
    "TIRG at the last FC, softmax": Variant("tirg_fc", loss="batch_softmax"),
    "TIRG at the last conv, softmax": Variant("tirg", loss="batch_softmax"),
    "gate only, softmax": Variant("gate", loss="batch_softmax"),
    "residual only, softmax": Variant("residual", loss="batch_softmax"),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/tirg_retrieval"), help="folder for all results")
    parser.add_argument("--steps", type=int, default=2000, help="batches of 64 queries")
    parser.add_argument("--scenes", type=int, default=1000, help="reference scenes of each split, 16 queries each")
    parser.add_argument("--seeds", type=int, default=3, help="how often each row is trained, on scenes of its own")
    parser.add_argument("--rows", nargs="+", choices=list(VARIANTS), default=list(VARIANTS), help="only these")
    parser.add_argument("--text-encoder", help="folder or hub id of a BERT, or tiny (default: MiniLM)")
    return parser.parse_args()


@cache
def draw_data(num_scenes: int, split: Split, seed: int) -> QueryImages:
    return draw_query_images(draw_queries(num_scenes, NUM_EACH, split, seed), NUM_EACH, SIDE_PX, seed)


@cache
def make_texts(kind: str, encoder: str | None) -> Texts:
    return (
        WordNumbers(all_words()) if kind == "lstm" else SentenceVectors(CachedTextEncoder(TextEncoder.named(encoder)))
    )


def train(variant: Variant, seed: int, arguments: argparse.Namespace) -> TirgRetriever:
    texts = make_texts(variant.text, arguments.text_encoder)
    config = RetrievalConfig(
        composition=variant.composition, text=variant.text, text_width=texts.width, side_px=SIDE_PX
    )
    settings = RetrievalTraining(loss=variant.loss, steps=arguments.steps, seed=seed)
    return train_retriever(config, texts, draw_data(arguments.scenes, "train", seed), settings)


def measure(name: str, seed: int, arguments: argparse.Namespace) -> dict[str, float]:
    """Recall of a row on the scenes of the test, and the CPU seconds of its training; shows and keeps the best row."""
    start = time.process_time()
    retriever = train(VARIANTS[name], seed, arguments)
    seconds = time.process_time() - start
    test = draw_data(arguments.scenes, "test", seed)
    if (name, seed) == (BEST, 0):
        retriever.save(arguments.run / "retriever", train_step=arguments.steps, overwrite=True)
        draw_matches(retriever, test, [number * NUM_EACH for number in range(4)]).save(arguments.run / "matches.png")
    figures = {f"recall_{k}": round(value, 2) for k, value in recall(retriever, test).items()}
    print(f"{name}, seed {seed}: {figures} after {seconds:.0f} s", flush=True)
    return figures | {"seconds": round(seconds, 1)}


def as_table(records: Records) -> str:
    """Markdown: mean over seeds and standard deviation, and in brackets what the paper has."""
    published = {name: f" ({row.published})" if row.published else "" for name, row in VARIANTS.items()}
    rows = {name + published[name]: records[name] for name in VARIANTS if name in records}
    columns = {f"recall_{k}": (f"R@{k}, %", 1) for k in (1, 5, 10)} | {"seconds": ("CPU s", 0)}
    return seeded_table(rows, "query (R@1 in the paper, %)", columns)


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    runs = SeededRuns(arguments.run / "tirg_retrieval.json")
    for seed in range(arguments.seeds):
        for name in arguments.rows:
            runs.measure(name, seed, partial(measure, name, seed, arguments))
    print(as_table(runs.records))


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
