import io
import runpy
import sys
from pathlib import Path

import datasets
import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.config import DataConfig, PromptConfig, TrainConfig
from srgan_prompt.data.instruct_pix2pix import Pix2PixBatches, StreamedRows, open_edit_triplets
from srgan_prompt.errors import ConfigError, DataError
from srgan_prompt.operators.filters import down
from srgan_prompt.prompts.encoder import TextEncoder

RECIPE = Path(__file__).parents[2] / "recipes/train_gan.py"
CONFIG = RECIPE.parent / "configs/instructpix2pix.yaml"
DATA = DataConfig(patch_px=8, batch_images=4, max_bad_share=0)
ALL_ASKED = PromptConfig(empty_share=0)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Arrow copies of the rows go where the test's files are."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


def png(rgb: np.ndarray) -> dict:
    content = io.BytesIO()
    Image.fromarray(rgb).save(content, format="PNG")
    return {"bytes": content.getvalue(), "path": None}


def make_row(number: int, side_px: int = 40) -> dict:
    """A smooth image whose blue says which row it is; its edit is the negative."""
    rows, columns = np.mgrid[:side_px, :side_px]
    rgb = np.stack([4 * rows, 4 * columns, np.full_like(rows, 10 * number)], axis=-1).astype(np.uint8)
    return {"original_image": png(rgb), "edit_prompt": f"negative number {number}", "edited_image": png(255 - rgb)}


def write(path: Path, rows: list[dict]) -> Path:
    features = datasets.Features(
        original_image=datasets.Image(), edit_prompt=datasets.Value("string"), edited_image=datasets.Image()
    )
    datasets.Dataset.from_list(rows, features=features).to_parquet(path)
    return path


@pytest.fixture
def parquet(tmp_path):
    return write(tmp_path / "rows.parquet", [make_row(number) for number in range(12)])


def make_batches(path, *, streaming=False, data=DATA, prompts=ALL_ASKED, encode=None, rows_per_block=6):
    rows = open_edit_triplets(str(path), streaming=False)
    if streaming:
        stream = datasets.load_dataset("parquet", data_files=[str(path)], split="train", streaming=True)
        for column in ("original_image", "edited_image"):
            stream = stream.cast_column(column, datasets.Image(decode=False))
        rows = StreamedRows(stream, str(path), rows_per_block)
    encode = encode or TextEncoder.tiny().encode
    return Pix2PixBatches(rows, encode, TrainConfig(data=data, prompts=prompts, seed=3), torch.device("cpu"))


def row_numbers(batch):
    """Which rows a batch shows, by their blue."""
    return batch.lr[:, 2].mean(dim=(1, 2)).mul(25.5).round().int().tolist()


@pytest.mark.parametrize("streaming", [False, True])
def test_a_batch_holds_originals_and_their_edits(parquet, streaming):
    said = []
    batch = make_batches(parquet, streaming=streaming, encode=lambda prompts: said.extend(prompts) or torch.eye(4))(0)
    assert batch.lr.shape == (4, 3, 8, 8)
    assert batch.target.shape == (4, 3, 32, 32)
    # the edit is the negative, and crop and flips are shared
    assert (down(1 - batch.target, 4) - batch.lr).abs().max() < 2 / 255
    assert said == [f"negative number {number}" for number in row_numbers(batch)]
    assert batch.crisp.tolist() == [1, 1, 1, 1]
    assert torch.equal(batch.wrong_text, batch.text.roll(-1, 0))


def test_the_wrong_sentence_never_says_the_same(parquet):
    words = iter(torch.eye(2)[[0, 0, 1, 0]])
    batch = make_batches(parquet, encode=lambda prompts: torch.stack([next(words) for _ in prompts]))(0)
    assert batch.wrong_text.argmax(dim=1).tolist() == [1, 1, 0, 1]


@pytest.mark.parametrize("streaming", [False, True])
def test_every_row_is_seen_once_before_any_is_seen_again(parquet, streaming):
    batches = make_batches(parquet, streaming=streaming)
    seen = [number for step in range(6) for number in row_numbers(batches(step))]
    assert sorted(seen[:12]) == sorted(seen[12:]) == list(range(12))
    assert seen[:12] != seen[12:]
    if streaming:
        assert sorted(seen[:6]) == list(range(6))


@pytest.mark.parametrize("streaming", [False, True])
def test_a_resumed_run_sees_what_the_first_one_would_have(parquet, streaming):
    whole = make_batches(parquet, streaming=streaming)
    batches = [whole(step) for step in range(8)]
    resumed = make_batches(parquet, streaming=streaming)(7)
    assert all(torch.equal(getattr(resumed, name), getattr(batches[7], name)) for name in ("lr", "target", "text"))


def test_ranks_share_the_batch_of_one_process(parquet):
    whole = make_batches(parquet)(2)
    halves = [make_batches(parquet)(2, rank, 2) for rank in range(2)]
    assert torch.equal(torch.cat([half.lr for half in halves]), whole.lr)


def test_a_batch_that_cannot_be_shared_is_refused(parquet):
    with pytest.raises(ConfigError, match=r"data\.batch_images must be a multiple of the 3 processes"):
        make_batches(parquet)(0, 1, 3)


def test_the_empty_prompt_asks_for_the_original(parquet):
    batch = make_batches(parquet, prompts=PromptConfig(empty_share=1))(0)
    assert not batch.text.any()
    assert not batch.crisp.any()
    assert (down(batch.target, 4) - batch.lr).abs().max() < 2 / 255


def test_images_can_be_shrunk_into_the_patch(parquet):
    batch = make_batches(parquet, data=DATA.model_copy(update={"fit": "resize"}))(0)
    assert (down(1 - batch.target, 4) - batch.lr).abs().max() < 2 / 255


BROKEN = {
    "cannot be decoded|not a PNG": {"original_image": {"bytes": b"no image", "path": None}},
    "edited_image is missing": {"edited_image": None},
    "edit_prompt is missing": {"edit_prompt": None},
    "smaller than a 32 px patch": make_row(1, side_px=20),
    "differ in size": {"edited_image": make_row(1, side_px=44)["edited_image"]},
}


@pytest.mark.parametrize(("reason", "broken"), BROKEN.items())
def test_unusable_rows_are_skipped_and_counted_once(tmp_path, reason, broken):
    rows = [make_row(number) for number in range(12)]
    rows[5] |= broken
    path = write(tmp_path / "rows.parquet", rows)
    tolerant = make_batches(path, data=DATA.model_copy(update={"max_bad_share": 0.1}))
    seen = [number for step in range(6) for number in row_numbers(tolerant(step))]
    assert set(seen) == set(range(12)) - {5}
    assert list(tolerant.skipped) == [5]
    with pytest.raises(DataError, match=f"1 of 12 InstructPix2Pix rows cannot be used; the last: row 5: .*({reason})"):
        [make_batches(path)(step) for step in range(3)]


def test_rows_of_which_none_is_usable_end_the_search(tmp_path):
    path = write(tmp_path / "rows.parquet", [make_row(number, side_px=20) for number in range(3)])
    with pytest.raises(DataError, match="100 InstructPix2Pix rows in turn cannot be used"):
        make_batches(path, data=DATA.model_copy(update={"max_bad_share": 1}))(0)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_folder_of_parquet_files_is_one_data_set(tmp_path, streaming):
    folder = tmp_path / "rows"
    folder.mkdir()
    write(folder / "a.parquet", [make_row(0)])
    write(folder / "b.parquet", [make_row(1)])
    rows = open_edit_triplets(str(folder), streaming=streaming)
    assert [row["edit_prompt"] for row in list(rows.block(0))[:2]] == ["negative number 0", "negative number 1"]


@pytest.mark.parametrize("streaming", [False, True])
def test_sources_that_do_not_serve(tmp_path, streaming):
    with pytest.raises(DataError, match=r"absent\.parquet: cannot be read as rows"):
        open_edit_triplets(str(tmp_path / "absent.parquet"), streaming=streaming)
    with pytest.raises(DataError, match="holds no parquet files"):
        open_edit_triplets(str(tmp_path), streaming=streaming)
    datasets.Dataset.from_list([{"image": 1}]).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(DataError, match="has no column 'original_image'"):
        open_edit_triplets(str(tmp_path / "other.parquet"), streaming=streaming)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(DataError, match=r"broken\.parquet: cannot be read as rows"):
        open_edit_triplets(str(tmp_path / "broken.parquet"), streaming=streaming)


@pytest.mark.parametrize("streaming", [False, True])
def test_the_recipe_trains_on_rows(parquet, tmp_path, monkeypatch, streaming):
    flags = f"""--config {CONFIG} --data.instruct-pix2pix {parquet} --data.{"" if streaming else "no-"}streaming
        --run {tmp_path / "run"} --pixel-steps 2 --gan-steps 1 --ramp-steps 1 --validate-every-steps 9
        --prompts.encoder tiny --prompts.num-wordings 16 --loss.perceptual-weight 0 --loss.intent-sentences 4
        --data.patch-px 8 --data.batch-images 2 --validation-images 1
        --generator.channels 8 --generator.num-blocks 2 --generator.compose-after 1 --generator.text-dim 32
        --generator.text-channels 8 --discriminator.channels 8 --discriminator.num-strides 2
        """
    monkeypatch.setattr(sys, "argv", ["train_gan.py", *flags.split()])
    runpy.run_path(str(RECIPE), run_name="__main__")
    checkpoint = load_newest(tmp_path / "run/checkpoints")
    assert checkpoint.documents["progress"]["step"] == 3
