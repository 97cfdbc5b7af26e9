"""Formats that Pillow reads by plug-ins (extra ``formats``): HEIC, as phones write it, and JPEG XL. None is needed."""

import importlib
from functools import cache
from importlib.util import find_spec

# Pillow's name of the format, the module that registers it, and the suffixes of its files.
_PLUGINS = {
    "HEIF": ("pillow_heif", (".heic", ".heif", ".hif")),
    "JXL": ("pillow_jxl", (".jxl",)),
}


@cache
def installed_formats() -> tuple[str, ...]:
    """Pillow's names of the formats whose plug-in is installed; none of them is imported."""
    return tuple(name for name, (module, _) in _PLUGINS.items() if find_spec(module))


def installed_suffixes() -> frozenset[str]:
    """The suffixes of files that the installed plug-ins read."""
    return frozenset(suffix for name in installed_formats() for suffix in _PLUGINS[name][1])


@cache
def register_plugins() -> None:
    """Import what is installed and make it known to Pillow."""
    for name in installed_formats():
        module = importlib.import_module(_PLUGINS[name][0])
        if name == "HEIF":  # the other one registers itself
            module.register_heif_opener()
