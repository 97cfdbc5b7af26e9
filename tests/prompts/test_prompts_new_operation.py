"""A new operation touches at most four files of the package, and leaves released models as they were.

The operation is that of docs/howto/add_an_operation.md: its listings are put into a copy of the package.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_models import TINY, TINY_READING, make_generator

from srgan_prompt.checkpoints.model import save_model
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.prompts.operations import FIRST_INTENTS
from srgan_prompt.prompts.reader import READER_FILE, pack_reader, unpack_reader

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "srgan_prompt"
GUIDE = (ROOT / "docs" / "howto" / "add_an_operation.md").read_text("utf-8")
LISTING = re.compile(r"`srgan_prompt/([\w/.]+)`, after `([^`]+)`[^`]*```\w+\n(.*?)```", re.DOTALL)

UPSCALE = """
import json, sys, zlib
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.reader import load_reader
read = load_reader().read(["make it warmer", "remove the noise"])
said = {"number": len(INTENTS), "read": [str(each) for each in read]}
for source in sys.argv[2:]:
    upscaler = Upscaler.from_pretrained(source or None, device="cpu", precision="fp32", threads=1)
    said[source] = zlib.crc32(upscaler(sys.argv[1], ["make it warmer", "remove the noise"], tile=64).array.tobytes())
print(json.dumps(said))
"""
TRAIN = """
import json, random, torch
from srgan_prompt.config import GeneratorConfig
from srgan_prompt.evaluation.audit.wishes import PERCENT, percent_prompts
from srgan_prompt.grammar.generate import write_instruction
from srgan_prompt.grammar.reader_sentences import draw_readable
from srgan_prompt.operators.requests import as_tensors, sample_request
from srgan_prompt.operators.tone import edit
from srgan_prompt.prompts.operations import INTENTS, Clause, Request, canonical, plain_request
asked, kept, rng = plain_request("dehaze"), Request(keep=("dehaze",)), random.Random(0)
clear = torch.rand(1, 3, 8, 8)
hazy = 0.75 * clear + 0.25  # a transmission of 1 - a / 2 at amount 0.5
drawn = [clause.operation for _ in range(300) for clause in sample_request(rng).clauses]
print(json.dumps({
    "documented": [canonical(each) for each in (asked, kept, Request((Clause("dehaze", 0.3),)))],
    "written": [write_instruction(request, rng) for request in (asked, kept) for _ in range(50)],
    "drawn": drawn.count("dehaze") > 0,
    "readable": any("dehaze" in str(each) for each in draw_readable(300, 0)),
    "answers": as_tensors([asked]).intent[0].tolist() == [float(name == "dehaze") for name in INTENTS],
    "clears": float((edit(hazy, {"dehaze": 0.5}) - clear).abs().max()) < 1e-6,
    "audited": len(set(percent_prompts("dehaze"))) == len(PERCENT),
    "asked_of_new_models": "dehaze" in GeneratorConfig().intents,
}))
"""


def printed(package_folder: Path, code: str, *arguments: object) -> dict:
    """What ``code`` prints with the package that lies in ``package_folder``."""
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(package_folder)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=package_folder, timeout=400
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def grown(tmp_path_factory) -> Path:
    """The folder of a copy of the package with the operation of the guide in it, and its table in another order."""
    folder = tmp_path_factory.mktemp("grown")
    shutil.copytree(PACKAGE, folder / "srgan_prompt", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    (folder / "srgan_prompt" / "weights").symlink_to(PACKAGE / "weights")
    for name, anchor, listing in LISTING.findall(GUIDE):
        path = folder / "srgan_prompt" / name
        before = path.read_text("utf-8")
        assert before.count(f"{anchor}\n") == 1, f"{name} must hold the line {anchor} once"
        path.write_text(before.replace(f"{anchor}\n", f"{anchor}\n{listing}"), "utf-8")
    table = folder / "srgan_prompt" / "prompts" / "operations.py"
    turned = table.read_text("utf-8").replace("for operation in _TABLE}", "for operation in reversed(_TABLE)}")
    table.write_text(turned, "utf-8")
    return folder


def test_an_operation_is_at_most_four_files_of_the_package():
    files = {name for name, _, _ in LISTING.findall(GUIDE)}
    assert 1 < len(files) <= 4
    assert files == {
        path.relative_to(PACKAGE).as_posix() for name in files for path in [PACKAGE / name] if path.is_file()
    }


@pytest.mark.slow
def test_with_them_it_is_worded_drawn_answered_and_asked_of_new_models(grown):
    told = printed(grown, TRAIN)
    assert told.pop("documented") == ["remove the haze", "keep the haze", "remove 30 percent of the haze"]
    written = told.pop("written")
    assert len(set(written)) > 50
    assert any("haz" in each.lower() for each in written)
    assert [name for name, is_so in told.items() if not is_so] == []


@pytest.mark.slow
def test_released_models_are_left_as_they_were(grown, tmp_path):
    """On readings, on raw embeddings from before there was a vocabulary, and the shipped one."""
    for name, config in (("reading", TINY_READING), ("raw", TINY)):
        save_model(tmp_path / name, make_generator(config).state_dict(), config.model_dump(), "", train_step=0)
    sources = (ROOT / "examples" / "quail.jpg", "", tmp_path / "reading", tmp_path / "raw")
    before, after = (printed(folder, UPSCALE, *sources) for folder in (ROOT, grown))
    assert (before.pop("number"), after.pop("number")) == (15, 16)
    assert after == before
    assert "warm" in before["read"][0]


def test_settings_that_name_no_intents_mean_the_first_fifteen():
    assert len(FIRST_INTENTS) == 15
    assert GeneratorConfig(text_dim=384).intents == FIRST_INTENTS


def test_a_reader_says_what_it_means_and_means_the_first_fifteen_otherwise():
    file = unpack_reader(READER_FILE.read_bytes())
    assert set(file.intents) == set(FIRST_INTENTS)
    renamed = file._replace(intents=("vignette", *file.intents[1:]))
    assert unpack_reader(pack_reader(renamed)).intents == renamed.intents
