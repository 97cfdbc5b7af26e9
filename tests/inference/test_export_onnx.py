"""T8: ONNX Runtime agrees with torch, at any size, with any number of clauses, tiled or not; and needs no torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import RandomSentences, make_generator

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from srgan_prompt.errors import ModelError, OutputError, UsageError
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.inference.onnx.engine import OnnxEngine
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.interpretation import embed_clauses
from srgan_prompt.prompts.prompt import read_prompt

SHAPES = [(24, 20), (37, 53), (1, 7)]


@pytest.fixture(scope="module")
def exported(tmp_path_factory, module_upscaler) -> tuple[Upscaler, Path]:
    return module_upscaler, export_onnx(module_upscaler, tmp_path_factory.mktemp("onnx") / "any.onnx")


@pytest.fixture(scope="module")
def baked(tmp_path_factory, module_upscaler) -> tuple[Upscaler, Path]:
    path = tmp_path_factory.mktemp("onnx") / "baked.onnx"
    return module_upscaler, export_onnx(module_upscaler, path, "denoise:1, warmer:0.5", bake=True, negative="grain")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("negative", [None, "noise"])
@pytest.mark.parametrize("prompt", ["", "make it warmer", "denoise:0.7, warmer:-0.3, sepia"])
def test_t8_the_graph_agrees_with_torch(exported, shape, prompt, negative):
    upscaler, path = exported
    image = np.random.default_rng(0).random((1, 3, *shape), np.float32)
    guidance = embed_clauses(read_prompt(prompt, 1.0, negative), upscaler.model.sentences.embed)
    expected, actual = (_run(engine, image, guidance) for engine in (upscaler.model.engine, OnnxEngine.load(path)))
    np.testing.assert_allclose(actual, expected, atol=1e-3)
    np.testing.assert_allclose(actual, expected, atol=1e-5)  # what is reached


@pytest.mark.parametrize("shape", SHAPES)
def test_t8_the_baked_graph_agrees_with_torch(baked, shape):
    upscaler, path = baked
    image = np.random.default_rng(0).random((1, 3, *shape), np.float32)
    guidance = embed_clauses(read_prompt("denoise:1, warmer:0.5", 1.0, "grain"), upscaler.model.sentences.embed)
    expected = _run(upscaler.model.engine, image, guidance)
    np.testing.assert_allclose(_run(OnnxEngine.load(path), image, None), expected, atol=1e-5)


def test_the_baked_graph_needs_nothing_but_an_image(baked):
    import onnxruntime

    upscaler, path = baked
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["image"]
    image = np.random.default_rng(0).random((1, 3, 30, 40), np.float32)
    guidance = embed_clauses(read_prompt("denoise:1, warmer:0.5", 1.0, "grain"), upscaler.model.sentences.embed)
    expected = _run(upscaler.model.engine, image, guidance)
    np.testing.assert_allclose(session.run(None, {"image": image})[0], expected, atol=1e-5)
    assert path.stat().st_size < 300_000, "the text tower stays out"


def test_the_file_explains_itself_and_any_runtime_loads_it_without_a_warning(exported, baked, capfd):
    import onnx
    import onnxruntime

    for path, inputs in ((exported[1], ["image", "texts", "weights", "negative"]), (baked[1], ["image"])):
        model = onnx.load(path)
        assert model.ir_version == 8
        assert [each.name for each in model.graph.input] == inputs
        assert all(each.doc_string for each in (*model.graph.input, *model.graph.output))
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        axes = {each.name: each.shape for each in (*session.get_inputs(), *session.get_outputs())}
        assert axes["image"] == [1, 3, "height", "width"]
        assert axes["result"] == [1, 3, "4*height", "4*width"]
        assert all(axes[name][0] == "clauses" for name in inputs[1:])
    assert capfd.readouterr().err == ""


def test_tiled_equals_whole_and_torch_through_the_upscaler(exported, baked, photo):
    upscaler, path = exported
    onnx = Upscaler(upscaler.model._replace(engine=OnnxEngine.load(path)))
    expected = upscaler(photo, "warmer").array.astype(int)
    for tile in ("off", 32):
        assert np.abs(onnx(photo, "warmer", tile=tile).array - expected).max() <= 1
    fixed = Upscaler.from_pretrained(baked[1])
    assert np.abs(fixed(photo, tile=32).array.astype(int) - fixed(photo, tile="off").array).max() <= 1
    assert "'denoise:1, warmer:0.5' baked in" in fixed(photo, "sepia").notes[0]


def test_the_file_knows_what_a_sentence_asks_for(photo, tmp_path):
    sentences = RandomSentences()
    texts = sentences.embed([f"wish {number}" for number in range(40)])
    generator = make_generator()
    with torch.no_grad():  # random weights ask for something always: half of the sentences are to stay below the limit
        amounts = generator.intent(torch.from_numpy(texts)).amax(dim=1)
        middle = amounts.sort().values[19:21].mean()  # between two: on one itself rounding would decide
        generator.intent_head.bias += NOT_UNDERSTOOD_BELOW - middle
    upscaler = Upscaler.from_generator(generator, sentences)
    path = export_onnx(upscaler, tmp_path / "any.onnx")
    onnx = Upscaler(upscaler.model._replace(engine=OnnxEngine.load(path)))
    expected = upscaler.model.engine.recognises_prompt(texts)
    assert set(expected) == {True, False}
    assert onnx.model.engine.recognises_prompt(texts) == expected
    for number in (expected.index(True), expected.index(False)):
        assert onnx(photo, f"wish {number}").notes == upscaler(photo, f"wish {number}").notes


def test_no_torch_and_no_transformers_are_imported(exported, baked, photo, tmp_path):
    np.save(tmp_path / "photo.npy", photo)
    code = """
import sys, numpy
from srgan_prompt.inference.upscaler import Upscaler
image = numpy.load(sys.argv[1])
Upscaler.from_pretrained(sys.argv[2])(image)
Upscaler.from_pretrained(sys.argv[3])(image, "remove the noise:0.5, make it warmer").save(sys.argv[4])
heavy = {"torch", "transformers", "kornia", "accelerate", "datasets", "scipy"} & set(sys.modules)
assert not heavy, heavy
"""
    files = [tmp_path / "photo.npy", baked[1], exported[1], tmp_path / "out.png"]
    subprocess.run([sys.executable, "-c", code, *map(str, files)], check=True, timeout=60)
    assert (tmp_path / "out.png").stat().st_size > 1000


def test_files_that_are_not_ours_are_refused(tmp_path, exported):
    import onnx

    (tmp_path / "text.onnx").write_text("hello")
    (tmp_path / "cut.onnx").write_bytes(exported[1].read_bytes()[:5000])
    model = onnx.load(exported[1])
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "foreign.onnx")
    for name in ("missing", "text", "cut", "foreign"):
        with pytest.raises(ModelError, match=name):
            OnnxEngine.load(tmp_path / f"{name}.onnx")


def test_impossible_exports_are_refused(exported, tmp_path):
    upscaler, path = exported
    with pytest.raises(UsageError, match="bake"):
        export_onnx(upscaler, tmp_path / "a.onnx", "warmer")
    with pytest.raises(UsageError, match="fp64"):
        export_onnx(upscaler, tmp_path / "a.onnx", precision="fp64")
    with pytest.raises(UsageError, match="no torch model"):
        export_onnx(Upscaler.from_pretrained(path), tmp_path / "a.onnx")
    with pytest.raises(UsageError, match="no torch model"):
        Upscaler.from_pretrained(path).save_pretrained(tmp_path / "folder")


def test_an_export_that_cannot_be_written_is_one_sentence(module_upscaler, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        export_onnx(module_upscaler, tmp_path / "file" / "a.onnx", "", bake=True)


def _run(engine, image, guidance):
    return engine.run(image, guidance, engine.global_features(image))


def test_no_path_of_the_machine_is_in_the_file(exported):
    assert b"site-packages" not in (content := exported[1].read_bytes())
    assert str(Path(__file__).parents[2]).encode() not in content
