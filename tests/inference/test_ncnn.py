"""ncnn agrees with torch, at any size, with any number of clauses, tiled or not; and needs no torch."""

import copy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import TINY, TINY_READING, FewWordsReader, RandomSentences, let_refine, make_generator

pytest.importorskip("ncnn")
pytest.importorskip("pnnx")

from srgan_prompt import PromptWarning
from srgan_prompt.errors import ModelError, OutputError, UsageError
from srgan_prompt.inference.describe import describe
from srgan_prompt.inference.load import resolve
from srgan_prompt.inference.ncnn.engine import NcnnEngine
from srgan_prompt.inference.ncnn.export import export_ncnn
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.interpretation import PromptEmbedding, embed_clauses
from srgan_prompt.prompts.prompt import read_prompt
from srgan_prompt.prompts.reading import Reading

SHAPES = [(24, 20), (37, 53), (1, 7), (3, 2)]
PROMPTS = ["", "make it warmer", "denoise:0.7, warmer:-0.3, sepia"]
READER = FewWordsReader(
    {
        "brighter": Reading({"brighten": 0.5}),
        "warm": Reading({"warm": 0.5}),
        "brighter, and a hat": Reading({"brighten": 0.5}, is_complete=False),
    }
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory, module_upscaler) -> Path:
    return export_ncnn(module_upscaler, tmp_path_factory.mktemp("ncnn") / "any.param")


@pytest.fixture(scope="module")
def baked(tmp_path_factory, module_upscaler) -> Path:
    path = tmp_path_factory.mktemp("ncnn") / "baked.param"
    return export_ncnn(module_upscaler, path, "denoise:1, warmer:0.5", bake=True, negative="grain")


def _image(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, np.float32)


def _run(engine, image, prompt):
    return engine.run(image, prompt, engine.global_features(image))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("negative", [None, "noise"])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_it_agrees_with_torch(module_upscaler, exported, shape, prompt, negative):
    image = _image(1, 3, *shape)
    embedding = embed_clauses(read_prompt(prompt, 1.0, negative), module_upscaler.model.sentences.embed)
    expected = _run(module_upscaler.model.engine, image, embedding)
    np.testing.assert_allclose(_run(NcnnEngine.load(exported), image, embedding), expected, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_baked_network_agrees_with_torch_and_needs_nothing_but_an_image(module_upscaler, baked, shape):
    import ncnn

    image = _image(1, 3, *shape)
    embedding = embed_clauses(read_prompt("denoise:1, warmer:0.5", 1.0, "grain"), module_upscaler.model.sentences.embed)
    expected = _run(module_upscaler.model.engine, image, embedding)
    np.testing.assert_allclose(_run(NcnnEngine.load(baked), image, None), expected, atol=1e-5)
    net = ncnn.Net()
    assert net.load_param(str(baked)) == net.load_model(str(baked.with_suffix(".bin"))) == 0
    assert net.input_names() == ["image"]
    assert "result" in net.output_names()
    if min(shape) >= 4:  # smaller ones need the engine's help
        extractor = net.create_extractor()
        extractor.input("image", ncnn.Mat(image[0]).clone())
        np.testing.assert_allclose(np.array(extractor.extract("result")[1]), expected[0], atol=1e-4)  # in its fp16


@pytest.mark.parametrize("composition", ["concat", "film", "none"])
@pytest.mark.parametrize("tone", [True, False])
@pytest.mark.parametrize("tail", [{"scale": 2, "tail": "srgan"}, {"tail": "refined"}], ids=["srgan", "refined"])
def test_every_kind_of_network_can_be_exported(tmp_path, composition, tone, tail):
    if composition == "none" and tone:
        pytest.skip("there is no tone without a prompt")
    config = TINY_READING.model_copy(update={"composition": composition, "tone": tone, **tail})
    torch.manual_seed(0)
    from srgan_prompt.models.generator import build_generator

    generator = build_generator(config).eval()
    let_refine(generator, std=0.03)
    upscaler = Upscaler.from_generator(generator, reader=READER, precision="fp32")
    engine = NcnnEngine.load(export_ncnn(upscaler, tmp_path / "net.param"))
    assert engine.facts.takes_prompts == (composition != "none")
    image = _image(1, 3, 16, 19)
    for weights in (None, [1.0], [0.5, 1.5]):
        prompt = None
        if weights:
            texts = np.random.default_rng(1).random((len(weights), len(config.intents)), np.float32)
            prompt = PromptEmbedding(texts, np.array(weights, np.float32))
        expected = _run(upscaler.model.engine, image, prompt)
        np.testing.assert_allclose(_run(engine, image, prompt), expected, atol=1e-5)


def test_a_batch_equals_singles_and_no_strength_equals_no_prompt_bit_for_bit(exported):
    engine, images = NcnnEngine.load(exported), _image(3, 3, 20, 24)
    texts = np.random.default_rng(1).standard_normal((2, 384)).astype(np.float32)
    prompt = PromptEmbedding(texts, np.array([1, 0.5], np.float32))
    singles = np.concatenate([_run(engine, image[None], prompt) for image in images])
    np.testing.assert_array_equal(_run(engine, images, prompt), singles)
    off = PromptEmbedding(texts, np.zeros(2, np.float32))
    np.testing.assert_array_equal(_run(engine, images, off), _run(engine, images, None))


def test_tiled_equals_whole_and_torch_through_the_upscaler(module_upscaler, exported, baked, photo):
    ncnn = Upscaler(module_upscaler.model._replace(engine=NcnnEngine.load(exported)))
    expected = module_upscaler(photo, "warmer").array.astype(int)
    for tile in ("off", 32):
        assert np.abs(ncnn(photo, "warmer", tile=tile).array - expected).max() <= 1
    fixed = Upscaler.from_pretrained(baked)
    assert np.abs(fixed(photo, tile=32).array.astype(int) - fixed(photo, tile="off").array).max() <= 1
    with pytest.warns(PromptWarning, match="baked in"):
        note = fixed(photo, "sepia").notes[0]
    assert "'denoise:1, warmer:0.5' baked in" in note
    assert fixed(photo).settings.engine == "ncnn, CPU, fp32"


def test_it_knows_what_a_sentence_asks_for(module_upscaler, exported):
    texts = RandomSentences().embed([f"wish {number}" for number in range(40)])
    expected = module_upscaler.model.engine.generator.intent(torch.from_numpy(texts)).detach().numpy()
    engine = NcnnEngine.load(exported)
    np.testing.assert_allclose(engine.amounts(texts), expected, atol=1e-5)
    assert engine.recognises_prompt(texts) == module_upscaler.model.engine.recognises_prompt(texts)
    with pytest.raises(ModelError, match="384 numbers, and the text encoder gives 5"):
        engine.recognises_prompt(np.zeros((1, 5), np.float32))


def test_readings_need_no_second_file_and_say_how_they_were_read(tmp_path, photo):
    upscaler = Upscaler.from_generator(make_generator(TINY_READING), reader=READER, precision="fp32")
    path = export_ncnn(upscaler, tmp_path / "readings.param")
    ncnn = Upscaler(Upscaler.from_pretrained(path).model._replace(reader=READER))
    for prompt in (None, "", "brighter", "brighter:0.5, warm:1"):
        expected, actual = upscaler(photo, prompt), ncnn(photo, prompt)
        assert np.abs(actual.array.astype(int) - expected.array).max() <= 1
        assert actual.read_as == expected.read_as
    with pytest.warns(PromptWarning, match="not understood"):
        export_ncnn(upscaler, tmp_path / "baked.param", "brighter, and a hat", bake=True)


def test_half_the_file_is_nearly_the_same_network(module_upscaler, exported, tmp_path, photo):
    path = export_ncnn(module_upscaler, tmp_path / "half.param", precision="fp16")
    sizes = [each.with_suffix(".bin").stat().st_size for each in (path, exported)]
    assert sizes[0] < 0.6 * sizes[1]
    images = [
        Upscaler(module_upscaler.model._replace(engine=NcnnEngine.load(each)))(photo, "warmer").array.astype(int)
        for each in (path, exported)
    ]
    assert np.abs(images[0] - images[1]).max() <= 1


def test_neither_torch_nor_transformers_is_imported(exported, baked, photo, tmp_path):
    np.save(tmp_path / "photo.npy", photo)
    code = """
import sys, numpy
from srgan_prompt.inference.upscaler import Upscaler
image = numpy.load(sys.argv[1])
Upscaler.from_pretrained(sys.argv[2])(image)
Upscaler.from_pretrained(sys.argv[3])(image, "remove the noise:0.5, make it warmer").save(sys.argv[4])
heavy = {"torch", "transformers", "kornia", "onnxruntime", "pydantic"} & set(sys.modules)
assert not heavy, heavy
"""
    files = [tmp_path / "photo.npy", baked, exported, tmp_path / "out.png"]
    subprocess.run([sys.executable, "-c", code, *map(str, files)], check=True, timeout=60)
    assert (tmp_path / "out.png").stat().st_size > 1000


def test_files_that_are_not_a_pair_of_ours_are_refused(tmp_path, exported, baked):
    param, weights = exported.read_bytes(), exported.with_suffix(".bin").read_bytes()
    files = {
        "text": (b"hello", weights),
        "foreign": (param.partition(b"#")[0], weights),
        "cut": (param[:400], weights),
        "changed": (param.replace(b"PReLU", b"ReLUx", 1), weights),
        "short": (param, weights[:-4]),
        "other": (param, baked.with_suffix(".bin").read_bytes()),
    }
    for name, (first, second) in files.items():
        (tmp_path / f"{name}.param").write_bytes(first)
        (tmp_path / f"{name}.bin").write_bytes(second)
    (tmp_path / "alone.param").write_bytes(param)
    for name in (*files, "alone", "missing"):
        with pytest.raises(ModelError, match=name):
            NcnnEngine.load(tmp_path / f"{name}.param")


def write_foreign(path: Path, num_outputs: int = 12) -> Path:
    """A random network of another project: one convolution, and pixels shuffled to twice the size."""
    layers = [
        "Input data 0 1 data",
        f"Convolution conv 1 1 data wide 0={num_outputs} 1=3 4=1 5=1 6={num_outputs * 27}",
        "PixelShuffle larger 1 1 wide output 0=2",
    ]
    path.write_text("\n".join(["7767517", "3 3", *layers]) + "\n")
    weights = np.random.default_rng(0).normal(0, 0.1, num_outputs * 28).astype(np.float32)
    path.with_suffix(".bin").write_bytes(bytes(4) + weights.tobytes())  # four zeros say: float32
    return path


def test_networks_of_other_projects_upscale_and_say_that_prompts_do_nothing(tmp_path, photo):
    upscaler = Upscaler.from_pretrained(write_foreign(tmp_path / "theirs.param"))
    plain = upscaler(photo)
    with pytest.warns(PromptWarning, match="take no prompts"):
        prompted = upscaler(photo, "warmer")
    assert plain.array.shape == (2 * photo.shape[0], 2 * photo.shape[1], 3)
    assert not plain.notes
    assert "another project" in prompted.notes[0]
    assert resolve(tmp_path / "theirs.param").assumed_facts().is_foreign
    described = describe(str(tmp_path / "theirs.param"))
    assert (described["kind"], described["scale"], described["prompts"]) == ("model of another project", 2, "ignored")
    np.testing.assert_array_equal(prompted.array, plain.array)
    assert np.abs(upscaler(photo, tile=32).array.astype(int) - plain.array).max() <= 1
    again = copy.deepcopy(upscaler.model.engine)  # as a pickle would
    tile = np.random.default_rng(0).random((2, 9, 7, 3), np.float32).transpose(0, 3, 1, 2)  # not contiguous
    both = again.run(tile, None, None)
    np.testing.assert_array_equal(both, np.concatenate([again.run(each[None], None, None) for each in tile.copy()]))


def test_networks_of_other_projects_that_make_no_image_are_refused(tmp_path):
    with pytest.raises(ModelError, match="does not turn one RGB image into another"):
        Upscaler.from_pretrained(write_foreign(tmp_path / "grey.param", num_outputs=4))


def test_impossible_exports_are_refused(module_upscaler, exported, tmp_path):
    for match, upscaler, prompt, precision in (
        ("bake", module_upscaler, "warmer", "fp32"),
        ("int8", module_upscaler, None, "int8"),
        ("no torch model", Upscaler.from_pretrained(exported), None, "fp32"),
    ):
        with pytest.raises(UsageError, match=match):
            export_ncnn(upscaler, tmp_path / "a.param", prompt, precision=precision)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        export_ncnn(module_upscaler, tmp_path / "file" / "a.param", "", bake=True)


def test_no_path_of_the_machine_is_in_the_file(exported):
    content = exported.read_bytes()
    assert b"site-packages" not in content
    assert str(Path(__file__).parents[2]).encode() not in content


def test_it_is_described(exported, baked):
    described = describe(str(baked))
    assert described["kind"] == "exported model"
    assert described["num_bytes"] > 10_000
    assert "baked in" in described["prompts"]
    assert describe(str(exported))["text_features"] == "raw"
    assert describe(str(exported))["scale"] == TINY.scale
