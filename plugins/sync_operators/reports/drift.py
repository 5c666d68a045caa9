"""The drift report: what the last applied rows say and Moodle no longer says, as a page and as JSON Lines."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Final

from sync_operators.codes import code
from sync_operators.reports.html import page
from sync_operators.reports.jsonl import encoded_line, instant

MISSING: Final = "missing"
OTHER: Final = "other"
EXTRA: Final = "extra"
REFUSED: Final = "refused"

LISTED: Final = 1000
"""So many differences stand on the page; the JSON Lines have all."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which Moodle is not as a row was applied.

    `what` is `missing` (ours is not there), `other` (another value), `extra` (theirs is there) or `refused`: the row
    can no longer be said of anything there is, by `code` and `args`. `needs` is the setting without which the command
    would not bring it back.
    """

    what: str
    entity: str
    key: Mapping[str, str] = dataclasses.field(default_factory=dict)
    field: str | None = None
    ours: str | None = None
    moodle: str | None = None
    file: str | None = None
    line: int | None = None
    run_id: str | None = None
    code: str | None = None
    args: Mapping[str, str] = dataclasses.field(default_factory=dict)
    needs: str | None = None

    def message(self, language: str) -> str | None:
        """Why the row can no longer be said of anything."""
        return code(self.code).message(language, self.args) if self.code else None


@dataclass(frozen=True, slots=True)
class DriftFacts:
    """What is known of a check as a whole.

    `standing` rows were applied last and hold; `compared` were, `drifted` of them differ; `unread` could not be
    compared, as no file that held them is left; `changed` were applied anew while the check went on. `readers` are
    the ways in which Moodle was asked, `untold` what it does not tell, `repair` the places of the repair files.
    """

    run_id: str
    command: str
    started: datetime
    ended: datetime
    site_name: str
    site_url: str
    standing: int = 0
    compared: int = 0
    drifted: int = 0
    unread: int = 0
    changed: int = 0
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    readers: Sequence[str] = ()
    untold: Sequence[str] = ()
    calls: Mapping[str, int] = dataclasses.field(default_factory=dict)
    repair: Sequence[str] = ()

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.started).total_seconds()

    @property
    def differences(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


Differences = Callable[[], Iterable[Difference]]
"""The differences of a check in order, afresh at each call."""


def write_drift_html(facts: DriftFacts, differences: Differences, out: BinaryIO, language: str) -> None:
    """Write the page; of very many differences it lists the first and says where the rest is."""
    listed = list(islice(differences(), LISTED))
    keys = list(dict.fromkeys(name for each in listed for name in each.key))
    out.write(page("drift.html.j2", language, site_url=facts.site_url, drift=facts, listed=listed, keys=keys).encode())


def write_drift_jsonl(facts: DriftFacts, differences: Differences, out: BinaryIO, language: str) -> None:
    """Write a line for the check, one for each difference, one with the sums."""
    out.write(encoded_line(_check(facts)))
    for each in differences():
        told = {name: value for name, value in asdict(each).items() if name != "args"}
        out.write(encoded_line({"type": "drift", **told, "message": each.message(language)}))
    sums = {"counts": dict(facts.counts), "calls": dict(facts.calls), "seconds": facts.seconds}
    out.write(encoded_line({"type": "summary", **sums}))


def _check(facts: DriftFacts) -> dict[str, Any]:
    same = ("run_id", "command", "standing", "compared", "drifted", "unread", "changed")
    lists = ("readers", "untold", "repair")
    return {
        "type": "check",
        **{name: getattr(facts, name) for name in same},
        "site": facts.site_url,
        "started": instant(facts.started),
        **{name: list(getattr(facts, name)) for name in lists},
    }
