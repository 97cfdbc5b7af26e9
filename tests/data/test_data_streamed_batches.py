"""Streamed photos: the same batches for any number of processes, no photo read by two, and a place in the middle of a
shard is found again.
"""

import itertools
import json

import numpy as np
import pytest
import torch
from photo_makers import drawn, write_photos

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.images import shard_schema, write_shard
from srgan_prompt.data.prepare import prepare
from srgan_prompt.data.selection import Limits
from srgan_prompt.data.streamed_batches import StreamedBatches, merged, open_stream
from srgan_prompt.errors import ConfigError, DataError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import plain_request

NUM_PHOTOS = 44  # in 8 shards of 5 or 6


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    photos = write_photos(folder / "photos", range(NUM_PHOTOS))
    prepare([photos], folder / "shards", Limits(min_side_px=48), num_shards=8)
    return folder / "shards"


def config_of(shards, **data):
    values = {"patch_px": 8, "margin_px": 4, "batch_images": 8, "folder": shards, "streaming": True, **data}
    return TrainConfig.model_validate({"data": values})


def stream_of(shards, said=None, **data):
    return open_stream(config_of(shards, **data), (said if said is not None else []).append)


def numbers(images):
    """Which ``drawn`` photos they are."""
    assert all(np.array_equal(image, drawn(int(image[0, 0, 2]))) for image in images)
    return [int(image[0, 0, 2]) for image in images]


def test_each_epoch_has_every_photo_once(shards):
    stream, steps = stream_of(shards), itertools.count()  # 4 images a batch, of 4 lanes of 11 photos in 2 shards
    for _ in range(2):
        epoch = [number for _ in range(NUM_PHOTOS // 4) for number in numbers(stream.images(next(steps)))]
        assert sorted(epoch) == list(range(NUM_PHOTOS))


@pytest.mark.parametrize("num_ranks", [2, 4])
def test_processes_read_the_same_batches_and_no_photo_in_common(shards, num_ranks):
    whole, parts = stream_of(shards), [stream_of(shards) for _ in range(num_ranks)]
    read_by = [set() for _ in parts]
    for step in range(12):
        shares = [numbers(part.images(step, rank, num_ranks)) for rank, part in enumerate(parts)]
        assert list(itertools.chain(*shares)) == numbers(whole.images(step))
        for mine, share in zip(read_by, shares, strict=True):
            mine.update(share)
    assert sum(map(len, read_by)) == len(set.union(*read_by)) > NUM_PHOTOS / 2


@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 1), (1, 2), (2, 4)])
@pytest.mark.parametrize("step", [1, 7, 15])  # within the first shard, the second, the second round
def test_a_place_is_found_again_by_any_number_of_processes(shards, before, after, step):
    whole = stream_of(shards)
    wanted = [numbers(whole.images(number)) for number in range(step + 3)]
    first = [stream_of(shards) for _ in range(before)]
    for number in range(step):
        for rank, stream in enumerate(first):
            stream.images(number, rank, before)
    place = json.loads(json.dumps(merged([stream.place() for stream in first])))
    second = [stream_of(shards) for _ in range(after)]
    for stream in second:
        stream.go_to(place)
    for number in range(step, step + 3):
        shares = [numbers(each.images(number, rank, after)) for rank, each in enumerate(second)]
        assert list(itertools.chain(*shares)) == wanted[number]


def test_a_run_that_is_stopped_after_every_batch_misses_nothing(shards):
    whole, stream = stream_of(shards), stream_of(shards)
    for number in range(3 * NUM_PHOTOS // 4):
        assert numbers(stream.images(number)) == numbers(whole.images(number)), number
        place = json.loads(json.dumps(stream.place()))
        stream = stream_of(shards)
        stream.go_to(place)


def test_from_the_beginning_again(shards):
    """As between the stage on sentences, for which every process makes whole batches, and the first step."""
    stream = stream_of(shards)
    first = numbers(stream.images(0))
    stream.images(1)
    assert numbers(stream.images(0)) == first
    assert numbers(stream.images(0, 1, 2)) == first[2:]


def test_a_place_of_other_lanes_is_no_place(shards):
    stream, other, said = stream_of(shards), stream_of(shards, batch_images=16), []
    other.images(0)
    stream = stream_of(shards, said)
    stream.go_to(other.place())
    assert "read from the beginning" in said[0]
    assert numbers(stream.images(5)) == numbers(stream_of(shards).images(0))


def test_shards_that_cannot_be_shared_out_are_refused(shards):
    with pytest.raises(ConfigError, match="8 shards cannot be shared by 3 processes"):
        stream_of(shards, batch_images=24).images(0, 0, 3)


def test_batches_are_those_of_one_process(shards):
    asked = [plain_request("grayscale"), plain_request("crisp"), plain_request("restore")]

    def make():
        config = config_of(shards)
        bank = PromptBank(torch.eye(len(asked)), as_tensors(asked))
        return StreamedBatches(open_stream(config, print), bank, config, torch.device("cpu"))

    whole, parts = make(), [make() for _ in range(2)]
    for step in range(3):
        one, shares = whole(step), [part(step, rank, 2) for rank, part in enumerate(parts)]
        for name in ("lr", "target", "text", "wrong_text", "crisp"):
            assert torch.equal(getattr(one, name), torch.cat([getattr(share, name) for share in shares])), name
    assert not torch.equal(make()(0).lr, whole(3).lr)


def bad_shards(folder, images):
    rows = [{"image": {"bytes": content, "path": f"{number}.png"}} for number, content in enumerate(images)]
    write_shard(folder / "a.parquet", rows, shard_schema(()), "")
    return folder


def content_of(folder, number, side_px=64):
    return (write_photos(folder, range(number, number + 1), side_px) / f"{number:03}.png").read_bytes()


def test_bad_images_are_named_and_passed_over(tmp_path):
    good = [content_of(tmp_path / "photos", number) for number in range(3)]
    small = content_of(tmp_path / "small", 9, side_px=16)
    said = []
    stream = stream_of(bad_shards(tmp_path / "shards", [good[0], b"no", good[1], small, None, good[2]]), said)
    assert numbers(stream.images(0)) == [0, 1, 2, 0]
    assert [line.split(":")[1].strip() for line in said] == ["1.png", "3.png", "4.png"]
    assert "16x16 px is smaller than the 48 px that are needed" in said[1]
    place = stream.place()
    again = stream_of(tmp_path / "shards")
    again.go_to(place)
    assert numbers(again.images(1)) == numbers(stream.images(1)) == [1, 2, 0, 1]


def test_too_many_bad_images_end_the_run(tmp_path):
    shards = bad_shards(tmp_path, [content_of(tmp_path / "photos", 0), *[b"no"] * 4])
    stream = stream_of(shards)
    with pytest.raises(DataError, match="11 of 14 images cannot be used; the last: "):
        list(map(stream.images, range(9)))
    with pytest.raises(DataError, match="100 images in turn cannot be used"):
        stream_of(bad_shards(tmp_path, [b"no"]), max_bad_share=1.0).images(0)


def test_what_cannot_be_streamed_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"needs data\.folder with parquet shards, or data\.dataset"):
        stream_of(None)
    with pytest.raises(DataError, match="holds no parquet shards to stream"):
        stream_of(write_photos(tmp_path / "photos", range(1)))
    (tmp_path / "photos/a.parquet").write_bytes(b"nonsense")
    with pytest.raises(DataError, match="the data set cannot be opened"):
        stream_of(tmp_path / "photos")
    write_shard(tmp_path / "text/a.parquet", [{"name": "x"}], shard_schema(["name"]).remove(0), "")
    with pytest.raises(DataError, match="has no column 'image'; its columns are name"):
        stream_of(tmp_path / "text")
    write_shard(tmp_path / "empty/a.parquet", [], shard_schema(()), "")
    with pytest.raises(DataError, match="a shard holds no rows"):
        stream_of(tmp_path / "empty").images(0)


def test_a_pattern_stands_for_shards(shards):
    stream = stream_of(shards / "photos-0000[0-3]-*.parquet")
    assert stream.num_shards == 4
