"""T1, T2, T4, T5, T7: tiles do not show, memory that runs out only makes them smaller."""

import numpy as np
import pytest
from precisions import in_each_precision

from srgan_prompt.errors import MemoryLimitError
from srgan_prompt.inference.tiled import upscale_tiled
from srgan_prompt.inference.tiling import auto_tile_px, free_bytes, require_room
from srgan_prompt.inference.torch_engine import processor
from srgan_prompt.prompts.prompt import read_prompt

PROMPT = "make it warmer"


@in_each_precision
@pytest.mark.parametrize("tile", [32, 48, 64, 127])
@pytest.mark.parametrize("shape", [(1, 1), (7, 1), (31, 90), (64, 64), (130, 33), (129, 141)])
def test_t1_tiled_equals_whole(upscaler, precision, tile, shape):
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    whole = upscaler(image, PROMPT, tile="off").array.astype(int)
    tiled = upscaler(image, PROMPT, tile=tile)
    # With AMX the order of a convolution's sums, and so their rounding to bfloat16, depends on the shape.
    reorders = precision == "bf16" and "amx_bf16" in processor()
    assert np.abs(tiled.array - whole).max() <= (2 if reorders else 1)
    assert tiled.settings.overlap_px == upscaler.model.engine.facts.receptive_radius_px


@in_each_precision
def test_t1_a_short_overlap_leaves_no_seam(upscaler, photo):
    """With the shipped network and an overlap of 16: ``test_shipped_weights.py``."""
    whole = upscaler(photo, PROMPT, tile="off").array.astype(float)
    tiled = upscaler(photo, PROMPT, tile=32, overlap=6).array.astype(float)
    assert np.abs(tiled - whole).mean() <= 0.25
    assert upscaler.model.engine.facts.receptive_radius_px > 6
    for axis in (0, 1):
        steps, steps_whole = (np.abs(np.diff(each, axis=axis)).mean(axis=(1 - axis, 2)) for each in (tiled, whole))
        assert (steps / steps_whole).max() <= 1.05


@in_each_precision
def test_t2_a_constant_image_has_no_seams_and_no_borders_inside(upscaler):
    image = np.full((70, 100, 3), 90, np.uint8)
    whole = upscaler(image, PROMPT, tile="off").array.astype(int)
    tiled = upscaler(image, PROMPT, tile=32).array
    assert np.abs(tiled - whole).max() <= 1
    reach_px = 4 * (upscaler.model.engine.facts.receptive_radius_px + 1)  # beyond it the image's own border shows
    inside = tiled[reach_px:-reach_px, reach_px:-reach_px]
    assert inside.shape[1] > 4 * 32, "more than one seam lies inside"
    np.testing.assert_array_equal(inside[4:], inside[:-4])  # a random network draws every 4 x 4 pixels alike
    np.testing.assert_array_equal(inside[:, 4:], inside[:, :-4])


def test_t4_the_sentence_and_the_whole_image_are_looked_at_once(upscaler, photo, monkeypatch):
    engine, sentences = upscaler.model.engine, upscaler.model.sentences
    seen = []
    for owner, name in ((engine, "global_features"), (engine, "run"), (sentences, "embed")):
        original = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *a, name=name, original=original, **k: seen.append((name, a)) or original(*a, **k)
        )
    upscaler(photo, PROMPT, tile=32)
    names = [name for name, _ in seen]
    assert (names.count("embed"), names.count("global_features"), names.count("run")) == (1, 1, 6)
    runs = [arguments for name, arguments in seen if name == "run"]
    assert len({(id(guidance), id(context)) for _, guidance, context in runs}) == 1


@in_each_precision
@pytest.mark.parametrize("call", [1, 2, 3, 4, 5])
def test_t5_out_of_memory_at_any_tile_starts_anew_with_smaller_ones(upscaler, photo, monkeypatch, call):
    """Never the tile before in its place, as Real-ESRGAN pastes it."""
    whole = upscaler(photo, PROMPT, tile="off").array.astype(int)
    calls = _fail(monkeypatch, upscaler.model.engine, {call})
    result = upscaler(photo, PROMPT, tile=40)
    assert (result.settings.tile_px, len(calls)) == (32, call + 6)
    assert np.abs(result.array - whole).max() <= 1


@pytest.mark.parametrize("num_failures", [1, 2, 3, 4, 5])
def test_t5_out_of_memory_halves_the_tile(upscaler, photo, monkeypatch, num_failures):
    whole = upscaler(photo, PROMPT, tile="off").array.astype(int)
    _fail(monkeypatch, upscaler.model.engine, set(range(1, num_failures + 1)))
    result = upscaler(photo, PROMPT, tile=1024)
    assert result.settings.tile_px == 1024 >> num_failures
    assert np.abs(result.array - whole).max() <= 1
    assert upscaler(photo, PROMPT).settings.tile_px == 1024 >> num_failures, "the size that fits is remembered"


def test_t5_no_memory_for_the_smallest_tile_is_a_clear_error(upscaler, photo, monkeypatch):
    calls = _fail(monkeypatch, upscaler.model.engine, set(range(100)))
    with pytest.raises(MemoryLimitError, match="32 px"):
        upscaler(photo, PROMPT, tile=256)
    assert len(calls) == 4, "256, 128, 64, 32"


def test_other_runtime_errors_pass(upscaler, photo, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("a bug")

    monkeypatch.setattr(upscaler.model.engine, "run", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        upscaler(photo)


def test_a_result_that_cannot_fit_is_refused_before_any_work():
    with pytest.raises(MemoryLimitError, match="smaller scale"):
        require_room(2**60, "the photo")
    require_room(1000, "the photo")


def test_the_room_for_the_result_is_asked_for_first(upscaler, photo):
    """Its memory is only reserved by NumPy: 10**12 pixels are one row, repeated."""
    endless = np.broadcast_to(photo[:1, :1], (10**6, 10**6, 3))
    with pytest.raises(MemoryLimitError, match="1000000 x 1000000 image: the result needs"):
        upscale_tiled(upscaler.model.engine, endless, None, tile=32, overlap=0)


def test_auto_tiles_follow_the_budget():
    numbers = {"bytes_per_px": 3000, "overlap_px": 31}
    assert auto_tile_px(200, 200, budget_bytes=2**30, **numbers) is None
    tile_px = auto_tile_px(4000, 3000, budget_bytes=2**29, **numbers)
    assert (tile_px + 62) ** 2 * 3000 <= 2**29 < (tile_px + 16 + 62) ** 2 * 3000
    assert auto_tile_px(4000, 3000, budget_bytes=2**10, **numbers) == 32


def test_free_memory_is_a_plausible_number():
    assert 2**24 < free_bytes() < 2**50


@in_each_precision
def test_t7_a_batch_equals_its_singles(upscaler, photo):
    engine = upscaler.model.engine
    batch = np.stack([photo, photo[::-1], photo[:, ::-1]]).transpose(0, 3, 1, 2).astype(np.float32) / 255
    guidance = upscaler.interpret(read_prompt("warmer")).embedding
    together = engine.run(batch, guidance, engine.global_features(batch))
    for row in range(3):
        alone = engine.run(batch[row : row + 1], guidance, engine.global_features(batch[row : row + 1]))
        np.testing.assert_allclose(together[row], alone[0], atol=1e-4)


def test_progress_counts_tiles(upscaler, photo):
    seen = []
    upscaler(photo, tile=32, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(1, 7)]


def _fail(monkeypatch, engine, which):
    """Memory runs out at the calls ``which``, counted from 1; returns the list that grows with every call."""
    run, calls = engine.run, []

    def failing(*args, **options):
        calls.append(1)
        if len(calls) in which:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return run(*args, **options)

    monkeypatch.setattr(engine, "run", failing)
    return calls
