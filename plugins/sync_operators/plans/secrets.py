"""Fills in what no ledger may hold: passwords, from the file or made up and kept nowhere; images, when they go."""

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from sync_operators.ledger.operations import MADE, Operation, is_made_id
from sync_operators.tools.tool import CONTENT, FROM_FILE, RANDOM, Act

SECRET = "password"  # noqa: S105 - the name of the field, no secret
_FOR_POLICY = "aA1*"
"""One letter of each kind that Moodle's default policy wants (moodle/ws-functions.md)."""


class ValuesOf(Protocol):
    """The file read again."""

    def __call__(self, rows: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
        """The values of some rows, by ordinal and column."""

    def content(self, row: int) -> bytes:
        """The bytes of one row, from any thread."""


def random_password() -> str:
    """A password that passes Moodle's default policy and that nobody knows: 120 bits, and letters for the policy."""
    return secrets.token_urlsafe(15) + _FOR_POLICY


def acts_of(operations: Iterable[Operation], needed: Mapping[int, int], values_of: ValuesOf) -> list[Act]:
    """The acts of some operations, with secrets and the ids of entities made before."""
    batch = list(operations)
    from_file = sorted({each.row for each in batch if each.after.get(SECRET) == FROM_FILE})
    values = values_of(from_file) if from_file else {}
    return [
        Act(
            each.seq,
            each.row,
            each.entity,
            each.moodle_id or needed.get(each.needs or 0),
            _with_ids(each.before, needed),
            _with_ids(_filled(each, values), needed),
            needed.get(each.needs or 0),
            partial(values_of.content, each.row) if each.after.get(CONTENT) == FROM_FILE else None,
        )
        for each in batch
    ]


def _filled(operation: Operation, values: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    """What is sent; in any other field than the password, the words of the plan are data of the file."""
    secret = operation.after.get(SECRET)
    if secret == FROM_FILE:
        return {**operation.after, SECRET: values[operation.row][SECRET]}
    return {**operation.after, SECRET: random_password()} if secret == RANDOM else dict(operation.after)


def _with_ids(fields: Mapping[str, Any], made: Mapping[int, int]) -> Mapping[str, Any]:
    """The fields with the ids of what was made before."""
    if not made:
        return fields
    return {name: made[value[MADE]] if is_made_id(value) else value for name, value in fields.items()}
