"""Declared parameters of a function, checked as a whole before anything runs.

Source: ws-functions.md, "Protocol": unknown keys, missing keys and unclean values fail the whole call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.sandbox.moodle.cleaning import is_clean
from include.sandbox.moodle.refusals import invalid_parameter


class _Absent:
    """No default: an optional key that was not sent stays away."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Value:
    """One plain value of a Moodle type; optional when `required` is false or a default is given."""

    type: str
    required: bool = True
    default: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Many:
    """A list: its indices need neither start at 0 nor be consecutive."""

    item: "Description"
    required: bool = True
    default: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Struct:
    """Named keys, no others."""

    keys: "Mapping[str, Description]"
    required: bool = True
    default: Any = ABSENT


Description = Value | Many | Struct


def optional(type_name: str, default: Any = ABSENT) -> Value:
    """An optional plain value."""
    return Value(type_name, required=False, default=default)


def cleaned(description: Description, given: Any) -> Any:
    """The given form values as Python values, or the refusal `invalidparameter`."""
    if isinstance(description, Value):
        return _value(description, given)
    if not isinstance(given, dict):
        raise invalid_parameter()
    if isinstance(description, Many):
        return [cleaned(description.item, item) for item in given.values()]
    return _struct(description, given)


def _value(description: Value, given: Any) -> Any:
    if not isinstance(given, str) or not is_clean(description.type, given):
        raise invalid_parameter()
    if description.type == "int":
        return int(given)
    return given == "1" if description.type == "bool" else given


def _struct(description: Struct, given: dict[str, Any]) -> dict[str, Any]:
    if given.keys() - description.keys.keys():
        raise invalid_parameter()
    values: dict[str, Any] = {}
    for key, wanted in description.keys.items():
        if key in given:
            values[key] = cleaned(wanted, given[key])
        elif wanted.default is not ABSENT:
            values[key] = wanted.default
        elif wanted.required:
            raise invalid_parameter()
    return values
