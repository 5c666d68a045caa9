"""What every section of the configuration has in common."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

CHECKOUT = Path(__file__).resolve().parents[3]


def setting(default: Any, says: str) -> Any:
    """A setting with its default and what it does, in a sentence of the manual."""
    return Field(default=default, description=says)


def _takes_null(field: FieldInfo) -> bool:
    return type(None) in getattr(field.annotation, "__args__", ())


class Section(BaseModel):
    """Settings that belong together; frozen, complete by its defaults."""

    # Built when first used: a DAG file needs one section of them all.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, values: Any) -> Any:
        """A key left without a value keeps its default, unless null means something there."""
        if not isinstance(values, dict):
            return {} if values is None else values
        fields = cls.model_fields
        return {
            key: value
            for key, value in values.items()
            if value is not None or key not in fields or _takes_null(fields[key])
        }
