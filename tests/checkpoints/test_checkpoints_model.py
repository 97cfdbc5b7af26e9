"""Released models: what is in the folder, and configs that try to decide what runs (W6)."""

from pathlib import Path
from typing import Any

import pytest
import torch
from folder_breakers import assert_one_sentence, vouch_again
from safetensors import safe_open

from srgan_prompt.checkpoints.folder import load_strict, save_folder
from srgan_prompt.checkpoints.format import write_json
from srgan_prompt.checkpoints.model import load_model, save_model
from srgan_prompt.errors import ModelError
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import GeneratorConfig

CONFIG: dict[str, Any] = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,)).model_dump(mode="json")
STATE = {"conv.weight": torch.arange(24.0).reshape(2, 3, 4)}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_model(tmp_path / "x4", STATE, CONFIG, "# x4\n", {"audit": {"passed": True}}, train_step=500)
    return tmp_path / "x4"


def _refused(folder: Path) -> str:
    with pytest.raises(ModelError) as error:
        load_model(folder)
    assert_one_sentence(str(error.value))
    return str(error.value)


def test_round_trip(model: Path) -> None:
    loaded = load_model(model)
    assert torch.equal(loaded.state["conv.weight"], STATE["conv.weight"])
    assert GeneratorConfig(**loaded.config) == GeneratorConfig(**CONFIG)
    assert loaded.documents == {"audit": {"passed": True}}
    assert (loaded.manifest.kind, loaded.manifest.step) == ("model", 500)
    names = {"model.safetensors", "config.json", "README.md", "manifest.json", "audit.json"}
    assert {path.name for path in model.iterdir()} == names


def test_a_generator_comes_back_bit_equal(tmp_path: Path) -> None:
    generator = build_generator(GeneratorConfig(**CONFIG))
    save_model(tmp_path / "x", generator.state_dict(), CONFIG, "", train_step=0)
    loaded = load_model(tmp_path / "x")
    rebuilt = build_generator(GeneratorConfig(**loaded.config))
    load_strict(rebuilt, loaded.state)
    assert all(torch.equal(value, rebuilt.state_dict()[key]) for key, value in generator.state_dict().items())


def test_what_other_training_begins_from_has_one_scale(tmp_path: Path) -> None:
    several = CONFIG | {"more_scales": [1, 2]}
    generator = build_generator(GeneratorConfig(**several))
    save_model(tmp_path / "x", generator.state_dict(), several, "", train_step=0)
    alone = load_model(tmp_path / "x").at_own_scale()
    rebuilt = build_generator(GeneratorConfig(**alone.config))
    load_strict(rebuilt, alone.state)
    assert torch.equal(rebuilt.tail.to_pixels.weight, generator.tail.to_pixels.weight)


def test_the_header_of_the_weights_tells_what_they_are(model: Path) -> None:
    with safe_open(model / "model.safetensors", "pt") as file:
        header = file.metadata()
    assert header.pop("srgan_prompt.version")
    digest = load_model(model).manifest.config_sha256
    expected = {"format": "pt", "scale": "4", "train_step": "500", "licence": "MIT", "config_sha256": digest}
    assert header == expected


def test_defaults_are_written_out(tmp_path: Path) -> None:
    save_model(tmp_path / "x", STATE, {}, "", train_step=0)
    assert load_model(tmp_path / "x").config == GeneratorConfig().model_dump(mode="json")
    assert '"num_blocks"' in (tmp_path / "x/config.json").read_text()


@pytest.mark.parametrize(
    "extra",
    [
        {"chanels": 64},
        {"auto_map": {"AutoModel": "evil.Model"}},
        {"_attn_implementation_internal": "evil/kernel"},
        {"trust_remote_code": True},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_w06_unknown_config_fields_are_refused(model: Path, extra: dict[str, Any]) -> None:
    (model / "config.json").write_bytes(write_json({**CONFIG, **extra}))
    assert "sha256" in _refused(model) or "bytes" in _refused(model)
    vouch_again(model)
    message = _refused(model)
    assert next(iter(extra)) in message
    assert "config.json" in message


@pytest.mark.parametrize("config", [{"scale": 3.7}, {"channels": "many"}, {"channels": 10**9}, {"num_blocks": -1}, []])
def test_w06_impossible_config_values_are_refused(model: Path, config: Any) -> None:
    (model / "config.json").write_bytes(write_json(config))
    vouch_again(model)
    assert "config.json" in _refused(model)


def test_a_bad_model_is_not_even_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unknown key"):
        save_model(tmp_path / "x", STATE, {**CONFIG, "chanels": 1}, "", train_step=0)
    with pytest.raises(ModelError, match=r"holds no notes\.json"):
        save_model(tmp_path / "x", STATE, CONFIG, "", {"notes": 1}, train_step=0)
    with pytest.raises(ModelError, match="NaN or Inf"):
        save_model(tmp_path / "x", {"a": torch.tensor([float("inf")])}, CONFIG, "", train_step=0)
    assert list(tmp_path.iterdir()) == []


def test_a_card_may_be_edited_but_not_in_silence(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load_model(model).config == CONFIG
    assert not caplog.messages
    (model / "README.md").write_text("# A better card\n")
    assert load_model(model).config == CONFIG
    assert "README.md" in caplog.text


def test_a_training_checkpoint_without_averaged_weights_is_refused(tmp_path: Path) -> None:
    save_folder(tmp_path / "step_00000001", {"model": STATE}, {"config": CONFIG}, kind="training", step=1)
    assert "lacks its averaged weights" in _refused(tmp_path / "step_00000001")


def test_a_model_without_weights_is_refused(tmp_path: Path) -> None:
    save_folder(tmp_path / "x", {}, {"config": CONFIG}, kind="model", step=1)
    assert "no model.safetensors" in _refused(tmp_path / "x")
