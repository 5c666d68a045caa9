"""What a report needs, read from the ledger alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from sync_operators.codes import code, worst
from sync_operators.ledger import Ledger, operations, runs
from sync_operators.ledger.operations import RowEntry
from sync_operators.ledger.runs import Run
from sync_operators.plans.going_back import lost, undo_files
from sync_operators.plans.inputs import input_of, without_input
from sync_operators.plans.workplace import Workplace
from sync_operators.reports.facts import UNCHANGED, RowOutcome, Rows, RunFacts


def run_facts(work: Workplace, run: Run, ended: datetime | None) -> RunFacts:
    """The facts of a run; rows that planning found unchanged are in the counts only."""
    return facts_of(work.ledger, run, ended, site_name=work.settings.site.name, site_url=work.moodle.url)


def facts_of(ledger: Ledger, run: Run, ended: datetime | None, *, site_name: str, site_url: str) -> RunFacts:
    """The same from the ledger alone."""
    with ledger.read() as tx:
        read = input_of(tx, run)
        dag_run = max(runs.dag_runs_of(tx, run.id), key=lambda each: each.try_number, default=None)
        counts, warned = counted(tx, run), operations.count_warnings(tx, run.id)
        gone, written = lost(tx, run), runs.get(tx, run.id)
    return RunFacts(
        run_id=run.id,
        dag_id=dag_run.dag_id if dag_run else None,
        dag_run_id=dag_run.dag_run_id if dag_run else None,
        command=run.command,
        file=read.name,
        sha256=read.sha256,
        bytes=read.bytes,
        dialect=read.dialect or {},
        mode=run.mode,
        simulate=run.simulate,
        correlation_id=run.correlation_id,
        started=run.started,
        ended=ended,
        state=run.state,
        code=run.code,
        args=without_input(run.args),
        warnings=run.warnings,
        counts=counts,
        warning_counts=warned,
        calls=run.calls,
        site_name=site_name,
        site_url=site_url,
        decided_by=run.decided_by,
        decided_at=run.decided_at,
        reason=run.reason,
        holds=run.holds,
        undo=tuple(undo_files(written)),
        not_undoable=gone.acts,
        before_unknown=gone.values,
        spent=run.spent or {},
    )


def counted(tx: Connection, run: Run) -> dict[str, int]:
    """Rows by code: those in the ledger, open ones by what they wait for, and those counted as unchanged."""
    if run.ended:
        return dict(run.counts)
    codes, waiting = operations.count_rows(tx, run.id)
    total = Counter(codes)
    if not run.simulate:
        total[_open_code(run)] += waiting
    total[UNCHANGED] += run.counts.get(UNCHANGED, 0)
    return {name: count for name, count in sorted(total.items()) if count}


def outcomes(work: Workplace, run: Run) -> Rows:
    """The outcomes of the rows in the ledger, in file order, afresh at each call."""

    def rows() -> Iterator[RowOutcome]:
        with work.ledger.read() as tx:
            yield from (outcome(entry, run) for entry in operations.told(tx, run.id))

    return rows


def _open_code(run: Run) -> str:
    """What is said of a row whose operations are not done: planned while a person is asked, else not reached."""
    return "planned" if run.state == "held" else "skipped_not_reached"


def outcome(entry: RowEntry, run: Run) -> RowOutcome:
    """What a report tells of one row."""
    name = entry.code or _open_code(run)
    kind = code(name).kind
    if entry.parts or entry.warnings:
        kind = worst([kind, *(code(each).kind for each in (*(part["code"] for part in entry.parts), *entry.warnings))])
    return RowOutcome(
        line=entry.line,
        last_line=entry.last_line,
        entry=entry.entry,
        code=name,
        kind=kind,
        key=entry.identifiers,
        args=entry.args,
        warnings=entry.warnings,
        parts=entry.parts,
        moodle=entry.moodle_code,
    )
