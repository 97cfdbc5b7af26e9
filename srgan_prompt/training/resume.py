"""Going on with an interrupted run: only with the same settings, or with differences that were allowed by name."""

from collections.abc import Collection
from typing import Any

from srgan_prompt.config import TrainConfig
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


def refuse_other_config(saved: dict[str, Any], config: TrainConfig, allowed: Collection[str] = ()) -> None:
    """Raise ConfigError naming every setting that differs from the checkpoint's and is neither harmless nor allowed."""
    now = _flat(config.model_dump(mode="json"))
    before = _flat(saved)
    changed = [
        f"{key}: {before.get(key)!r} -> {now.get(key)!r}"
        for key in sorted(now.keys() | before.keys())
        if now.get(key) != before.get(key) and key not in HARMLESS and key not in allowed
    ]
    if changed:
        raise ConfigError(
            f"The checkpoint in {config.run} was made with other settings ({'; '.join(changed)}); "
            "choose another run folder, or allow the change with --allow KEY."
        )


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat.update(_flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value})
    return flat
