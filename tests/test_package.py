"""The names that users import."""

import pytest

import srgan_prompt


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
