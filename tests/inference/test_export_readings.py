"""ONNX files of networks conditioned on readings: they agree with torch, read offline, and need no second file."""

import json
import subprocess
import sys

import numpy as np
import pytest
from tiny_models import TINY_READING, FewWordsReader, make_generator

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from srgan_prompt import PromptWarning
from srgan_prompt.errors import ModelError
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.exported import ExportFacts
from srgan_prompt.inference.onnx.engine import OnnxEngine
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.reading import Reading

READER = FewWordsReader(
    {
        "brighter": Reading({"brighten": 0.5}),
        "warm": Reading({"warm": 0.5}),
        "brighter, and add a hat": Reading({"brighten": 0.5}, is_complete=False),
    }
)
FACTS = ExportFacts(NetworkFacts(4, 5, 1000, intents=INTENTS), len(INTENTS), "1")


@pytest.fixture(scope="module")
def torch_upscaler():
    return Upscaler.from_generator(make_generator(TINY_READING), reader=READER, precision="fp32")


@pytest.fixture(scope="module")
def exported(torch_upscaler, tmp_path_factory):
    return export_onnx(torch_upscaler, tmp_path_factory.mktemp("onnx") / "any.onnx")


@pytest.mark.parametrize("prompt", [None, "", "brighter", "brighter:0.5, warm:1"])
def test_the_file_agrees_with_torch(torch_upscaler, exported, photo, prompt):
    onnx = Upscaler(Upscaler.from_pretrained(exported).model._replace(reader=READER))
    expected, actual = torch_upscaler(photo, prompt), onnx(photo, prompt)
    assert np.abs(actual.array.astype(int) - expected.array).max() <= 1
    assert actual.read_as == expected.read_as


def test_a_baked_prompt_says_how_it_was_read(torch_upscaler, photo, tmp_path):
    with pytest.warns(PromptWarning, match=r"read as: brighten \.5; a part of the sentence was not understood"):
        path = export_onnx(torch_upscaler, tmp_path / "baked.onnx", "brighter, and add a hat", bake=True)
    baked = Upscaler.from_pretrained(path)
    expected = torch_upscaler(photo, "brighter").array.astype(int)
    assert np.abs(baked(photo).array - expected).max() <= 1
    note = "has the prompt 'brighter, and add a hat' (read as: brighten .5) baked in; yours was ignored."
    assert note in baked(photo, "warm").notes[0]


def test_eight_bits_are_calibrated_with_readings(torch_upscaler, tmp_path, photo):
    path = export_onnx(torch_upscaler, tmp_path / "int8.onnx", precision="int8")
    onnx = Upscaler(Upscaler.from_pretrained(path).model._replace(reader=READER))
    difference = np.abs(onnx(photo, "warm").array.astype(int) - torch_upscaler(photo, "warm").array)
    assert difference.mean() < 3


@pytest.mark.parametrize(
    ("prompt", "read_as"), [(None, "restore 1, crisp 1"), ("make it brighter", "brighten .5")], ids=str
)
def test_the_package_s_reader_reads_offline_and_without_torch(exported, photo, tmp_path, prompt, read_as):
    np.save(tmp_path / "photo.npy", photo)
    code = """
import sys, json, numpy
from srgan_prompt.inference.upscaler import Upscaler
result = Upscaler.from_pretrained(sys.argv[2])(numpy.load(sys.argv[1]), json.loads(sys.argv[3]))
print(json.dumps([result.read_as, sorted({"torch", "transformers", "pydantic"} & set(sys.modules))]))
"""
    command = [sys.executable, "-c", code, str(tmp_path / "photo.npy"), str(exported), json.dumps(prompt)]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True)
    assert json.loads(done.stdout) == [read_as, []]


def test_facts_travel_as_strings():
    assert ExportFacts.from_metadata(FACTS.to_metadata(), "x.onnx") == FACTS
    assert FACTS.to_metadata()["srgan_prompt.text_features"] == "reading"


def test_files_from_before_there_were_readings_take_raw_embeddings():
    network = NetworkFacts(4, 5, 1000, takes_prompts=False, baked_prompt="warmer")
    metadata = ExportFacts(network, 384, "1").to_metadata()
    del metadata["srgan_prompt.text_features"]
    assert ExportFacts.from_metadata(metadata, "x.onnx").network == network


@pytest.mark.parametrize("intents", [None, "brighten,warm"])
def test_intents_that_do_not_fit_are_refused(intents):
    metadata = FACTS.to_metadata() | {"srgan_prompt.intents": intents}
    with pytest.raises(ModelError, match=r"x\.onnx was not exported"):
        ExportFacts.from_metadata({key: value for key, value in metadata.items() if value is not None}, "x.onnx")


def test_the_engine_needs_no_network_of_intents(exported):
    assert OnnxEngine.load(exported).facts.intents == INTENTS
