"""Means and their intervals; figures of several seeds, kept between starts and averaged."""

import numpy as np
import pytest

from srgan_prompt.evaluation.statistics import (
    SeededRuns,
    estimate,
    estimate_grid,
    estimate_share,
    seeded_table,
    spearman,
)


def test_interval_of_a_normal_sample():
    values = np.random.default_rng(0).normal(5, 2, 400)
    found = estimate(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)


def test_values_drawn_together_are_less_certain():
    image = np.repeat(np.arange(5), 20)
    values = image + np.random.default_rng(0).normal(0, 0.1, 100)
    alone, together, both = (estimate(values, *units) for units in ((), (image,), (image, np.arange(100))))
    assert alone.high - alone.low < 0.7 < together.high - together.low <= both.high - both.low + 0.05


def test_a_grid_draws_images_and_columns_where_these_are_a_sample():
    values = np.arange(4.0)[:, None] + 10 * np.arange(6.0)
    every, sample = estimate_grid(values), estimate_grid(values, columns_are_sample=True)
    assert every == estimate(values.ravel(), np.repeat(np.arange(4), 6))
    assert every.mean == sample.mean == 26.5
    assert every.high - every.low < 3 < sample.high - sample.low


def test_wilsons_interval_is_wide_even_without_a_miss():
    none, half, full = (estimate_share(np.arange(10) < hits) for hits in (0, 5, 10))
    assert (full.mean, full.low, full.high) == pytest.approx((100, 72.2, 100), abs=0.1)
    assert (none.mean, none.low, none.high) == pytest.approx((0, 0, 27.8), abs=0.1)
    assert (half.mean, half.low, half.high) == pytest.approx((50, 23.7, 76.3), abs=0.1)


def test_nothing_measured_has_no_estimate():
    assert estimate(np.array([])) is None


def test_a_constant_is_certain():
    found = estimate(np.ones(7))
    assert (found.mean, found.low, found.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(
    ("y", "expected"),
    [([1, 2, 3, 4], 1), ([4, 3, 2, 1], -1), ([1, 3, 2, 4], 0.8), ([1, 1, 2, 2], 0.8944), ([5] * 4, 0)],
)
def test_spearman(y, expected):
    assert spearman(np.array([0.0, 1, 2, 3]), np.array(y)) == pytest.approx(expected, abs=1e-4)


def test_what_is_known_is_not_measured_again(tmp_path):
    path = tmp_path / "new" / "study.json"
    SeededRuns(path).measure("plain", 0, lambda: {"db": 27.0})
    again = SeededRuns(path)
    again.measure("plain", 0, lambda: 1 / 0)
    again.measure("plain", 1, lambda: {"db": 29.0})
    assert SeededRuns(path).records == {"plain": [{"db": 27.0}, {"db": 29.0}]}


def test_the_table_shows_means_and_spreads():
    records = {
        "plain": [{"db": 27.0, "lpips": 0.2}, {"db": 29.0, "lpips": 0.3}],
        "one seed": [{"db": 5.0, "lpips": 0.0}],
    }
    assert seeded_table(records, "variant", {"lpips": ("LPIPS", 3), "db": ("dB", 1)}).splitlines() == [
        "| variant | LPIPS | dB |",
        "|---|---:|---:|",
        "| plain | 0.250 ± 0.071 | 28.0 ± 1.4 |",
        "| one seed | 0.000 | 5.0 |",
    ]
