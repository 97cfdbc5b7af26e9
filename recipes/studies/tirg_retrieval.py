"""Retrieval by image and text on drawn scenes, as in the paper of TIRG (Vo et al. 2019): eight compositions compared.

    python recipes/studies/tirg_retrieval.py --steps 20 --scenes 40 --seeds 1        proves that it works
    python recipes/studies/tirg_retrieval.py                                         docs/studies/tirg_retrieval.md
The run folder gets results.json, matches.png and the folder of a ``TirgRetriever``. Started again, it goes on: what
results.json has is not trained again. One thread; seconds are of its CPU time.
"""

import argparse
import json
import time
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import torch

from srgan_prompt.data.scenes.queries import QueryImages, draw_queries, draw_query_images
from srgan_prompt.data.scenes.scene import Split
from srgan_prompt.data.scenes.sentences import all_words
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.retrieval_picture import draw_matches
from srgan_prompt.evaluation.retrieval_recall import recall
from srgan_prompt.files import replacing
from srgan_prompt.models.retrieval import RetrievalConfig
from srgan_prompt.prompts.embeddings import CachedTextEncoder
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.retrieval.retriever import TirgRetriever
from srgan_prompt.retrieval.texts import SentenceVectors, Texts, WordNumbers
from srgan_prompt.training.retrieval_training import RetrievalTraining, train_retriever

SIDE_PX, NUM_EACH = 48, 16
BEST = "TIRG at the last conv"


class Variant(NamedTuple):
    """A row of the table; ``published`` is Recall@1 in percent on CSS, 3D to 3D (Vo et al. 2019, tables 4 and 5)."""

    composition: str
    published: float | None = None
    loss: str = "batch_softmax"
    text: str = "lstm"


VARIANTS = {
    "image only": Variant("image", 6.3),
    "text only": Variant("text", 0.1),
    "concat": Variant("concat", 60.6),
    "FiLM": Variant("film"),
    "TIRG at the last FC": Variant("tirg_fc"),
    BEST: Variant("tirg", 73.7),
    "gate only": Variant("gate", 6.5),
    "residual only": Variant("residual", 60.6),
    "TIRG, soft triplet": Variant("tirg", loss="soft_triplet"),
    "TIRG, BERT": Variant("tirg", text="bert"),
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


def as_table(results: dict[str, dict[str, dict]]) -> str:
    """Markdown: mean over seeds, and the standard deviation where there are several."""
    lines = ["| | published R@1 | R@1 | R@5 | R@10 | runs | CPU s each |", "|---|---:|---:|---:|---:|---:|---:|"]
    for name, runs in results.items():
        scores = [[run["recall"][k] for run in runs.values()] for k in ("1", "5", "10")]
        shown = [f"{mean(each):.1f}" + (f" ± {stdev(each):.1f}" if len(each) > 1 else "") for each in scores]
        seconds = mean(run["seconds"] for run in runs.values())
        cells = [name, str(VARIANTS[name].published or "-"), *shown, str(len(runs)), f"{seconds:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    path = arguments.run / "results.json"
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for seed in range(arguments.seeds):
        for name in arguments.rows:
            if str(seed) in results.get(name, {}):
                continue
            start = time.process_time()
            retriever = train(VARIANTS[name], seed, arguments)
            seconds = time.process_time() - start
            test = draw_data(arguments.scenes, "test", seed)
            scores = {str(k): round(value, 2) for k, value in recall(retriever, test).items()}
            results.setdefault(name, {})[str(seed)] = {"recall": scores, "seconds": round(seconds, 1)}
            ordered = {each: results[each] for each in VARIANTS if each in results}
            with replacing(path) as file:
                file.write(json.dumps(ordered, indent=1).encode())
            if (name, seed) == (BEST, 0):
                retriever.save(arguments.run / "retriever", train_step=arguments.steps, overwrite=True)
                draw_matches(retriever, test, [step * NUM_EACH for step in range(4)]).save(
                    arguments.run / "matches.png"
                )
            print(f"{name}, seed {seed}: {scores} after {seconds:.0f} s", flush=True)
    print(as_table(results))


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
