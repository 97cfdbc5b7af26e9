"""Figures of several seeds: kept between starts, and averaged."""

from srgan_prompt.evaluation.seeded_runs import SeededRuns, seeded_table


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
