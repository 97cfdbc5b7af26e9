"""Going on with an interrupted run: only with the same settings, or with differences that were allowed by name."""

import difflib
from collections.abc import Collection
from typing import Any

from srgan_prompt.config import Settings, TrainConfig
from srgan_prompt.errors import ConfigError

# Settings that say how often to look, not what is learnt.
HARMLESS = {
    "log_every_steps",
    "save_every_steps",
    "keep_checkpoints",
    "validate_every_steps",
    "validation_images",
    "tensorboard",
    "run",
}
_DEFAULTS = TrainConfig()


def refuse_other_config(saved: dict[str, Any] | None, config: TrainConfig, allowed: Collection[str] = ()) -> None:
    """Raise ConfigError naming every setting that differs from the checkpoint's and is neither harmless nor allowed.

    ``saved`` is None where a run begins. ``allowed`` are names as in the config or as flags; an unknown one is refused
    even then, for whoever mistyped it would learn so hours later.
    """
    now = _flat(config.model_dump(mode="json"))
    # A setting that did not exist yet when the checkpoint was made acted as its default does.
    before = _flat(_DEFAULTS.model_dump(mode="json")) | _flat(saved or {})
    allowed = [_known(name, before) for name in allowed]
    if saved is None:
        return
    changed = [
        f"{key}: {before[key]!r} -> {now.get(key)!r}"
        for key in sorted(before)
        if now.get(key) != before[key] and key not in HARMLESS and key not in allowed
    ]
    if changed:
        raise ConfigError(
            f"The checkpoint in {config.run} was made with other settings ({'; '.join(changed)}); "
            "choose another run folder, or allow the change with --allow KEY."
        )


def _known(name: str, settings: Collection[str]) -> str:
    key = name.replace("-", "_")
    if key not in settings:
        near = difflib.get_close_matches(key, settings, n=1, cutoff=0.0)[0]
        raise ConfigError(f"--allow {name}: there is no such setting; did you mean '{near}'?")
    return key


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Every setting by its dotted name; a value that is itself a mapping stays whole."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        is_section = isinstance(getattr(_DEFAULTS, key, None), Settings)
        flat.update({f"{key}.{name}": each for name, each in value.items()} if is_section else {key: value})
    return flat
