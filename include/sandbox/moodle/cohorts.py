"""Cohorts: so far only their list, which is empty here."""

from typing import Any

from include.sandbox.moodle.params import Many, Struct, Value
from include.sandbox.moodle.registry import Call, function


@function(
    "core_cohort_get_cohorts",
    Struct({"cohortids": Many(Value("int"), required=False, default=())}),
)
def get_cohorts(_call: Call) -> list[Any]:
    """No cohort: the sandbox has none, and nobody without a right to them sees any."""
    return []
