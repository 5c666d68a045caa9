"""Reports, tryback and reasons of a run: under names that the ledger knows first, never twice, never replaced."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from sync_operators.codes import Kind
from sync_operators.command_files.source import InputFile
from sync_operators.depot.errors import scratch_errors
from sync_operators.depot.names import product, split_name
from sync_operators.ledger import operations, runs
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.operations import RowEntry
from sync_operators.ledger.runs import Run
from sync_operators.plans.facts import outcomes, run_facts
from sync_operators.plans.workplace import Workplace
from sync_operators.reports.facts import RowOutcome, Rows, RunFacts
from sync_operators.reports.html import write_html
from sync_operators.reports.jsonl import write_jsonl
from sync_operators.reports.table import write_csv
from sync_operators.reports.why import write_quarantine_why, write_why
from sync_operators.tools import tool

log = logging.getLogger(__name__)

PRIVATE, PUBLIC = 0o600, 0o644
REPORTS = (("report", ".html", write_html), ("jsonl", ".jsonl", write_jsonl), ("csv", ".csv", write_csv))


@dataclass(frozen=True, slots=True)
class Products:
    """Writes what one run leaves behind."""

    work: Workplace
    run: Run
    version: FileVersion | None

    def place(self, kind: str, suffix: str = "") -> str:
        """Where a product of this run goes."""
        name, folder = (self.version.name, self.version.folder) if self.version else (self.run.command, "")
        return product(kind, self.run.id, folder, name, suffix)

    def intend(self, places: dict[str, str]) -> Run:
        """Write down where products will lie, before anything is written there."""
        with self.work.ledger.write() as tx:
            fresh = runs.get(tx, self.run.id)
            runs.change(tx, self.run.id, products=places | dict(fresh.products))
            return runs.get(tx, self.run.id)

    def reports(self, run: Run, label: str = "") -> dict[str, str]:
        """HTML, JSON Lines, CSV and what the tool adds. `label` tells a hold's or a failure's report from the end's."""
        every = (*REPORTS, *tool(self.run.command).reports)
        places = {name + label: self.place("reports", label + suffix) for name, suffix, _ in every}
        places = {name: self.intend(places).products[name] for name in places}
        facts, rows = self._facts(run), outcomes(self.work, run)
        listed = self.work.settings.report.list_unchanged
        for name, _, write in every:
            self.write(places[name + label], _writer(write, facts, rows, self._language, listed))
        return places

    def tryback(self, run: Run, file: InputFile, *, secret: bool) -> None:
        """The refused rows in their original bytes, and why beside them; nothing when there are none."""
        if not self._refused_rows():
            return
        places = {"tryback": self.place("tryback"), "why": self.place("tryback", ".why.csv")}
        products = self.intend(places).products
        mode = PRIVATE if secret else PUBLIC
        self.write(products["tryback"], lambda out: file.write_tryback(self._refused_rows(), out), mode)
        rows = _only_errors(outcomes(self.work, run))
        self.write(
            products["why"], lambda out: write_why(rows, out, self._language, header_lines=file.header_lines), mode
        )

    def quarantine_why(self, run: Run, place: str) -> None:
        """The reason beside a file that cannot be run."""
        facts, now = run_facts(self.work, run, self.work.clock()), self.work.clock()
        stem = split_name(place)[0] if place.endswith(".why.txt") else place
        self.write(f"{stem}.why.txt", lambda out: write_quarantine_why(facts, out, self._language, at=now))

    def _facts(self, run: Run) -> RunFacts:
        with self.work.ledger.read() as tx:
            tryback = runs.get(tx, run.id).products.get("tryback")
        return replace(run_facts(self.work, run, self.work.clock()), tryback=tryback)

    @property
    def _language(self) -> str:
        return self.work.settings.site.language

    def _refused_rows(self) -> list[int]:
        with self.work.ledger.read() as tx:
            refused = operations.rows(tx, self.run.id, kind=Kind.ERROR)
            return [each.row for each in refused if is_of_file(each)]

    def write(self, place: str, write: Callable[[BinaryIO], object], mode: int = PUBLIC) -> None:
        """Write a product, unless it is there already."""
        if self.work.depot.exists(place):
            return
        with scratch_errors(), tempfile.TemporaryFile() as out:
            write(out)
            out.seek(0)
            self.work.depot.put(place, out, mode=mode)
        log.info("report: run=%s place=%s", self.run.id, place)


def is_of_file(row: RowEntry | RowOutcome) -> bool:
    """Whether the row stands in the file: what a run adds has neither a line nor an entry of an archive."""
    return row.line is not None or row.entry is not None


def _writer(
    write: Callable[..., None],
    facts: RunFacts,
    rows: Rows,
    language: str,
    listed: bool,
) -> Callable[[BinaryIO], None]:
    return lambda out: write(facts, rows, out, language, list_unchanged=listed)


def _only_errors(rows: Rows) -> Rows:
    def errors() -> Iterator[object]:
        return (row for row in rows() if row.kind is Kind.ERROR and is_of_file(row))

    return errors  # type: ignore[return-value]
