"""A folder of drawn scenes, searched by an image and a sentence with a small retriever of random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from documented import ROOT, snippets
from PIL import Image

from srgan_prompt.checkpoints.folder import save_folder
from srgan_prompt.data.scene_queries import all_words, draw_queries
from srgan_prompt.data.scenes import draw_scenes
from srgan_prompt.errors import DataError, InputImageError, ModelError, OutputError, UsageError
from srgan_prompt.models.retrieval import RetrievalConfig, RetrievalNetwork
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.retrieval import SentenceVectors, TirgRetriever, WordNumbers, read_texts


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


SENTENCE = "Make the small red circle blue."


def test_without_a_sentence_an_image_finds_itself(retriever, scenes):
    assert retriever.index(scenes) == 12
    for path in sorted(scenes.rglob("*.png")):
        best, second = retriever.search(path, top_k=2)
        assert best.path == path
        assert best.similarity == pytest.approx(1, abs=1e-5)
        assert second.similarity < 1 - 1e-5


def test_pixels_are_searched_for_as_a_file_is(retriever, scenes):
    retriever.index(scenes)
    path = scenes / "scene_01.png"
    with Image.open(path) as image:  # noqa: TID251
        pixels = np.asarray(image)
    assert retriever.search(pixels, SENTENCE) == retriever.search(path, SENTENCE)


def test_matches_come_best_first_and_never_more_than_there_are(retriever, scenes):
    retriever.index(scenes)
    matches = retriever.search(scenes / "scene_01.png", SENTENCE, top_k=100)
    assert len(matches) == len({match.path for match in matches}) == 12
    similarities = [match.similarity for match in matches]
    assert similarities == sorted(similarities, reverse=True)


def test_a_sentence_changes_what_is_found(retriever, scenes):
    retriever.index(scenes)
    plain = retriever.search(scenes / "scene_01.png")
    assert retriever.search(scenes / "scene_01.png", SENTENCE) != plain
    assert retriever.search(scenes / "scene_01.png", " ") == plain


def test_saved_and_loaded_it_finds_the_same(retriever, scenes, tmp_path):
    retriever.save(tmp_path / "retriever", train_step=7)
    names = {path.name for path in (tmp_path / "retriever").iterdir()}
    assert names == {"model.safetensors", "config.json", "texts.json", "manifest.json"}
    loaded = TirgRetriever.load(tmp_path / "retriever")
    for each in (retriever, loaded):
        each.index(scenes)
    path = scenes / "scene_01.png"
    assert loaded.search(path, SENTENCE, top_k=12) == retriever.search(path, SENTENCE, top_k=12)


def test_a_retriever_is_not_overwritten_unasked(retriever, tmp_path):
    retriever.save(tmp_path / "retriever")
    with pytest.raises(OutputError, match="exists already"):
        retriever.save(tmp_path / "retriever")
    retriever.save(tmp_path / "retriever", overwrite=True)


def test_a_folder_that_is_no_retriever_is_refused(retriever, tmp_path):
    with pytest.raises(ModelError, match="is not a folder"):
        TirgRetriever.load(tmp_path / "none")
    save_folder(tmp_path / "other", {"model": {"a": torch.zeros(1)}}, {"config": {}}, kind="model", step=0)
    with pytest.raises(ModelError, match="holds no retriever"):
        TirgRetriever.load(tmp_path / "other")


@pytest.mark.parametrize(
    ("document", "changed", "message"),
    [
        ("config", {"auto_map": "evil"}, "auto_map"),
        ("config", {"dim": 17}, "cannot take"),
        ("texts", {"words": "add"}, "neither words nor an encoder"),
        ("texts", {"words": ["add"]}, "words for a network of"),
    ],
)
def test_documents_that_do_not_fit_are_refused(retriever, tmp_path, document, changed, message):
    documents = {"config": retriever.network.config.model_dump(mode="json"), "texts": retriever.texts.document()}
    documents[document] |= changed
    tensors = {"model": retriever.network.state_dict()}
    save_folder(tmp_path / "changed", tensors, documents, kind="model", step=0)
    with pytest.raises(ModelError, match=message):
        TirgRetriever.load(tmp_path / "changed")


def test_bad_folders_and_files_leave_the_index_as_it_was(retriever, scenes, tmp_path):
    retriever.index(scenes)
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "none", tmp_path / "empty"):
        with pytest.raises(DataError):
            retriever.index(folder)
    (scenes / "broken.png").write_bytes(b"no image")
    with pytest.raises(InputImageError, match=r"broken\.png"):
        retriever.index(scenes)
    assert len(retriever.search(scenes / "scene_01.png", top_k=100)) == 12


def test_impossible_searches_are_refused(retriever, scenes):
    path = scenes / "scene_01.png"
    with pytest.raises(UsageError, match="The index is empty; call index"):
        retriever.search(path)
    retriever.index(scenes)
    with pytest.raises(UsageError, match="top_k is 0"):
        retriever.search(path, top_k=0)
    with pytest.raises(UsageError, match=r"was not taught the word 'pink'; it knows a, add, at"):
        retriever.search(path, "make the circle pink")
    with pytest.raises(UsageError, match="has no words"):
        retriever.search(path, "?!")


def test_the_snippet_of_the_page_runs(retriever, scenes, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    retriever.save(tmp_path / "runs/tirg_retrieval/retriever")
    (scenes / "scene_01.png").rename(scenes / "scene.png")
    page = ROOT / "docs/studies/tirg_retrieval.md"
    exec(compile(snippets(page), page, "exec"), {})  # noqa: S102
    assert len(capsys.readouterr().out.splitlines()) == 5


FOLDER = Path("retriever")


def test_words_are_numbers_and_shorter_sentences_are_padded():
    texts = WordNumbers(["a", "blue", "make", "red"])
    assert texts(["Make a red.", "blue"]).tolist() == [[3, 1, 4], [2, 0, 0]]
    assert texts.width == 4


@pytest.mark.parametrize("texts", [WordNumbers(["make", "it", "blue"]), SentenceVectors(TextEncoder.tiny())])
def test_what_is_saved_of_texts_makes_equal_ones(texts):
    again = read_texts(texts.document(), FOLDER)
    assert torch.equal(again(["make it blue", "blue"]), texts(["make it blue", "blue"]))
    assert again.width == texts.width


def test_vectors_are_the_frozen_encoders():
    encoder = TextEncoder.tiny()
    assert torch.equal(SentenceVectors(encoder)(["make it blue"]), encoder.encode(["make it blue"]))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "neither words nor an encoder"),
        ({"words": []}, "neither words nor an encoder"),
        ({"words": ["a", 1]}, "neither words nor an encoder"),
        ({"encoder": {"identity": "x"}}, "does not name a text encoder"),
        ({"encoder": {"identity": "0" * 16, "name": None}}, "a BERT from a folder"),
        ({"encoder": {"identity": "0" * 16, "name": "tiny"}}, "another version of tiny"),
    ],
)
def test_documents_that_are_not_ours_are_refused(document, message):
    with pytest.raises(ModelError, match=message):
        read_texts(document, FOLDER)
