"""The mean over flips and turns: nothing new for a network that does not care, an average for one that does."""

import numpy as np
import pytest
import torch

from srgan_prompt.inference.engine import NUM_VIEWS, Engine, NetworkFacts, SelfEnsemble
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.inference.tiling import RIM_PX
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.prompts.interpretation import PromptEmbedding


class Recorder:
    """An engine that upscales by repeating pixels and adds ``slope`` from left to right."""

    name = "recorder"
    facts = NetworkFacts(2, 5, 7, intents=("denoise",), tiling="discouraged")

    def __init__(self, slope=0.0):
        self.slope, self.seen = slope, []

    def free_bytes(self):
        return 1000

    def recognises_prompt(self, texts):
        return texts.any(axis=1).tolist()

    def global_features(self, image):
        return image.mean(axis=(2, 3))

    def run(self, tile, prompt, features, *, exact=False):
        self.seen.append((tile.copy(), prompt, features, exact))
        large = tile.repeat(2, axis=2).repeat(2, axis=3)
        return large + self.slope * np.arange(large.shape[-1], dtype=np.float32)


@pytest.fixture
def tile():
    return np.random.default_rng(0).random((2, 3, 5, 7), np.float32)


def test_an_engine_that_does_not_care_gives_what_it_gave(tile):
    assert np.allclose(SelfEnsemble(Recorder()).run(tile, None, None), Recorder().run(tile, None, None), atol=1e-6)


def test_all_eight_views_are_seen_once_with_everything_else_unchanged(tile):
    engine, guidance, context = Recorder(), PromptEmbedding(np.ones((1, 4)), np.ones(1)), np.ones((1, 8))
    SelfEnsemble(engine).run(tile, guidance, context, exact=True)
    assert len({each.tobytes() for each, *_ in engine.seen}) == len(engine.seen) == NUM_VIEWS
    assert np.array_equal(engine.seen[0][0], tile)
    assert {each.shape[2:] for each, *_ in engine.seen} == {(5, 7), (7, 5)}
    assert all(rest == [guidance, context, True] for _, *rest in engine.seen)


def test_what_points_one_way_averages_out(tile):
    added = SelfEnsemble(Recorder(slope=1.0)).run(tile, None, None) - Recorder().run(tile, None, None)
    assert np.ptp(added) < 1e-4
    assert added.mean() == pytest.approx((13 + 9) / 4, rel=1e-4)  # half of each side's slope: 13 px wide, 9 px high


def test_the_rest_is_the_engines_own(tile):
    engine = Recorder()
    ensemble: Engine = SelfEnsemble(engine)
    assert ensemble.facts == engine.facts
    assert ensemble.free_bytes() == engine.free_bytes()
    assert ensemble.recognises_prompt(np.eye(2, 3)[:, :1]) == [True, False]
    assert np.array_equal(ensemble.global_features(tile), engine.global_features(tile))
    assert ensemble.name == "recorder, mean of 8 views"


def test_the_upscaler_averages_the_networks_answers(upscaler, photo):
    result = upscaler(photo, "make it red", self_ensemble=True)
    generator, image = upscaler.model.engine.generator, torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
    steering = TextConditioning.of(torch.from_numpy(upscaler.model.sentences.embed(["make it red"])))
    total = 0
    with torch.inference_mode():
        context = generator.global_features(image)
        rimmed = np.pad(image.numpy(), ((0, 0), (0, 0), (RIM_PX, RIM_PX), (RIM_PX, RIM_PX)), mode="symmetric")
        for dims in ([], [3]):
            for turns in range(4):
                answer = generator(torch.from_numpy(rimmed).flip(dims).rot90(turns, (2, 3)), steering, context)
                total = total + answer.rot90(-turns, (2, 3)).flip(dims)
    inner = slice(4 * RIM_PX, -4 * RIM_PX)
    wanted = (total / 8)[0, :, inner, inner].permute(1, 2, 0).clamp(0, 1).mul(255).numpy()
    assert np.abs(result.array - wanted).max() <= 0.51
    assert result.settings.engine.endswith("mean of 8 views")
    assert np.abs(result.array.astype(int) - upscaler(photo, "make it red").array).max() > 1


def test_tiles_agree_with_the_whole(upscaler, photo):
    whole = upscaler(photo, "", self_ensemble=True, tile="off").array.astype(int)
    assert np.abs(upscaler(photo, "", self_ensemble=True, tile=32).array - whole).max() <= 1


def test_onnx_files_take_part(module_upscaler, photo, tmp_path):
    path = export_onnx(module_upscaler, tmp_path / "x4.onnx", "", bake=True)
    exported = Upscaler.from_pretrained(path)(photo, self_ensemble=True).array.astype(int)
    assert np.abs(exported - module_upscaler(photo, "", self_ensemble=True).array).max() <= 1
