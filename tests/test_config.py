"""W7, W8: every shipped config is valid, and every wrong one gets one sentence that names the file and the key."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from srgan_prompt.config import MAX_CONFIG_BYTES, TrainConfig, load_train_config
from srgan_prompt.errors import ConfigError
from srgan_prompt.network_config import GeneratorConfig, parse

CONFIGS = sorted((Path(__file__).parents[1] / "recipes" / "configs").rglob("*.y*ml"))


@pytest.fixture
def refusal(tmp_path):
    """The message with which a config file of this text is refused."""

    def load(text, encoding="utf-8"):
        path = tmp_path / "run.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        with pytest.raises(ConfigError) as refused:
            load_train_config(path)
        message = str(refused.value)
        assert message.startswith(str(path))
        assert message.endswith((".", "?"))
        assert "\n" not in message
        return message.removeprefix(f"{path}: ")

    return load


def test_every_shipped_config_is_valid():
    valid = [path.name for path in CONFIGS if load_train_config(path)]
    num_files = sum(len(files) for _, _, files in os.walk(CONFIGS[0].parent))
    assert len(valid) == num_files >= 4
    assert {"tiny.yaml", "x4.yaml"} <= set(valid)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_config_says_how_to_run_it(path):
    assert "recipes/train_gan.py" in path.read_text().splitlines()[0]


def test_defaults_survive_the_way_through_yaml(tmp_path):
    path = tmp_path / "defaults.yaml"
    path.write_text(yaml.safe_dump(TrainConfig().model_dump(mode="json")))
    assert load_train_config(path) == TrainConfig()


def test_an_overlay_changes_what_it_names(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("generator: {scale: 2}\npixel_steps: 7\n")
    config = load_train_config(path)
    assert (config.generator.scale, config.generator.channels, config.num_steps) == (2, 64, 7 + TrainConfig().gan_steps)


@pytest.mark.parametrize(
    "text",
    [
        '!!python/object/apply:os.system ["touch {marker}"]',
        'seed: !!python/object/apply:os.system ["touch {marker}"]',
        "!!python/object/new:os.system [touch {marker}]",
        "run: !!python/name:os.system",
        "run: !!python/module:os",
    ],
)
def test_tags_never_run_code(refusal, tmp_path, text):
    marker = tmp_path / "ran"
    assert "not valid YAML (could not determine a constructor" in refusal(text.replace("{marker}", str(marker)))
    assert not marker.exists()


def test_alias_bombs(refusal):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert refusal(bomb) == "not valid YAML (aliases are not allowed)."
    assert "aliases are not allowed" in refusal("generator: &g {channels: 8}\ndiscriminator: *g")
    assert f"at most {MAX_CONFIG_BYTES} bytes" in refusal("a: &a x\nb: [" + "*a, " * 300_000 + "]")


@pytest.mark.parametrize("text", ["[" * 30_000, "{a: " * 15_000])
def test_deep_nesting(refusal, text):
    assert refusal(text).startswith("not valid YAML")


def test_duplicate_keys(refusal):
    assert refusal("seed: 1\nseed: 2") == "not valid YAML (duplicate key 'seed')."
    assert refusal("optim:\n  clip_norm: 1\n  clip_norm: 2") == "not valid YAML (duplicate key 'clip_norm')."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optim: {lerning_rate: 0.1}", "unknown key 'optim.lerning_rate'; did you mean 'learning_rate'?"),
        ("generator: {num_block: 3}", "unknown key 'generator.num_block'; did you mean 'num_blocks'?"),
        ("generatr: {channels: 8}", "unknown key 'generatr'; did you mean 'generator'?"),
        ("optim: {lr: 1}", "unknown key 'optim.lr'; known keys: learning_rate, discriminator_learning_rate, betas,"),
        ("optim: {learning_rate: -0.1}", "optim.learning_rate: Input should be greater than 0."),
        ("optim: {learning_rate: .nan}", "optim.learning_rate: Input should be a finite number."),
        ("optim: {learning_rate: 1e999}", "optim.learning_rate: Input should be"),
        ("optim: {learning_rate: fast}", "optim.learning_rate: Input should be a valid number"),
        ("generator: {scale: 3.7}", "generator.scale: Input should be 1, 2, 3 or 4."),
        ("generator: {scale: 5}", "generator.scale: Input should be 1, 2, 3 or 4."),
        ("generator: {compose_after: [13]}", "generator: compose_after (13,) must lie within 1..num_blocks=12."),
        ("data: {batch_images: 5}", "data: batch_images must be a multiple of sentences_per_image=2."),
        ("data: {least_patch_px: 25}", "data: least_patch_px (25) must not be above patch_px=24."),
        ("data: {batch_images: 0}", "data.batch_images: Input should be greater than or equal to 1."),
        (
            "{data: {patch_px: 8}, discriminator: {num_strides: 5}, generator: {scale: 2}}",
            "the file: discriminator.num",
        ),
        ("{data: {patch_px: 8}, loss: {lpips_weight: 1}}", "the file: loss.lpips_weight needs patches of 34 px"),
        ("loss: {feature_adversarial_weight: 1, perceptual_weight: 1}", "the file: loss.feature_adversarial_weight"),
        ("generator: 3", "generator: Input should be a valid dictionary or instance of GeneratorConfig."),
        ("- a\n- b", "a config is a mapping of keys to values."),
        ("", "a config is a mapping of keys to values."),
        ("seed: [", "not valid YAML (while parsing a flow node"),
        ("1: 2", "1: Keys should be strings."),
        ("[1]: 2", "not valid YAML ("),
        ("? {a: 1}\n: 2", "not valid YAML ("),
        ("run: 2026-13-45", "not valid YAML (month must be in 1..12)."),
        ("seed: !!int one", "not valid YAML ("),
        ("!!map [1, 2]", "not valid YAML ("),
        ("run: !!timestamp soon", "not valid YAML ("),
        ("seed: " + "9" * 5000, "not valid YAML ("),
        ("seed: 0\0", "not valid YAML ("),
    ],
)
def test_mistakes_are_named(refusal, text, message):
    assert refusal(text).startswith(message)


def test_bytes_that_are_no_text(refusal):
    assert refusal(b"\xff\xfe\xff").startswith("not valid YAML")
    assert refusal(b"\x80 a: 1").startswith("not valid YAML")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(
        ConfigError, match=r"nowhere.yaml: cannot be read \(No such file or directory\); give an existing"
    ):
        load_train_config(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        load_train_config(tmp_path)


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)
def test_any_document_is_a_config_or_a_config_error(values):
    with pytest.raises(ConfigError):
        parse(TrainConfig, values if isinstance(values, dict) and values else {"x": values}, "any")


def test_settings_are_frozen():
    config = GeneratorConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.scale = 2


def test_exit_code():
    assert ConfigError.exit_code == 2
