"""Carries out the plan of a run, or settles the part of it that was sent: gives the applier what it needs."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from sync_operators.codes import Kind, code
from sync_operators.command_files.reader import RowCursor
from sync_operators.command_files.source import InputFile
from sync_operators.errors import WorldError
from sync_operators.ledger import applied, files, operations, runs
from sync_operators.ledger.runs import Run
from sync_operators.plans.applying import Applier
from sync_operators.plans.facts import counted
from sync_operators.plans.inputs import opener_of
from sync_operators.plans.opening import open_file
from sync_operators.plans.progress import Keeper, Progress
from sync_operators.plans.remembering import Memory
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool

log = logging.getLogger(__name__)


class OtherPlan(WorldError):
    """The operations in the ledger are not those that were gated."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"run {run_id}: the operations in the ledger are not those that passed the gate.",
            remedy="Nothing was sent. Reject the file, or let the next run plan it again.",
        )


def apply_run(work: Workplace, run: Run) -> None:
    """Carry out what was gated and is not done; under the leases of the run and of its site."""
    with work.ledger.read() as tx:
        if operations.digest(tx, run.id) != run.plan_digest:
            raise OtherPlan(run.id)
        known = applied.last_file(tx, run.site_id, run.command)
    if known:
        with work.ledger.write() as tx:
            applied.clear_last_file(tx, run.site_id, run.command)
    with _file_again(work, run) as again:
        Applier(work, run, again, memory_of(work, run), _progress(work, run)).apply()
    _note_last_file(work, run)


def _progress(work: Workplace, run: Run) -> Progress:
    """What tells how far the run has come, earlier tries included; it counts only when it tells."""

    def amount(_done: int) -> tuple[int, int]:
        with work.ledger.read() as tx:
            total, left = operations.last_seq(tx, run.id), operations.count_open(tx, run.id)
        return total - left, total

    return Progress(log, "apply", amount=amount, keep=Keeper(work.ledger, run))


def settle_sent(work: Workplace, run: Run) -> None:
    """Find out by looking what became of acts that were sent when the run was cut off."""
    with _file_again(work, run) as again:
        Applier(work, run, again, memory_of(work, run)).settle_sent()


def memory_of(work: Workplace, run: Run) -> Memory:
    """What writes down the applied rows of a run."""
    return Memory(work.ledger, run, tool(run.command))


def _note_last_file(work: Workplace, run: Run) -> None:
    """When every row was done or holds, the same file need not be read again; noted while nobody else can write there.

    What a command does each time its file comes (a reset, a question) is looked at each time, and so is what a row did
    not find: an account that was not there may be there now.
    """
    its_tool = tool(run.command)
    stands = any(verb.remembers for verb in its_tool.verbs.values())
    with work.ledger.write() as tx:
        runs.forget_progress(tx, run.id)
        ends = counted(tx, run).keys() - its_tool.lasting
        if run.file_id and stands and all(code(each).kind == Kind.OK for each in ends):
            sha256 = files.get(tx, run.file_id).sha256
            applied.set_last_file(tx, run.site_id, run.command, sha256, run.settings_digest, run.id)


@contextmanager
def _file_again(work: Workplace, run: Run) -> Iterator["_FileAgain"]:
    again = _FileAgain(work, run)
    try:
        yield again
    finally:
        again.close()


class _FileAgain:
    """Reads the file for what no ledger may hold; it is opened, and its checksum compared, when first needed."""

    def __init__(self, work: Workplace, run: Run) -> None:
        self._work, self._run, self._lock = work, run, Lock()
        self._opened: tuple[InputFile, RowCursor] | None = None

    def __call__(self, rows: Iterable[int]) -> dict[int, dict[str, str]]:
        """The values of some rows, by ordinal and column."""
        file, cursor = self._file()
        return {row: dict(zip(file.header, values, strict=True)) for row, values in cursor.values_at(rows).items()}

    def content(self, row: int) -> bytes:
        """The bytes of one row."""
        with self._lock:
            file, _ = self._file()
            return file.content(row)

    def close(self) -> None:
        """Close the file, if it was opened."""
        if self._opened:
            for each in self._opened:
                each.close()

    def _file(self) -> tuple[InputFile, RowCursor]:
        if self._opened is None:
            with self._work.ledger.read() as tx:
                version = files.get(tx, self._run.file_id or 0)
            file = open_file(
                self._work, self._run.command, opener_of(self._work, version), read_as=version.read_as
            ).file
            self._opened = file, RowCursor(file)
        return self._opened
