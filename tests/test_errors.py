import inspect

import pytest

from srgan_prompt import errors
from srgan_prompt.errors import ConfigError, SrganPromptError, exit_on_user_error

EXIT_CODES = {
    "SrganPromptError": 1,
    "PartialFailureError": 1,
    "TrainingError": 1,
    "UsageError": 2,
    "ConfigError": 2,
    "InputImageError": 3,
    "DataError": 3,
    "ModelError": 4,
    "OutputError": 5,
    "BusyError": 6,
    "MemoryLimitError": 7,
}
OURS = {name: each for name, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__}
ALL = {name: each for name, each in OURS.items() if not issubclass(each, Warning)}


def test_the_exit_codes_are_these():
    """Scripts rely on them: a change here is a change of the command's interface."""
    assert {name: error.exit_code for name, error in ALL.items()} == EXIT_CODES


@pytest.mark.parametrize("name", ALL)
def test_every_error_is_ours_says_when_it_is_raised_and_keeps_its_sentence(name):
    error = ALL[name]
    assert issubclass(error, SrganPromptError)
    assert inspect.getdoc(error).rstrip().endswith((".", ";", ")"))
    assert str(error("photo.png: too large; give a smaller one.")) == "photo.png: too large; give a smaller one."


def test_no_error_is_a_success():
    assert all(error.exit_code for error in ALL.values())


def test_a_script_ends_with_one_sentence_and_the_exit_code(capsys):
    with pytest.raises(SystemExit) as stop, exit_on_user_error():
        raise ConfigError("x4.yaml: unknown key 'pixel_step'; did you mean 'pixel_steps'?")
    assert stop.value.code == 2
    assert capsys.readouterr().err == "Error: x4.yaml: unknown key 'pixel_step'; did you mean 'pixel_steps'?\n"


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), exit_on_user_error():
        raise ZeroDivisionError
