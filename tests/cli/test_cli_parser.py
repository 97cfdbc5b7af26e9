"""Values, file names that begin with a dash, and numbers in range."""

import pytest

from srgan_prompt.cli.upscale_flags import parser
from srgan_prompt.errors import UsageError


def parse(*arguments: str):
    return parser().parse(arguments)


def test_options_may_stand_anywhere():
    args = parse("a.png", "--prompt", "x", "b.png", "-v", "c.png")
    assert args.inputs == ["a.png", "b.png", "c.png"]
    assert args.prompt == ["x"]


@pytest.mark.parametrize("prompt", ["--help", "-v", "--", "-5", "", "=1+1", "a b"])
@pytest.mark.parametrize("flag", ["--prompt", "-p"])
def test_whatever_follows_a_prompt_flag_is_the_prompt(flag, prompt):
    args = parse("a.png", flag, prompt, "b.png")
    assert [text.rstrip() for text in args.prompt] == [prompt]
    assert args.inputs == ["a.png", "b.png"]


def test_after_two_dashes_everything_is_a_file():
    assert parse("-v", "--", "-x.png", "--help").inputs == ["./-x.png", "./--help"]


def test_prompts_add_up():
    assert parse("a", "-p", "one", "--prompt=two").prompt == ["one", "two"]


def test_help_is_found_only_where_an_option_stands():
    assert parser().asks_for_help(["a", "--help"])
    assert not parser().asks_for_help(["a", "--prompt", "--help"])
    assert not parser().asks_for_help(["--", "--help"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--strength", "2.1"),
        ("--strength", "nan"),
        ("--strength", "a lot"),
        ("--scale", "0"),
        ("--scale", "inf"),
        ("--width", "0"),
        ("--width", "12.5"),
        ("--tile", "none"),
        ("--tile", "8"),
        ("--overlap", "-1"),
        ("--quality", "101"),
        ("--threads", "0"),
        ("--format", "gif"),
        ("--engine", "tensorrt"),
        ("--precision", "fp16"),
        ("--pompt", "x"),
        ("--prom", "x"),
        ("--prompt",),
    ],
    ids=" ".join,
)
def test_impossible_values_are_usage_errors(arguments):
    with pytest.raises(UsageError, match="srgan-prompt upscale --help"):
        parse("a.png", *arguments)


def test_tiles_are_words_or_numbers():
    assert [parse("a", "--tile", text).tile for text in ("auto", "off", "64")] == ["auto", "off", 64]
