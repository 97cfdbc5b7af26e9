import pytest

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.prompt import split_clauses


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("denoise", [("denoise", 1.0)]),
        ("denoise:0.7", [("denoise", 0.7)]),
        ("denoise:.7, make it warm:-1", [("denoise", 0.7), ("make it warm", -1.0)]),
        ("denoise:0.5; sharpen", [("denoise", 0.5), ("sharpen", 1.0)]),
        ("brighten by 30%:2", [("brighten by 30%", 2.0)]),
        ("make it warm, then sharpen", [("make it warm, then sharpen", 1.0)]),
        ("shot at 10:30", [("shot at 10:30", 1.0)]),
        ("ratio 4:3", [("ratio 4:3", 1.0)]),
        ("note: 3 things", [("note: 3 things", 1.0)]),
        ("denoise:much", [("denoise:much", 1.0)]),
        ("denoise:nan", [("denoise:nan", 1.0)]),
        ("", []),
        ("  \n", []),
    ],
)
def test_weights_are_read_only_where_they_are_written(value, expected):
    assert split_clauses(value) == expected


@pytest.mark.parametrize("value", [":0.5", "denoise:0.5, :1", "denoise:7", "denoise:-2.01", "open http://host:8080"])
def test_impossible_weights_are_named(value):
    with pytest.raises(UsageError, match="In the prompt"):
        split_clauses(value)
