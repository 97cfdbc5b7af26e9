import io
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.config import TrainConfig
from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit import measure_image, measures
from srgan_prompt.evaluation.audit.document import as_document, matrix_png
from srgan_prompt.evaluation.audit.labelled_sentences import Sentence
from srgan_prompt.evaluation.audit.measure_image import load_pictures
from srgan_prompt.evaluation.audit.model import AuditSettings
from srgan_prompt.evaluation.audit.report import as_markdown
from srgan_prompt.evaluation.audit.run import run_audit
from srgan_prompt.evaluation.audit.targets import summarise
from srgan_prompt.evaluation.confusion import REQUESTS
from srgan_prompt.training.state import TrainState

RECIPE = Path(__file__).parents[3] / "recipes/prompt_audit.py"
FAST = AuditSettings(wordings_per_request=1, num_offtopic=2, intent_sentences=1, known_wordings=20, num_triples=2)
HUMAN = [Sentence("colder, please", "cool"), Sentence("sharpen a bit", "deblur", True), Sentence("grey", "grayscale")]


@pytest.fixture(scope="module")
def result(subject, pictures):
    return run_audit(subject, pictures, HUMAN, FAST)


def test_every_sentence_is_tried(result):
    counts = {name: len(part) for name, part in result.obedience.items()}
    assert counts == {"canonical": 28, "grammar": 28, "human": 3}
    human = result.obedience["human"]
    spoken = [
        (sentence.prompt, number) for sentence, number in zip(result.sentences["human"], human.picture, strict=True)
    ]
    assert spoken == [("colder, please", 0), ("grey", 0), ("sharpen a bit", 1)]


def test_the_summary_has_a_bar_for_every_figure(result):
    bars = {bar.figure: bar for bar in summarise(result)}
    assert len(bars) == 6 + 7 + 7 + 5 + 2 + 8 + 6 + 2 + 10 + 2 + 13 + 2
    assert bars["empty prompt and strength 0 bit-equal to no prompt"].reached
    assert bars["right prompt wins, documented wordings"].reached is False
    assert bars["faithful minus crisp, LPIPS"].reached is None
    wrong = bars["right minus wrong prompt, tone, documented wordings"].value
    canonical = result.obedience["canonical"]
    assert wrong.mean == pytest.approx(canonical.right_minus_wrong[canonical.request >= 4].mean())
    assert wrong.low <= wrong.mean <= wrong.high


def test_report_in_words_numbers_and_picture(result, monkeypatch):
    text = as_markdown(result)
    assert (
        "| empty prompt and strength 0 bit-equal to no prompt | 100.0 (100.0 to 100.0) | at least 100 % | yes |" in text
    )
    assert "On 3 human wordings" in text
    assert "| pairs with grayscale or sepia | 20 |" in text
    assert "Of 3 human sentences," in text
    assert "A perfect restorer of the small picture would reach a recall@1 of" in text
    assert "colder" not in text
    document = json.loads(json.dumps(as_document(result), allow_nan=False))
    assert document["wordings"]["human"]["psnr_matrix_db"][0][0] is None
    assert document["wordings"]["canonical"]["psnr_matrix_db"][0][0] == pytest.approx(
        result.obedience["canonical"].matrix[0, 0], abs=1e-4
    )
    assert len(document["ceiling"]["recalled"]) == len(result.pictures) * len(REQUESTS)
    assert "colder" not in json.dumps(document)
    assert document["sentences"]["compounds"]["triples"]["num_sentences"] == 2
    assert matrix_png(result).startswith(b"\x89PNG")


def test_nothing_of_the_matrix_is_cut_off(result):
    with Image.open(io.BytesIO(matrix_png(result))) as image:  # noqa: TID251 - bytes of our own making
        drawn = np.asarray(image.convert("L")) < 255
    assert drawn.any()
    assert not any(edge.any() for edge in (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]))


def test_without_people_s_sentences_there_is_no_such_part(subject, pictures, monkeypatch):
    for module in (measure_image, measures):
        monkeypatch.setattr(module, "lpips", lambda output, target: 0.25)
    result = run_audit(subject, pictures[:1], settings=FAST.model_copy(update={"with_lpips": True}))
    text = as_markdown(result)
    assert "human" not in result.obedience
    assert "## LPIPS" in text
    assert "| faithful minus crisp, LPIPS | 0.000 (0.000 to 0.000) | at least 0 | yes |" in text


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    for name, seed in (("a", 0), ("b", 1), ("c", 2)):
        rgb = np.random.default_rng(seed).integers(0, 256, (50, 70, 3), dtype=np.uint8)
        Image.fromarray(rgb).save(path / f"{name}.png")
    return path


def test_pictures_are_centres_of_whole_blocks(folder):
    loaded = load_pictures(folder, 2, 40, 4)
    assert [tuple(picture.shape) for picture in loaded] == [(1, 3, 32, 32)] * 2
    rgb = np.asarray(Image.open(folder / "c.png"))  # noqa: TID251
    assert torch.equal(loaded[1][0].mul(255).round().byte().permute(1, 2, 0), torch.from_numpy(rgb[9:41, 19:51].copy()))


def test_folders_that_do_not_serve(folder, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load_pictures(tmp_path / "absent", 1, 48, 4)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="Give a folder of photos"):
        load_pictures(tmp_path / "empty", 1, 48, 4)
    Image.new("RGB", (20, 60)).save(folder / "a.png")
    with pytest.raises(DataError, match=r"a\.png: 20 x 60 px is too small"):
        load_pictures(folder, 3, 48, 4)


def run_recipe(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["prompt_audit.py", *map(str, arguments)])
    runpy.run_path(str(RECIPE), run_name="__main__")


def test_the_recipe_audits_a_training_checkpoint(subject, folder, tmp_path, monkeypatch, capsys):
    config = TrainConfig(generator=subject.generator.config, prompts={"encoder": "tiny"})
    checkpoint = TrainState.new(config, torch.device("cpu")).save(tmp_path / "checkpoints", config)
    run_recipe(
        monkeypatch,
        checkpoint,
        "--images",
        folder,
        "--num-images",
        1,
        "--side-px",
        48,
        "--known-wordings",
        50,
        "--out",
        tmp_path / "out",
    )
    assert (tmp_path / "out/audit.md").read_text() in capsys.readouterr().out
    document = json.loads((tmp_path / "out/audit.json").read_text())
    assert document["model"] == "step_00000000"
    assert (tmp_path / "out/audit.png").stat().st_size > 10_000


def test_the_recipe_reports_mistakes_in_one_line(folder, tmp_path, monkeypatch, capsys):
    mistakes = [
        (["--images", folder, "--num-images", 0], 2, "num_images"),
        (["--images", folder, "--requests", tmp_path / "absent.json"], 3, "not a file of requests"),
    ]
    for arguments, code, message in mistakes:
        with pytest.raises(SystemExit) as caught:
            run_recipe(monkeypatch, *arguments)
        assert caught.value.code == code
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
