"""--model: weights of other projects, hub ids, and files that would rather run code (W1 to W4, W10)."""

import json
import os
import struct

import pytest
import torch
from cli_makers import pixels, size_px
from safetensors.torch import save_file
from tiny_models import TINY, make_generator

REPO = "someone/srgan-prompt-x4"


@pytest.fixture(params=["weights.pth", "weights.safetensors"])
def foreign(request, tmp_path):
    """A small random SRVGGNetCompact at x2, as Real-ESRGAN's own files are laid out."""
    pytest.importorskip("spandrel")
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(0)
    network = Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=2, act_type="prelu")
    path = tmp_path / request.param
    if path.suffix == ".pth":
        torch.save({"params": network.state_dict()}, path)
    else:
        save_file(network.state_dict(), path)
    return path


def test_foreign_weights_upscale_and_a_prompt_is_ignored_with_a_word(command, foreign, image, tmp_path):
    done = command("upscale", image, "--model", foreign.name)
    assert done == (0, f"{image.with_name('photo_x2.png')}\n", ""), "without a prompt there is nothing to say"
    assert size_px(tmp_path / "photo_x2.png") == (24, 16)
    done = command("upscale", image, "--model", foreign.name, "-p", "warmer", "-o", "prompted.png", "--json")
    line = json.loads(done.out)
    assert done.code == 0
    assert line["engine"].startswith("RealESRGAN Compact by spandrel")
    assert "another project and take no prompts; yours was ignored" in line["notes"][0]
    assert done.err.count("yours was ignored") == 1
    assert (pixels(tmp_path / "prompted.png") == pixels(tmp_path / "photo_x2.png")).all()
    assert foreign.name.encode() in (tmp_path / "prompted.png").read_bytes(), "the note on how it was made names them"


def test_foreign_weights_are_described_but_not_exported(command, foreign):
    described = json.loads(command("inspect", foreign.name, "--json").out)
    assert (described["architecture"], described["scale"], described["prompts"]) == ("RealESRGAN Compact", 2, "ignored")
    done = command("export", foreign.name, "-o", "m.onnx")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "no torch model of srgan_prompt" in done.err


def test_a_network_that_looks_everywhere_says_so_when_it_is_tiled(command, foreign, image, monkeypatch):
    from spandrel import ImageModelDescriptor, ModelTiling

    init = ImageModelDescriptor.__init__
    monkeypatch.setattr(
        ImageModelDescriptor, "__init__", lambda *a, **k: init(*a, **{**k, "tiling": ModelTiling.DISCOURAGED})
    )
    assert command("upscale", image, "--model", foreign.name).err == ""
    done = command("upscale", image, "--model", foreign.name, "--tile", "16", "--scale", "3")
    assert "looks at the whole image at once" in done.err


@pytest.mark.parametrize("suffix", ["pth", "pt", "ckpt", "bin", "safetensors"])
@pytest.mark.parametrize("verb", ["upscale", "inspect", "export"])
def test_w1_a_pickle_is_never_run(command, image, tmp_path, suffix, verb):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    name = f"evil.{suffix}"
    torch.save({"params": Evil()}, tmp_path / name)
    arguments = {"upscale": [image, "--model", name], "inspect": [name], "export": [name, "-o", "m.onnx"]}[verb]
    done = command(verb, *arguments)
    assert done.code == (3 if (verb, suffix) == ("inspect", "bin") else 4)
    assert done.err.count("\n") == 1
    assert name in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "photo.png"])


def safetensors(header: dict[str, object], num_bytes: int) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(num_bytes)


F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
BROKEN = {
    "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{}",
    "one byte short": safetensors({"a": F32}, 7),
    "one byte long": safetensors({"a": F32}, 9),
    "a shape that does not fit": safetensors({"a": {**F32, "shape": [3]}}, 8),
    "no bytes": b"",
    "text": b"hello",
    "no network that anybody knows": safetensors({"a": F32}, 8),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_w2_broken_weights_are_one_sentence(command, image, tmp_path, kind):
    pytest.importorskip("spandrel")
    (tmp_path / "weights.safetensors").write_bytes(BROKEN[kind])
    done = command("upscale", image, "--model", "weights.safetensors")
    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
    assert "weights.safetensors cannot be loaded by spandrel" in done.err


def test_w3_w5_a_model_folder_that_was_changed_is_refused(command, model, image, tmp_path):
    import shutil

    for change in ("another byte", "a truncated file", "a missing file"):
        folder = tmp_path / change.replace(" ", "_")
        shutil.copytree(model, folder)
        weights = folder / "model.safetensors"
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        match change:
            case "another byte":
                weights.write_bytes(content)
            case "a truncated file":
                weights.write_bytes(content[:-4])
            case _:
                weights.unlink()
        done = command("upscale", image, "--model", folder.name)
        assert (done.code, done.err.count("\n")) == (4, 1), change
        assert "model.safetensors" in done.err
    assert not (tmp_path / "photo_x4.png").exists()


def test_w4_foreign_weights_with_nan_are_refused(command, foreign, image):
    from spandrel import canonicalize_state_dict
    from spandrel.architectures.Compact import Compact

    network = Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=2, act_type="prelu")
    state = canonicalize_state_dict(network.state_dict())
    state["body.0.bias"] = torch.full_like(state["body.0.bias"], torch.nan)
    torch.save(state, foreign) if foreign.suffix == ".pth" else save_file(state, foreign)
    done = command("upscale", image, "--model", foreign.name)
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "holds NaN or Inf in 'body.0.bias'" in done.err


@pytest.fixture
def published(fake_hub, monkeypatch):
    """The tiny model on the hub, as ``push_to_hub`` leaves it."""
    from srgan_prompt.inference.upscaler import Upscaler

    Upscaler.from_generator(make_generator()).push_to_hub(REPO, private=True)
    return fake_hub


def test_a_hub_id_works_like_a_folder_and_is_named_in_the_result(command, upscale, published, image, tmp_path):
    done = command("upscale", image, "--model", REPO, "--revision", "v1", "-p", "warmer", "-o", "hub.png")
    assert done.code == 0, done.err
    assert published.calls == [{"repo_id": REPO, "private": True}, {"repo_id": REPO, "revision": "v1"}]
    assert upscale(image, "-p", "warmer", "-o", "folder.png").code == 0
    assert (pixels(tmp_path / "hub.png") == pixels(tmp_path / "folder.png")).all()
    content = (tmp_path / "hub.png").read_bytes()
    assert f'"model": "{REPO}"'.encode() in content
    assert str(tmp_path).encode() not in content
    described = json.loads(command("inspect", REPO, "--revision", "v2", "--json").out)
    assert (described["kind"], published.calls[-1]["revision"]) == ("model", "v2")


def test_from_pretrained_and_push_to_hub_are_each_others_inverse(published, fake_hub):
    from srgan_prompt.inference.upscaler import Upscaler

    fetched = Upscaler.from_pretrained(REPO, revision="v1", device="cpu")
    assert fetched.model.name == REPO
    fetched.push_to_hub("someone/copy")
    copy = Upscaler.from_pretrained("someone/copy", device="cpu").model.engine.generator.state_dict()
    for key, value in make_generator().state_dict().items():
        assert torch.equal(copy[key], value)
    assert {call.get("private") for call in fake_hub.calls if call["repo_id"] == "someone/copy"} == {False, None}


@pytest.mark.usefixtures("fake_hub")
def test_w9_w10_hub_models_that_are_not_there_or_not_ours(command, image, fake_hub, tmp_path):
    (fake_hub.root / REPO).mkdir(parents=True)
    for name in ("pytorch_model.bin", "model.pth", "config.json"):
        (fake_hub.root / REPO / name).write_bytes(b"{}")
    done = command("upscale", image, "--model", REPO)
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "has no manifest.json: it is not ours, and pickled weights" in done.err
    done = command("upscale", image, "--model", "someone/nothing")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "someone/nothing cannot be fetched from the hub" in done.err


@pytest.mark.parametrize("kind", ["shipped", "folder", "file"])
def test_a_revision_of_what_is_no_hub_model_is_refused_not_ignored(command, model, image, tmp_path, kind):
    (tmp_path / "weights.pth").write_bytes(b"")
    where = {"shipped": [], "folder": ["--model", model], "file": ["--model", "weights.pth"]}[kind]
    done = command("upscale", image, *where, "--revision", "v1")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "A revision is of a model on the hub" in done.err


def test_the_text_encoder_of_a_model_of_raw_embeddings_is_named(command, image, tmp_path):
    from srgan_prompt.inference.upscaler import Upscaler
    from srgan_prompt.prompts.encoder import TextEncoder
    from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder

    network = make_generator(TINY.model_copy(update={"text_dim": 32}))
    Upscaler.from_generator(network, BertPromptEncoder(TextEncoder.tiny(1))).save_pretrained(tmp_path / "mine")
    for seed in (1, 2):
        encoder = TextEncoder.tiny(seed)
        encoder.model.save_pretrained(tmp_path / f"bert{seed}")
        encoder.tokenizer.save_pretrained(tmp_path / f"bert{seed}")
    arguments = ("upscale", image, "--model", "mine", "-p", "warmer", "-q")
    for named, says in (([], "name it with --text-encoder"), (["--text-encoder", "bert2"], "another text encoder")):
        done = command(*arguments, *named)
        assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
        assert says in done.err
