"""The names that users import."""

import re
from pathlib import Path

import pytest

import srgan_prompt

PUBLIC = [
    *("Upscaler", "UpscaleResult", "UpscaleSettings", "LoadedImage", "PromptWarning", "SrganPromptError"),
    *("read_image", "write_image", "__version__"),
]
MEMBERS = {
    "Upscaler": {
        *("from_pretrained", "from_generator", "__call__", "scale", "interpret", "save_pretrained", "push_to_hub"),
    },
    "UpscaleResult": {
        *("array", "image", "before", "notes", "readings", "read_as", "receipt", "settings", "timings"),
        *("details", "provenance", "save", "side_by_side"),
    },
    "UpscaleSettings": {
        *("model", "engine", "prompt", "negative", "strength", "network_scale", "size_px", "tile_px", "overlap_px"),
    },
    "LoadedImage": {"rgb", "alpha", "meta", "native"},
}


def test_the_public_names_are_frozen_and_documented():
    """A new name is added here and to the page; one that goes is a new major version."""
    assert srgan_prompt.__all__ == PUBLIC
    page = (Path(__file__).parents[1] / "docs/reference/api.md").read_text("utf-8")
    documented = re.findall(r"^\.\. auto\w+:: (\w+)$", page, re.MULTILINE)
    assert documented == PUBLIC[:4] + PUBLIC[6:8] + ["SrganPromptError", "PromptWarning"]


@pytest.mark.parametrize("name", MEMBERS)
def test_no_public_member_is_lost(name):
    public = getattr(srgan_prompt, name)
    assert MEMBERS[name] <= {*dir(public), *getattr(public, "__dataclass_fields__", ())}


def test_every_exported_name_is_there_and_comes_from_its_home():
    for name in srgan_prompt.__all__:
        assert getattr(srgan_prompt, name) is not None
    from srgan_prompt.inference.upscaler import Upscaler

    assert srgan_prompt.Upscaler is Upscaler
    assert set(srgan_prompt.__all__) <= set(dir(srgan_prompt))


def test_other_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'Upscalr'"):
        _ = srgan_prompt.Upscalr


def test_the_module_is_the_command(capsys, monkeypatch):
    import runpy
    import sys

    monkeypatch.setattr(sys, "argv", ["srgan_prompt", "--version"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("srgan_prompt", run_name="__main__")
    assert end.value.code == 0
    assert capsys.readouterr().out == f"srgan-prompt {srgan_prompt.__version__}\n"
