"""How functions write: all rows or none, or each row for itself; both leave a note in the journal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from include.sandbox.moodle.registry import Call


@contextmanager
def all_or_nothing(call: Call, name: str, rows: Sequence[object]) -> Iterator[None]:
    """The block as one transaction; the journal has the call only when it took effect."""
    with call.store.transaction():
        yield
        call.store.add_to_journal(name, dict(call.params), len(rows))
