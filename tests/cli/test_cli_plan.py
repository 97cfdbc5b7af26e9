"""``plan``: sums that can be checked by hand, for upscaling and training."""

import pytest


def test_upscaling_a_million_images(command):
    done = command("plan", "--images", "1e6", "--gpus", "8", "--size", "1024", "--price", "2.5")
    assert done.code == 0, done.err
    assert "1e+06 images, 1024 x 1024 px to 4096 x 4096 px, 8 x H100 SXM (data sheet), bf16" in done.out
    assert "50.3 MB an image uncompressed, 50.3 TB in all" in done.out
    for word in ("TFLOP an image", "GPU-hours", "at 2.5 an hour", "cores keep up"):
        assert word in done.out


def test_twice_the_gpus_take_half_the_time_and_cost_the_same(command):
    one, two = (command("plan", "--gpus", gpus, "--images", "1e8").out for gpus in (8, 16))
    (first, first_cost), (second, second_cost) = (
        next(line for line in text.splitlines() if " GPU-hours" in line).split("GPUs,") for text in (one, two)
    )
    assert first_cost == second_cost
    hours = [float(each.split()[1]) for each in (first, second)]
    assert hours[0] == pytest.approx(2 * hours[1], rel=0.02)


def test_training_and_another_gpu(command):
    done = command(
        "plan", "--images", "313000", "--epochs", "2", "--batch", "16", "--tflops", "312", "--bandwidth", "2"
    )
    assert done.code == 0, done.err
    assert "8 x GPU of 312 TFLOP/s and 2 TB/s" in done.out
    assert "4.89e+03, all losses in each" in done.out


@pytest.mark.parametrize("flags", [("--gpus", "0"), ("--images", "many"), ("--size", "1.5"), ("--price", "-1")])
def test_impossible_numbers_are_refused(command, flags):
    done = command("plan", *flags)
    assert done.code == 2
    assert flags[1] in done.err
