"""Weights of other projects through spandrel: pickles that would run code (W1), malformed files (W2), tiles (T4)."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from malformed_weights import MALFORMED

pytest.importorskip("spandrel")

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.tiling import Tiling
from srgan_prompt.inference.upscaler import Upscaler


@pytest.fixture(scope="module")
def compact(tmp_path_factory) -> Path:
    """A small random SRVGGNetCompact at x4, as Real-ESRGAN's own files are laid out."""
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(0)
    network = Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=4, act_type="prelu")
    path = tmp_path_factory.mktemp("foreign") / "compact.pth"
    torch.save({"params": network.state_dict()}, path)
    return path


def test_foreign_weights_upscale_and_say_that_prompts_do_nothing(compact, photo):
    upscaler = Upscaler.from_pretrained(compact, device="cpu")
    plain = upscaler(photo)
    assert plain.array.shape == (244, 332, 3)
    assert plain.notes == ()
    prompted = upscaler(photo, "warmer")
    assert "another project" in prompted.notes[0]
    np.testing.assert_array_equal(prompted.array, plain.array)
    assert np.abs(upscaler(photo, tile=32).array.astype(int) - plain.array).max() <= 1


@pytest.mark.parametrize("looks_everywhere", [False, True])
def test_t4_a_network_that_looks_everywhere_says_so_when_it_is_tiled(compact, photo, monkeypatch, looks_everywhere):
    from spandrel import ImageModelDescriptor, ModelTiling

    tiling = ModelTiling.DISCOURAGED if looks_everywhere else ModelTiling.SUPPORTED
    init = ImageModelDescriptor.__init__
    monkeypatch.setattr(ImageModelDescriptor, "__init__", lambda *a, **k: init(*a, **{**k, "tiling": tiling}))
    upscaler = Upscaler.from_pretrained(compact, device="cpu")
    assert upscaler(photo, tile="off").notes == ()
    notes = upscaler(photo, tile=32).notes
    assert any("looks at the whole image at once" in note for note in notes) == looks_everywhere
    facts = upscaler.model.engine.facts
    assert facts.tiling == ("discouraged" if looks_everywhere else "blended")
    assert Tiling(32, facts.receptive_radius_px).plan(facts, *photo.shape[:2]).fades, "its radius is not known"


@pytest.mark.parametrize("name", ["evil.pth", "evil.pt", "evil.ckpt", "evil.bin", "evil.safetensors"])
def test_w1_a_pickle_is_never_run(tmp_path, name):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"params": Evil()}, tmp_path / name)
    with pytest.raises(ModelError, match=name) as refused:
        Upscaler.from_pretrained(tmp_path / name)
    assert "weights_only" not in str(refused.value), "torch's advice is to load it unsafely"
    assert str(refused.value).endswith(".")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("case", MALFORMED)
def test_w2_malformed_safetensors_are_refused(tmp_path, case):
    content, reason = MALFORMED[case]
    (tmp_path / "odd.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=reason) as refused:
        Upscaler.from_pretrained(tmp_path / "odd.safetensors")
    assert "odd.safetensors" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(1000)])
def test_files_that_hold_no_weights_are_refused(tmp_path, content):
    (tmp_path / "odd.pth").write_bytes(content)
    with pytest.raises(ModelError, match="odd"):
        Upscaler.from_pretrained(tmp_path / "odd.pth")


def test_without_spandrel_the_extra_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "spandrel", None)
    (tmp_path / "some.pth").write_bytes(b"")
    with pytest.raises(ModelError, match="import"):
        Upscaler.from_pretrained(tmp_path / "some.pth")
