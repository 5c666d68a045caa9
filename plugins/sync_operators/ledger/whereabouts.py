"""Where is file X: one answer for every file ever seen, in the drop, the depot, or gone from both.

The same by hand, in SQL: docs/how-to/find-a-file.md.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from sync_operators.ledger import drop_names
from sync_operators.ledger.tables import files


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One version of a file: `where` is `drop`, `depot` or `gone`, `place` its place there.

    `what` is the state of a file in the depot, or the code that says why one in the drop was not taken; `since` when
    that came to be. `file_id` leads to its events; what was never taken has none.
    """

    where: str
    place: str
    what: str
    since: datetime
    reason: str = ""
    sha256: str = ""
    file_id: int | None = None
    still_in_drop: bool = False


def where_is(tx: Connection, name: str | bytes) -> list[Whereabouts]:
    """Every version of a file by its name in the drop, its name in the depot, or a place; the oldest first.

    Files that came packed are found by the name of the archive and by their own.
    """
    raw = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    return [*_in_depot(tx, raw), *_in_drop(tx, raw)]


def _in_depot(tx: Connection, raw: bytes) -> list[Whereabouts]:
    text = raw.decode("utf-8", "replace")
    named = or_(files.c.origin_name == raw, files.c.name == text, files.c.place == text)
    packed = files.c.bundle_id.in_(select(files.c.id).where(files.c.origin_name == raw))
    found = select(files).where(or_(named, packed)).order_by(files.c.arrival_no, files.c.id)
    return [
        Whereabouts(
            "gone" if row.place is None else "depot",
            row.place or "",
            row.state,
            row.state_since,
            sha256=row.sha256,
            file_id=row.id,
            still_in_drop=row.left_behind,
        )
        for row in tx.execute(found)
    ]


def _in_drop(tx: Connection, raw: bytes) -> list[Whereabouts]:
    found = drop_names.of_name(tx, raw)
    if found is None:
        return []
    shown = raw.decode("utf-8", "backslashreplace")
    return [
        Whereabouts(
            "drop" if found.gone is None else "gone",
            shown if found.gone is None else "",
            found.code,
            found.gone or found.since,
            found.reason,
            still_in_drop=found.gone is None,
        )
    ]
