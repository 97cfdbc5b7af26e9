"""A folder of drawn scenes, and a small retriever with random weights."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from srgan_prompt.data.scenes.drawing import draw_scenes
from srgan_prompt.data.scenes.queries import draw_queries
from srgan_prompt.data.scenes.sentences import all_words
from srgan_prompt.models.retrieval import RetrievalConfig, RetrievalNetwork
from srgan_prompt.retrieval.retriever import TirgRetriever
from srgan_prompt.retrieval.texts import WordNumbers


@pytest.fixture
def retriever() -> TirgRetriever:
    torch.manual_seed(0)
    config = RetrievalConfig(text_width=len(all_words()), channels=16, dim=16, text_channels=8)
    return TirgRetriever(RetrievalNetwork(config), WordNumbers(all_words()))


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    folder = tmp_path / "scenes"
    (folder / "more").mkdir(parents=True)
    images = draw_scenes([query.target for query in draw_queries(2, 6, "train", seed=0)], 96)
    for number, image in enumerate(images):
        place = folder if number % 2 else folder / "more"
        Image.fromarray(image).save(place / f"scene_{number:02}.png")
    return folder
