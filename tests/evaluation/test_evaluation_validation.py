import numpy as np
import pytest
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.evaluation.confusion import REQUESTS
from srgan_prompt.evaluation.validation import LABEL_PX, SIDE_PX, Validation, cut_sheet
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.filters import down, up
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import Request

TEXT_DIM = len(REQUESTS) + 1


def encode(requests: list[Request]) -> Tensor:
    """Every audited request is a direction of its own; any other is the last one."""
    numbers = [REQUESTS.index(each) if each in REQUESTS else TEXT_DIM - 1 for each in requests]
    return torch.eye(TEXT_DIM)[numbers]


def bicubic_generator(**settings: object) -> Generator:
    """A network that adds nothing to the bicubic upscaling, whatever the sentence."""
    config = {"channels": 8, "num_blocks": 1, "compose_after": (), "text_dim": TEXT_DIM, **settings}
    generator = build_generator(GeneratorConfig(**config)).eval()
    for name, weights in generator.named_parameters():
        if name.startswith(("tail.", "tone_head.to_tone.")):
            torch.nn.init.zeros_(weights)
    return generator


class PlainTower(torch.nn.Identity):
    """A text tower that passes on what it is given."""

    def pooled(self, text: Tensor) -> Tensor:
        return text


class ExactTone(torch.nn.Module):
    """A tone head that knows by heart what every sentence asks for."""

    def forward(self, _context: Tensor, text: Tensor) -> Tensor:
        return torch.einsum("bk,kij->bij", text[:, : len(REQUESTS)], as_tensors(REQUESTS).tone)


@pytest.fixture(scope="module")
def images():
    return [draw_synthetic_image(seed, 64) for seed in range(2)]


@pytest.fixture
def validation(images, tmp_path):
    return Validation(images, 4, encode, tmp_path / "samples")


def test_a_network_that_adds_nothing_scores_as_bicubic_and_ignores_its_prompt(validation, images):
    scores = validation(bicubic_generator(), step=0)
    hr = [torch.from_numpy(image.copy()).permute(2, 0, 1)[None] / 255 for image in images]
    bicubic = [up(down(each, 4).mul(255).round().div(255), 4).clamp(0, 1) for each in hr]
    expected = [-10 * (a - b).square().mean().log10().item() for a, b in zip(bicubic, hr, strict=True)]
    assert scores["psnr_bicubic"] == pytest.approx(np.mean(expected), abs=0.01)
    assert scores["psnr"] == scores["psnr_crisp"] == pytest.approx(scores["psnr_bicubic"], abs=0.01)
    for name in ("right_minus_wrong_tone", "right_minus_wrong_restoration", "right_minus_empty"):
        assert scores[name] == pytest.approx(0, abs=1e-5)
    assert scores["prompt_ignored"] == 1


def test_a_network_that_obeys_tone_is_seen_to_obey(validation):
    generator = bicubic_generator()
    generator.text_tower, generator.tone_head = PlainTower(), ExactTone()
    scores = validation(generator, step=0)
    assert scores["right_minus_wrong_tone"] > 3
    assert scores["right_minus_empty"] > 1
    assert scores["recall"] >= 10 / 14  # ten tone edits; the four restorations are beyond a bicubic upscaling
    assert scores["prompt_ignored"] == 0


def test_a_network_without_text_is_scored_on_fidelity_alone(validation):
    assert set(validation(bicubic_generator(composition="none"), step=0)) == {"psnr", "psnr_crisp", "psnr_bicubic"}


def test_a_sheet_of_samples_is_left_for_every_step(validation, tmp_path):
    validation(bicubic_generator(composition="none"), step=1200)
    validation(bicubic_generator(composition="none"), step=2400)
    sheets = sorted((tmp_path / "samples").iterdir())
    assert [sheet.name for sheet in sheets] == ["step_00001200.png", "step_00002400.png"]
    with PilImage.open(sheets[0]) as sheet:  # noqa: TID251 - a file of our own making
        assert sheet.size == (3 * 64, LABEL_PX + 2 * 64)


@pytest.mark.parametrize("composition", ["tirg", "none"])
def test_a_sheet_can_be_cut_into_what_it_shows(images, tmp_path, composition):
    seen = []
    validation = Validation(images, 4, encode, tmp_path, lambda step, sheet: seen.append(sheet))
    validation(bicubic_generator(composition=composition), step=7)
    cells = cut_sheet(seen[0])
    prompts = ["natural detail", "make it warmer", "make it darker", "make it black and white"]
    assert list(cells) == ["bicubic", "no prompt", *(prompts if composition == "tirg" else []), "original"]
    assert np.array_equal(cells["original"], images[0])
    assert cut_sheet(seen[0][:-1]) is None


def test_the_sheet_shows_what_prompts_do_and_says_which(tmp_path):
    seen = []
    validation = Validation([draw_synthetic_image(5, 64)], 4, encode, tmp_path, lambda *shown: seen.append(shown))
    generator = bicubic_generator()
    generator.text_tower, generator.tone_head = PlainTower(), ExactTone()
    validation(generator, step=7)
    ((step, sheet),) = seen
    assert step == 7
    assert sheet.shape == (LABEL_PX + 64, 7 * 64, 3)
    with PilImage.open(tmp_path / "step_00000007.png") as saved:  # noqa: TID251
        assert np.array_equal(np.asarray(saved), sheet)
    labels, images = sheet[:LABEL_PX], sheet[LABEL_PX:].astype(int)
    assert all((label < 128).any() for label in np.split(labels, 7, axis=1))
    _, plain, _, warm, dark, gray, _ = np.split(images, 7, axis=1)
    assert (warm - plain)[..., 0].mean() > (warm - plain)[..., 2].mean()
    assert dark.mean() < plain.mean()
    assert np.ptp(gray, axis=-1).mean() < 1 < np.ptp(plain, axis=-1).mean()


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", [(61, 70), (300, 290)])
def test_any_image_is_cut_to_its_centre_and_to_a_multiple_of_the_scale(tmp_path, scale, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    scores = Validation([image], scale, encode, tmp_path)(bicubic_generator(composition="none", scale=scale), step=0)
    side_px = min(SIDE_PX, *size) // scale * scale
    assert np.isfinite(scores["psnr"])
    with PilImage.open(tmp_path / "step_00000000.png") as sheet:  # noqa: TID251
        original = np.asarray(sheet)[LABEL_PX:, -side_px:]
    top, left = ((side - side_px) // 2 for side in size)
    assert np.array_equal(original, image[top : top + side_px, left : left + side_px])
