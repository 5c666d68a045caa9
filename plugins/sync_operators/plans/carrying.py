"""Carries out the plan of a run, or settles the part of it that was sent: gives the applier what it needs."""

from collections.abc import Iterable

from sync_operators.codes import Kind, code
from sync_operators.command_files.reader import RowCursor
from sync_operators.errors import WorldError
from sync_operators.ledger import applied, files, operations
from sync_operators.ledger.runs import Run
from sync_operators.plans.applying import Applier
from sync_operators.plans.facts import counted
from sync_operators.plans.inputs import opener_of
from sync_operators.plans.planning import open_file
from sync_operators.plans.remembering import Memory
from sync_operators.plans.secrets import ValuesOf
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool


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
    with work.ledger.write() as tx:
        applied.clear_last_file(tx, run.site_id, run.command)
    Applier(work, run, _values_of(work, run), memory_of(work, run)).apply()
    _note_last_file(work, run)


def settle_sent(work: Workplace, run: Run) -> None:
    """Find out by looking what became of acts that were sent when the run was cut off."""
    Applier(work, run, _values_of(work, run), memory_of(work, run)).settle_sent()


def memory_of(work: Workplace, run: Run) -> Memory:
    """What writes down the applied rows of a run."""
    return Memory(work.ledger, run, tool(run.command))


def _note_last_file(work: Workplace, run: Run) -> None:
    """When every row went well, the same file need not be read again; noted while nobody else can write to the site.

    What leaves nothing standing (a reset, a deletion, a question) is done each time its file comes.
    """
    with work.ledger.write() as tx:
        well = not any(code(name).kind == Kind.ERROR for name in counted(tx, run))
        stands = any(verb.remembers for verb in tool(run.command).verbs.values())
        if run.file_id and well and stands:
            sha256 = files.get(tx, run.file_id).sha256
            applied.set_last_file(tx, run.site_id, run.command, sha256, run.settings_digest, run.id)


def _values_of(work: Workplace, run: Run) -> ValuesOf:
    """Reads the file again for what no ledger may hold; it is opened, and its checksum compared, when first needed."""
    opened: list[tuple[RowCursor, tuple[str, ...]]] = []

    def values_of(rows: Iterable[int]) -> dict[int, dict[str, str]]:
        if not opened:
            with work.ledger.read() as tx:
                version = files.get(tx, run.file_id or 0)
            file = open_file(work, run.command, opener_of(work, version)).file
            opened.append((RowCursor(file), file.header))
        cursor, header = opened[0]
        return {row: dict(zip(header, values, strict=True)) for row, values in cursor.values_at(rows).items()}

    return values_of
