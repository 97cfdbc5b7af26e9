"""The tables of docs/reference/configuration.md, made from ``srgan_prompt.config`` whenever the pages are built."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from srgan_prompt.config import TrainConfig

PLACEHOLDER = "<!-- settings -->"
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def settings_markdown() -> str:
    """A section with a table for ``TrainConfig``, and for each section inside it, in the order of the fields."""
    return "\n\n".join(_section(prefix, model) for prefix, model in _sections("", TrainConfig))


def _sections(prefix: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    yield prefix, model
    for name, field in model.model_fields.items():
        if _is_section(field):
            yield from _sections(f"{prefix}{name}.", field.annotation)  # type: ignore[arg-type]


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _section(prefix: str, model: type[BaseModel]) -> str:
    title = f"`{prefix.rstrip('.')}`" if prefix else "The run"
    rows = [
        " | ".join([f"| `{prefix}{name}`", *map(_escaped, (_type_of(field), _default_of(field), _says(field))), "|"])
        for name, field in model.model_fields.items()
        if not _is_section(field)
    ]
    table = "\n".join(["| setting | type | default | what it is |", "|---|---|---|---|", *rows])
    about = (model.__doc__ or "").replace("``", "`")
    return f"## {title}\n\n{about}\n\n{table}" if rows else f"## {title}\n\n{about}"


def _type_of(field: FieldInfo) -> str:
    bounds = [
        f"{words} {getattr(each, bound):g}"
        for each in field.metadata
        for bound, words in _BOUNDS.items()
        if getattr(each, bound, None) is not None
    ]
    return ", ".join([_type_name(field.annotation), *bounds])


def _type_name(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_type_name(each) for each in arguments)
    if annotation is NoneType:
        return "none"
    if origin in (tuple, dict):
        inner = ", ".join("..." if each is Ellipsis else _type_name(each) for each in arguments)
        return f"{origin.__name__}[{inner}]"
    return annotation.__name__.lower()


def _default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "set by the stage"
    default = field.default
    if isinstance(default, float):
        return f"`{default:g}`"
    if isinstance(default, tuple) and len(default) > 3:
        return f"all {len(default)}"
    return "none" if default is None else f"`{default}`"


def _says(field: FieldInfo) -> str:
    return field.description or ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
