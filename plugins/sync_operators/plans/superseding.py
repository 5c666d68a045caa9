"""Rows of a tryback that a newer file has set since: they are left as they are now.

A tryback is as old as the file whose refused rows it holds, mended or not: by the run in its name, or by its bytes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from sync_operators.depot.names import run_of
from sync_operators.ledger import done, runs, standing
from sync_operators.ledger.bulk import chunks
from sync_operators.ledger.runs import Run
from sync_operators.plans.inputs import REPAIR, TRYBACK_OF, input_of, repair_args, tryback_args
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool

SUPERSEDED: Final = "skipped_superseded"

_LOOKED_AT: Final = 50
"""Runs whose tryback a file is compared with when its name does not tell."""


def note_origin(work: Workplace, run: Run, *, repairs: bool) -> None:
    """Write down what the file of a run is a part of, if any: planning, guards and later runs ask for it.

    A repair file says so itself (`repairs`); of a tryback it is the run whose refused rows it holds.
    """
    found = None if repairs else _origin(work, run)
    told = tryback_args(tryback_of(found) or found.id) if found else repair_args() if repairs else {}
    if told:
        with work.ledger.write() as tx:
            runs.change(tx, run.id, args={**run.args, **told})


def is_part(run: Run) -> bool:
    """Whether the file of a run is a tryback or a repair file, which no whole file is like."""
    return TRYBACK_OF in run.args or REPAIR in run.args


def tryback_of(run: Run) -> str | None:
    """The run whose refused rows the file of a run holds, the first of a chain; None for every other file."""
    told = run.args.get(TRYBACK_OF)
    return json.loads(told) if told else None


@dataclass(frozen=True, slots=True)
class Newer:
    """The runs of newer files than the one that a tryback stems from; there is none for any other file."""

    work: Workplace
    run: Run
    ids: frozenset[str] = field(default=frozenset())

    @staticmethod
    def of(work: Workplace, run: Run) -> "Newer":
        """Those of a run."""
        root = tryback_of(run)
        if root is None:
            return Newer(work, run)
        with work.ledger.read() as tx:
            return Newer(work, run, _newer(tx, runs.get(tx, root)))

    def rows(self, keys: Iterable[str]) -> dict[str, str]:
        """Of some keys those that a newer file has set, each with its run."""
        found: dict[str, str] = {}
        for chunk in chunks(keys) if self.ids else ():
            with self.work.ledger.read() as tx:
                found |= self._rows(tx, chunk)
        return found

    def _rows(self, tx: Connection, keys: list[str]) -> dict[str, str]:
        command = self.run.command
        stands = standing.among(tx, self.run.site_id, command, keys)
        found = {key: run_id for key, (_, run_id) in stands.items() if run_id in self.ids}
        # A deletion leaves no applied row: that it was done stands in the run alone.
        lasting = tool(command).lasting
        for run_id in sorted(self.ids):
            found |= {key: run_id for key, code in done.row_codes(tx, run_id, keys) if code not in lasting}
        return found


def _newer(tx: Connection, root: Run) -> frozenset[str]:
    later = runs.with_arrival(tx, root)
    arrivals = {run.id: arrival for run, arrival in later}
    mine = arrivals[root.id]
    return frozenset(run.id for run, _ in later if arrivals.get(tryback_of(run) or run.id, mine) > mine)


def _origin(work: Workplace, run: Run) -> Run | None:
    with work.ledger.read() as tx:
        read = input_of(tx, run)
        named = run_of(read.name or "")
        origin = _of_same_command(tx, run, named) if named else None
        former = [] if origin else runs.former(tx, run, _LOOKED_AT)
    if origin:
        return origin
    refusing = (each for each in former if "tryback" in each.products)
    return next((each for each in refusing if _is_copy(work, each.products["tryback"], read.bytes, read.sha256)), None)


def _of_same_command(tx: Connection, run: Run, run_id: str) -> Run | None:
    try:
        found = runs.get(tx, run_id)
    except KeyError:
        return None
    return found if (found.site_id, found.command, bool(found.file_id)) == (run.site_id, run.command, True) else None


def _is_copy(work: Workplace, place: str, size: int | None, sha256: str | None) -> bool:
    depot = work.depot
    return depot.exists(place) and depot.size(place) == size and depot.sha256(place) == sha256
