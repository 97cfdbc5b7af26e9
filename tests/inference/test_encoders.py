"""A model of raw embeddings gets the text encoder that it was trained with; any other is refused."""

from pathlib import Path

import pytest
import torch
from tiny_models import TINY, TINY_READING, make_generator

from srgan_prompt.checkpoints.model import load_model
from srgan_prompt.config import TrainConfig
from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import build_generator
from srgan_prompt.prompts.embeddings import shipped_table
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder

SHORT = TINY.model_copy(update={"text_dim": 32})


def save_encoder(folder: Path, seed: int) -> Path:
    """The files of a tiny BERT, which has no name then."""
    encoder = TextEncoder.tiny(seed)
    encoder.model.save_pretrained(folder)
    encoder.tokenizer.save_pretrained(folder)
    return folder


def save(folder: Path, encoder: TextEncoder | None, config=SHORT) -> Path:
    upscaler = Upscaler.from_generator(build_generator(config), encoder and BertPromptEncoder(encoder))
    upscaler.save_pretrained(folder)
    return folder


def vectors_of(upscaler: Upscaler) -> torch.Tensor:
    return torch.from_numpy(upscaler.model.embed(["paint it warmer"]))


def test_a_recorded_name_is_found(tmp_path):
    tiny = TextEncoder.tiny()
    folder = save(tmp_path / "model", tiny)
    assert load_model(folder).encoder.model_dump() == {"identity": tiny.identity, "name": "tiny"}
    again = Upscaler.from_pretrained(folder, device="cpu")
    torch.testing.assert_close(vectors_of(again), tiny.encode(["paint it warmer"]))
    again.save_pretrained(tmp_path / "copy")
    assert load_model(tmp_path / "copy").encoder == load_model(folder).encoder


def test_an_encoder_without_a_name_is_given(tmp_path):
    own = TextEncoder.load(save_encoder(tmp_path / "bert", seed=1))
    folder = save(tmp_path / "model", own)
    assert load_model(folder).encoder.name is None, "a path of this machine tells too much"
    with pytest.raises(ModelError, match=r"no public name; name it with --text-encoder"):
        Upscaler.from_pretrained(folder, device="cpu")
    given = Upscaler.from_pretrained(folder, device="cpu", text_encoder=tmp_path / "bert")
    torch.testing.assert_close(vectors_of(given), own.encode(["paint it warmer"]))


def test_another_of_the_same_length_is_refused(tmp_path):
    folder = save(tmp_path / "model", TextEncoder.tiny())
    save_encoder(tmp_path / "bert", seed=1)
    with pytest.raises(ModelError, match=r"was trained with another text encoder \(tiny\) than .*bert: .*identities"):
        Upscaler.from_pretrained(folder, device="cpu", text_encoder=tmp_path / "bert")


def test_minilm_is_recorded_and_not_loaded(tmp_path):
    folder = save(tmp_path / "model", None, TINY)
    recorded = load_model(folder).encoder
    assert (recorded.identity, recorded.name) == (shipped_table().identity, "sentence-transformers/all-MiniLM-L6-v2")
    assert Upscaler.from_pretrained(folder, device="cpu").model.sentences.encoder is None
    with pytest.raises(ModelError, match=r"than tiny: .*identities"):
        Upscaler.from_pretrained(folder, device="cpu", text_encoder="tiny")


def test_a_folder_from_before_takes_minilm_or_what_is_given(tmp_path):
    folder = save(tmp_path / "model", None)  # MiniLM's length does not fit: nothing is recorded
    assert load_model(folder).encoder is None
    assert Upscaler.from_pretrained(folder, device="cpu").model.sentences.encoder is None
    given = Upscaler.from_pretrained(folder, device="cpu", text_encoder="tiny")
    assert given.model.sentences.encoder.identity == TextEncoder.tiny().identity


@pytest.mark.parametrize("config", [TINY_READING, TINY.model_copy(update={"composition": "none"})])
def test_a_model_that_needs_none_refuses_one(tmp_path, config):
    folder = save(tmp_path / "model", None, config)
    assert load_model(folder).encoder is None
    with pytest.raises(UsageError, match="model needs no text encoder; leave --text-encoder out"):
        Upscaler.from_pretrained(folder, device="cpu", text_encoder="tiny")


def test_a_checkpoint_records_it_and_refuses_another(tmp_path):
    from srgan_prompt.checkpoints.folder import load_folder
    from srgan_prompt.checkpoints.model import EncoderRecord
    from srgan_prompt.training.state import TrainState

    bert = save_encoder(tmp_path / "bert", seed=1)
    config = TrainConfig(run=tmp_path / "run", generator=SHORT, prompts={"encoder": str(bert)})
    state = TrainState.new(config, torch.device("cpu"))
    state.encoder = EncoderRecord.of(TextEncoder.load(bert))
    checkpoint = state.save(tmp_path / "run" / "checkpoints", config)
    assert Upscaler.from_pretrained(checkpoint, device="cpu").model.sentences.encoder.identity == state.encoder.identity
    save_encoder(bert, seed=2)
    with pytest.raises(ModelError, match=r"was trained with another text encoder than .*bert"):
        Upscaler.from_pretrained(checkpoint, device="cpu")
    with pytest.raises(ModelError, match=r"another text encoder than tiny"):
        Upscaler.from_pretrained(checkpoint, device="cpu", text_encoder="tiny")
    state.encoder = EncoderRecord.of(TextEncoder.load(bert))
    with pytest.raises(ModelError, match=r"was trained with another text encoder; name that in prompts\.encoder"):
        state.restore(load_folder(checkpoint))


def test_an_exported_file_refuses_another_encoder(tmp_path):
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    from srgan_prompt.inference.onnx.export import export_onnx, export_text_encoder

    torch_model = Upscaler.from_generator(make_generator(SHORT), BertPromptEncoder(TextEncoder.tiny()))
    path = export_onnx(torch_model, tmp_path / "m.onnx")
    with pytest.raises(ModelError, match=r"text_encoder\.onnx is not there"):
        Upscaler.from_pretrained(path).model.embed(["make it warmer"])
    export_text_encoder(TextEncoder.tiny(1), tmp_path)
    with pytest.raises(ModelError, match=r"text_encoder\.onnx is another text encoder .* than the model was trained"):
        Upscaler.from_pretrained(path).model.embed(["make it warmer"])
    export_text_encoder(TextEncoder.tiny(), tmp_path)
    torch.testing.assert_close(vectors_of(Upscaler.from_pretrained(path)), vectors_of(torch_model), atol=1e-6, rtol=0)
    with pytest.raises(UsageError, match=r"takes the text_encoder\.onnx beside its file"):
        Upscaler.from_pretrained(path, text_encoder="tiny")
