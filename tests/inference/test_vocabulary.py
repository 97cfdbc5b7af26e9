"""A network and a reader carry their vocabulary: a table of operations that grew, in another order, changes neither."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_models import TINY, TINY_READING, make_generator

from srgan_prompt.checkpoints.model import save_model
from srgan_prompt.config import GeneratorConfig
from srgan_prompt.prompts.operations import FIRST_INTENTS
from srgan_prompt.prompts.reader import pack_reader, unpack_reader

PHOTO = Path(__file__).parents[2] / "examples" / "quail.jpg"
GROWN = """
from srgan_prompt.prompts import operations
first = operations.Operation("vignette", "tone", 0.2, 0.5, 0.8)
operations.OPERATIONS = {"vignette": first, **dict(reversed(operations.OPERATIONS.items()))}
operations.INTENTS = tuple(name for name in operations.OPERATIONS if name != "restore")
"""
SPEAK = """
import json, sys, zlib
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.reader import load_reader
read = load_reader().read(["make it warmer", "remove the noise"])
said = {"number": len(INTENTS), "read": [str(each) for each in read]}
for source in sys.argv[2:]:
    upscaler = Upscaler.from_pretrained(source or None, device="cpu", precision="fp32", threads=1)
    said[source] = zlib.crc32(upscaler(sys.argv[1], "make it warmer, remove the noise", tile=64).array.tobytes())
print(json.dumps(said))
"""


def said(*sources: object, grown: bool) -> dict:
    code = (GROWN if grown else "") + SPEAK
    command = [sys.executable, "-W", "ignore", "-c", code, PHOTO, *sources]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def models(tmp_path):
    """Two released models: on readings, and on raw embeddings from before there was a vocabulary."""
    save_model(
        tmp_path / "reading", make_generator(TINY_READING).state_dict(), TINY_READING.model_dump(), "", train_step=0
    )
    save_model(tmp_path / "raw", make_generator(TINY).state_dict(), TINY.model_dump(), "", train_step=0)
    return tmp_path / "reading", tmp_path / "raw"


@pytest.mark.slow
def test_a_new_operation_leaves_released_models_as_they_were(models):
    before, after = (said("", *models, grown=grown) for grown in (False, True))
    assert (before.pop("number"), after.pop("number")) == (15, 16)
    assert after == before
    assert "warm" in before["read"][0]


def test_settings_that_name_no_intents_mean_the_first_fifteen():
    assert len(FIRST_INTENTS) == 15
    assert GeneratorConfig(text_dim=384).intents == FIRST_INTENTS


def test_a_reader_says_what_it_means_and_means_the_first_fifteen_otherwise():
    from srgan_prompt.prompts.reader import READER_FILE

    file = unpack_reader(READER_FILE.read_bytes())
    assert set(file.intents) == set(FIRST_INTENTS)
    renamed = file._replace(intents=("vignette", *file.intents[1:]))
    assert unpack_reader(pack_reader(renamed)).intents == renamed.intents
