"""The drawing of the house, checked: who may import whom, how long a file may be, what an import may load."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "srgan_prompt"
FILES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 300

LIGHT_ROOMS = ("inference", "evaluation", "cli")
TRAINING_ONLY = ("accelerate", "kornia", "datasets")

IMPORT_WITHOUT = """
import importlib, pkgutil, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name + " is blocked", name=name)

sys.meta_path.insert(0, Blocker())
for room in {rooms!r}:
    package = importlib.import_module("srgan_prompt." + room)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""


def run(*command: str) -> str:
    """What ``command``, run from the root with this interpreter's Python path, prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def modules_after(statement: str) -> set[str]:
    return set(run("-c", f"{statement}\nimport sys; print(*sys.modules)").split())


def test_the_rooms_are_layered():
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    assert "0 broken" in run("-c", program, "--config", "setup.cfg", "--no-cache")


def imported_modules(path: Path) -> set[str]:
    """The top-level names of what the file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_recipes_import_the_package_and_never_each_other():
    scripts = sorted((ROOT / "recipes").rglob("*.py"))
    names = {path.stem for path in scripts} | {"", "recipes"}
    assert {path.name: found for path in scripts if (found := imported_modules(path) & names)} == {}


def test_one_psnr_and_one_luma():
    """PSNR is made in ``evaluation.metrics``, and the weights of luma are written down once for floats."""
    texts = {path: path.read_text(encoding="utf-8") for path in FILES}
    assert [path.name for path, text in texts.items() if "log10" in text] == ["metrics.py"]
    assert [path.name for path, text in texts.items() if "0.587" in text] == ["pixels.py"]


def test_files_are_short():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


def test_every_module_says_what_it_is_for():
    silent = [path.name for path in FILES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def public_functions(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Functions, methods and classes whose names, and whose classes' names, begin with no underscore."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public_functions(child, f"{prefix}{child.name}.")


def test_every_public_function_says_what_it_does():
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    found = [(path, name, each) for path, tree in trees.items() for name, each in public_functions(tree)]
    assert len(found) > 500, "the search works"
    silent = [f"{path.relative_to(PACKAGE)}: {name}" for path, name, each in found if not ast.get_docstring(each)]
    assert silent == []


def test_rooms_are_a_docstring_and_nothing_else():
    for path in PACKAGE.glob("*/**/__init__.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        assert [type(statement) for statement in statements] == [ast.Expr], path.parent.name


def test_every_folder_of_code_is_a_room():
    assert [folder for folder in {path.parent for path in FILES} if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "NotImplemented"])
def test_nothing_is_left_for_later(word):
    assert [path.name for path in FILES if word in path.read_text(encoding="utf-8")] == []


def test_importing_the_package_loads_nothing_heavy():
    loaded = modules_after("import srgan_prompt")
    assert not loaded & {"torch", "transformers", "numpy", "PIL", "pydantic", "kornia", "huggingface_hub"}


def test_the_image_rooms_know_no_torch():
    names = ", ".join(f"srgan_prompt.images.{path.stem}" for path in (PACKAGE / "images").glob("[a-z]*.py"))
    assert "torch" not in modules_after(f"import {names}, srgan_prompt.inference.tiling")


def test_upscaling_and_measuring_run_without_the_training_stack():
    program = IMPORT_WITHOUT.format(blocked=TRAINING_ONLY, rooms=LIGHT_ROOMS)
    loaded = modules_after(program)
    assert not loaded & set(TRAINING_ONLY)
    assert {f"srgan_prompt.{room}" for room in LIGHT_ROOMS} <= loaded


def test_the_annotated_shapes_are_those_that_flow():
    """Beartype checks every shape in a process of its own: torch.export, which other tests call, cannot trace it."""
    rooms = ("models", "losses", "operators", "evaluation.confusion")
    packages = ",".join([f"srgan_prompt.{room}" for room in rooms] + ["beartype.beartype"])
    tests = ("tests/models", "tests/losses", "tests/operators")
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--jaxtyping-packages={packages}", *tests)
    assert " passed" in done.splitlines()[-1]


@pytest.mark.parametrize(
    ("pattern", "home"),
    {
        r"0\.587": "images/image.py",  # the luma of BT.601
        r"np\.log10": "evaluation/metrics.py",  # PSNR
        r"mul\(255\)": "operators/corruptions.py",  # tensors to 8 bits
        r"os\.fsync": "files.py",  # files written whole
        r'/ "weights"': "files.py",  # where what ships lies
        r'"prompts\.safetensors"': "prompts/embeddings.py",  # the shipped vectors
        r"\bTrainer\(\w": "training/build.py",  # what a run is assembled of
        r"def resolve_model": "checkpoints/model.py",
    }.items(),
)
def test_there_is_one_of_each(pattern, home):
    sources = [*FILES, *sorted((ROOT / "recipes").glob("*.py"))]
    assert [path for path in sources if re.search(pattern, path.read_text(encoding="utf-8"))] == [PACKAGE / home]


def test_no_test_patches_an_internal_name():
    """A dotted name in a string, or a private one: such a test breaks when code moves, though nothing else does."""
    patched = re.compile(r"setattr\(\s*(?:[\"']srgan_prompt|\w+,\s*[\"']_(?!_))")
    assert not [path.name for path in (ROOT / "tests").rglob("*.py") if patched.search(path.read_text("utf-8"))]
