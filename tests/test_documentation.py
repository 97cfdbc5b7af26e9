"""What README and docs name exists: files, settings, functions, links, and the figures of the shipped weights."""

import json
import re
import tomllib

import pytest
import yaml
from documented import PAGES, ROOT, backticked, listings

from srgan_prompt.config import TrainConfig, parse
from srgan_prompt.evaluation.plot import read_published

PACKAGE = ROOT / "srgan_prompt"
FOLDERS = ("srgan_prompt/", "recipes/", "tests/", "docs/", "examples/", "howto/")
ROOMS = tuple(f"{each.name}/" for each in PACKAGE.iterdir() if each.is_dir())
NOT_OURS = {  # names of other projects, and of what a user has or makes
    *("bert-base-uncased", "trust_remote_code", "ACCELERATE_USE_CPU", "torch.load", "channels_last"),
    *("image_SRF_4", "img_001_SRF_4_LR.png", "img_001_SRF_4_HR.png"),
}
SOURCES = [
    *(path for folder in ("srgan_prompt", "recipes", "tests") for path in (ROOT / folder).rglob("*.py")),
    *(ROOT / "recipes/configs").glob("*.yaml"),
    *(PACKAGE / "grammar/phrases").glob("*.yaml"),
    ROOT / "setup.cfg",
    ROOT / "pyproject.toml",
    ROOT / "docs/reference/cli.txt",
]
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\(\))?")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")


def in_listings(page):
    """Every word of a page's own listings: what it adds as an example is not ours yet."""
    return set(re.findall(r"\w+", "\n".join(listings(page))))


@pytest.fixture(scope="module")
def words():
    """Every word of our sources."""
    return set(re.findall(r"\w+", "\n".join(path.read_text("utf-8") for path in SOURCES)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_in_backticks_exist(page, words):
    for name in sorted(backticked(page) - NOT_OURS):
        looks_like_code = "_" in name.strip("_") or re.search(r"[a-z][A-Z]", name)
        if NAME.fullmatch(name) and looks_like_code:
            assert set(name.removesuffix("()").split(".")) <= words | in_listings(page) | {"md", "txt"}, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_in_backticks_exist(page):
    for name in backticked(page):
        if re.fullmatch(r"[\w./-]+", name) and name.startswith(FOLDERS):
            assert (ROOT / name).exists(), name
        elif re.fullmatch(r"[\w./-]+\.(py|yaml)", name) and name.startswith(ROOMS):
            assert (PACKAGE / name).exists() or (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_in_backticks_exist(page):
    for name in backticked(page):
        match = re.fullmatch(r"(?:--)?(\w+)\.([\w-]+)(?:[: ].*)?", name)
        field = TrainConfig.model_fields.get(match[1]) if match else None
        if field is None or match[2] in ("py", "md"):
            continue
        fields = field.annotation.model_fields
        setting = match[2].replace("-", "_")
        assert {setting, setting.removeprefix("no_")} & {*fields, *in_listings(page)}, name


@pytest.mark.parametrize(
    "page", [ROOT / "docs/howto/train.md", ROOT / "docs/training-log.md"], ids=lambda page: page.stem
)
def test_yaml_of_a_run_is_a_config(page):
    configs = [parse(TrainConfig, yaml.safe_load(listing), str(page)) for listing in listings(page, "yaml")]
    assert configs


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_benchmark_pages_print_the_figures_of_the_shipped_weights():
    sets = json.loads((PACKAGE / "weights/x4/benchmark.json").read_text("utf-8"))["sets"]
    name_of = {
        "bicubic": "bicubic",
        "ours, empty prompt": 'ours ""',
        'ours, "natural detail"': 'ours "natural detail"',
        "ours, default request": 'ours "remove noise and artefacts, natural detail"',
    }
    for page, num_rows in ((ROOT / "README.md", 3), (ROOT / "docs/explanation/benchmark.md", 12)):
        rows = re.findall(
            r"^\| (Set5|Set14|BSD100), (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", page.read_text("utf-8"), re.M
        )
        assert len(rows) == num_rows
        for data, method, *figures in rows:
            mean = sets[data]["methods"][name_of[method]]["mean"]
            assert figures == [f"{mean[key]:.4g}" for key in ("psnr_y_db", "ssim_y", "lpips")]


def test_the_page_on_damaged_photos_prints_the_figures_beside_it():
    page = ROOT / "docs/explanation/damaged.md"
    sets = json.loads(page.with_suffix(".json").read_text("utf-8"))["sets"]
    expected = []
    for first, digits, second in (("psnr_rgb_db", 2, "lpips"), ("lpips_vgg", 3, "dists")):
        for name, rows in sets.items():
            means = {method: row["mean"] for method, row in rows["methods"].items()}
            ours = [means[method] for method in means if method.startswith("x4")]
            others = [means[f"{peer}.param"] for peer in ("realesr-animevideov3-x4", "realesrgan-x4plus")]
            cells = [f"{mean[first]:.{digits}f}, {mean[second]:.3f}" for mean in (means["bicubic"], *others, *ours)]
            if len(ours) == 2:  # nothing matches where nothing is damaged
                cells.insert(-1, "-")
            expected.append(f"| {name.split(', ')[1]} | {' | '.join(cells)} |")
    printed = re.findall(r"^\| (?!damage).*\d.* \|$", page.read_text("utf-8"), re.M)
    assert printed == expected


def test_the_benchmark_page_prints_the_figures_of_other_scales_beside_it():
    def cell(mean, psnr):
        return f"{mean[psnr]:.2f}, {mean['lpips']:.4f}"

    expected = []
    for scale in (2, 3):
        sets = json.loads((ROOT / f"docs/explanation/scales_x{scale}.json").read_text("utf-8"))["sets"]
        for name, rows in sets.items():
            methods = [
                "bicubic",
                *(f"{model} {prompt}" for prompt in ('""', '"natural detail"') for model in ("x4", "x4.onnx")),
            ]
            cells = [cell(rows["methods"][method]["mean"], "psnr_y_db") for method in methods]
            expected.append(f"| x{scale}, {name} | {' | '.join(cells)} |")
    for name, rows in json.loads((ROOT / "docs/explanation/scales_x1.json").read_text("utf-8"))["sets"].items():
        means = {method: row["mean"] for method, row in rows["methods"].items() if not method.endswith('""')}
        by_model = [
            [means[method] for method in means if re.match(rf"{model}[ ,]", method)] for model in ("x4", r"x4\.onnx")
        ]
        pairs = list(zip(*by_model, strict=True))  # of the matching request, where there is one, and of the default one
        cells = [cell(mean, "psnr_rgb_db") for pair in pairs for mean in pair]
        if len(pairs) == 1:  # undamaged: equal to the original as it is, and nothing matches
            cells = ["-", "-", "-", *cells]
        else:
            cells.insert(0, cell(means["bicubic"], "psnr_rgb_db"))
        expected.append(f"| x1, {name.split(', ')[1]} | {' | '.join(cells)} |")
    page = (ROOT / "docs/explanation/benchmark.md").read_text("utf-8")
    assert re.findall(r"^\| x[123], .* \|$", page, re.M) == expected


def test_the_benchmark_page_prints_what_others_published():
    published = read_published()
    rows = re.findall(
        r"^\| (\w+) \| ([\d., |]+) \|$", (ROOT / "docs/explanation/benchmark.md").read_text("utf-8"), re.M
    )
    printed = {method: [tuple(map(float, cell.split(", "))) for cell in cells.split(" | ")] for method, cells in rows}
    assert printed == {name: [methods[name] for methods in published.values()] for name in published["Set5"]}


def test_the_audit_page_prints_rows_of_the_model_card():
    rows = re.findall(r"^\| .* \|$", (ROOT / "docs/explanation/audit.md").read_text("utf-8"), re.MULTILINE)
    card = (PACKAGE / "weights/x4/README.md").read_text("utf-8")
    figures = [row for row in rows if not row.startswith(("| figure", "| ---"))]
    assert len(figures) > 20
    assert [row for row in figures if row not in card] == []
    reached = sum(row.endswith("| yes |") for row in figures)
    assert f"{reached} of the {len(figures)} figures" in (ROOT / "README.md").read_text("utf-8")


def test_the_citation_names_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
