import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.cli.app import main
from srgan_prompt.config import TrainConfig
from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit.labelled_sentences import Sentence
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings, load_images
from srgan_prompt.evaluation.audit.report import as_document, as_markdown, matrix_png
from srgan_prompt.evaluation.audit.run import run_audit
from srgan_prompt.evaluation.audit.targets import summarise
from srgan_prompt.evaluation.confusion import REQUESTS
from srgan_prompt.training.state import TrainState

FAST = AuditSettings(wordings_per_request=1, num_offtopic=2, intent_sentences=1, known_wordings=20, num_triples=2)
HUMAN = [Sentence("colder, please", "cool"), Sentence("sharpen a bit", "deblur", True), Sentence("grey", "grayscale")]


@pytest.fixture(scope="module")
def result(model, images):
    return run_audit(model, images, HUMAN, FAST)


def test_every_sentence_is_tried(result):
    counts = {name: len(part) for name, part in result.prompt_scores.items()}
    assert counts == {"canonical": 28, "grammar": 28, "human": 3}
    human = result.prompt_scores["human"]
    spoken = [
        (sentence.prompt, number) for sentence, number in zip(result.sentences["human"], human.image, strict=True)
    ]
    assert spoken == [("colder, please", 0), ("grey", 0), ("sharpen a bit", 1)]


def test_the_summary_has_a_target_for_every_figure(result):
    targets = {bar.figure: bar for bar in summarise(result)}
    assert len(targets) == 6 + 7 + 7 + 5 + 2 + 8 + 6 + 2 + 10 + 2 + 13 + 2
    assert targets["empty prompt and strength 0 bit-equal to no prompt"].reached
    assert targets["right prompt wins, documented wordings"].reached is False
    assert targets["faithful minus crisp, LPIPS"].reached is None
    wrong = targets["right minus wrong prompt, tone, documented wordings"].value
    canonical = result.prompt_scores["canonical"]
    assert wrong.mean == pytest.approx(canonical.right_minus_wrong[canonical.request >= 4].mean())
    assert wrong.low <= wrong.mean <= wrong.high


def test_report_in_words_numbers_and_image(result, monkeypatch):
    text = as_markdown(result)
    assert (
        "| empty prompt and strength 0 bit-equal to no prompt | 100.0 (100.0 to 100.0) | at least 100 % | yes |" in text
    )
    assert "On 3 human wordings" in text
    assert "| pairs with grayscale or sepia | 20 |" in text
    assert "Of 3 human sentences," in text
    assert "A perfect restorer of the small image would reach a recall@1 of" in text
    assert "colder" not in text
    document = json.loads(json.dumps(as_document(result), allow_nan=False))
    assert document["wordings"]["human"]["psnr_matrix_db"][0][0] is None
    assert document["wordings"]["canonical"]["psnr_matrix_db"][0][0] == pytest.approx(
        result.prompt_scores["canonical"].matrix[0, 0], abs=1e-4
    )
    assert len(document["oracle"]["recall_by_output"]) == len(result.images) * len(REQUESTS)
    assert "colder" not in json.dumps(document)
    assert document["sentences"]["compounds"]["triples"]["num_sentences"] == 2
    assert matrix_png(result).startswith(b"\x89PNG")


def test_nothing_of_the_matrix_is_cut_off(result):
    with Image.open(io.BytesIO(matrix_png(result))) as image:  # noqa: TID251 - bytes of our own making
        drawn = np.asarray(image.convert("L")) < 255
    assert drawn.any()
    assert not any(edge.any() for edge in (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]))


@pytest.mark.usefixtures("fresh_lpips")
def test_without_people_s_sentences_there_is_no_such_part(model, images):
    result = run_audit(model, images[:1], settings=FAST.model_copy(update={"with_lpips": True}))
    text = as_markdown(result)
    assert "human" not in result.prompt_scores
    assert "## LPIPS" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| faithful minus crisp, LPIPS |")]
    assert "| at least 0 |" in row
    assert "not measured" not in row
    (of_image,) = result.images
    assert of_image.lpips.shape == (len(REQUESTS), len(REQUESTS))
    assert (of_image.lpips > 0).all()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    for name, seed in (("a", 0), ("b", 1), ("c", 2)):
        rgb = np.random.default_rng(seed).integers(0, 256, (50, 70, 3), dtype=np.uint8)
        Image.fromarray(rgb).save(path / f"{name}.png")
    return path


def test_images_are_centres_of_whole_blocks(folder):
    loaded = load_images(folder, 2, 40, 4)
    assert [tuple(image.shape) for image in loaded] == [(1, 3, 32, 32)] * 2
    rgb = np.asarray(Image.open(folder / "c.png"))  # noqa: TID251
    assert torch.equal(loaded[1][0].mul(255).round().byte().permute(1, 2, 0), torch.from_numpy(rgb[9:41, 19:51].copy()))


def test_folders_that_do_not_serve(folder, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load_images(tmp_path / "absent", 1, 48, 4)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="Give a folder of photos"):
        load_images(tmp_path / "empty", 1, 48, 4)
    Image.new("RGB", (20, 60)).save(folder / "a.png")
    with pytest.raises(DataError, match=r"a\.png: 20 x 60 px is too small"):
        load_images(folder, 3, 48, 4)


def test_a_network_of_a_training_checkpoint_is_audited(model, tmp_path):
    config = TrainConfig(generator=model.generator.config, prompts={"encoder": "tiny"})
    checkpoint = TrainState.new(config, torch.device("cpu")).save(tmp_path / "checkpoints", config)
    loaded = AuditModel.load(checkpoint)
    assert (loaded.name, loaded.scale) == ("step_00000000", 4)
    assert loaded.embed(["warmer"]).shape == model.embed(["warmer"]).shape


@pytest.mark.slow
def test_the_command_audits_a_training_checkpoint(model, folder, tmp_path, capsys):
    config = TrainConfig(generator=model.generator.config, prompts={"encoder": "tiny"})
    checkpoint = TrainState.new(config, torch.device("cpu")).save(tmp_path / "checkpoints", config)
    flags = ["--images", folder, "--num-images", 1, "--side", 48, "-o", tmp_path / "out"]
    assert main(["audit", *map(str, [checkpoint, *flags])]) == 0
    written, told = capsys.readouterr()
    assert written.split() == [str(tmp_path / "out" / name) for name in ("audit.md", "audit.json", "audit.png")]
    assert told == "photo 1 of 1\n"
    document = json.loads((tmp_path / "out/audit.json").read_text())
    assert document["model"] == "step_00000000"
    assert document["settings"] == AuditSettings(num_images=1, side_px=48).model_dump()
    assert (tmp_path / "out/audit.md").read_text().startswith("# Prompt audit of step_00000000")
    assert (tmp_path / "out/audit.png").stat().st_size > 10_000


def test_the_command_reports_mistakes_in_one_line(folder, tmp_path, capsys):
    mistakes = [
        (["--images", folder, "--num-images", 0], 2, "--num-images"),
        (["--images", folder, "--requests", tmp_path / "absent.json"], 3, "not a file of requests"),
    ]
    for flags, code, message in mistakes:
        assert main(["audit", *map(str, flags)]) == code
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
