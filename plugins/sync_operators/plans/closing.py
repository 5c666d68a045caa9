"""The end of a run: reports, tryback, and the input's way to archives or quarantine."""

import logging
from dataclasses import replace

from sync_operators.codes import Kind, code
from sync_operators.depot.moving import Custody, move_file
from sync_operators.depot.queueing import promote
from sync_operators.ledger import events, files, operations, runs
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.plans.answering import owe
from sync_operators.plans.carrying import memory_of
from sync_operators.plans.facts import counted
from sync_operators.plans.gating import APPROVED, GO, REFUSED, REJECTED
from sync_operators.plans.inputs import check, opener_of
from sync_operators.plans.opening import open_file
from sync_operators.plans.products import Products
from sync_operators.plans.spreading import note_spread
from sync_operators.plans.turns import get_run
from sync_operators.plans.undo_files import write_undo_files
from sync_operators.plans.workplace import Workplace

log = logging.getLogger(__name__)


def close(work: Workplace, run: Run) -> Run:
    """Bring a run to its end as far as it can be; what is done already is not done again."""
    if run.ended:
        return run
    products = Products(work, run, _version(work, run))
    if run.state == "failed":
        return _told(work, run, products, f".failed-{_failures(work, run)}")
    if run.simulate and run.code != "error_no_file":
        return _simulated(work, run, products) if run.planned_at or run.verdict == REFUSED else run
    if run.verdict in {REJECTED, REFUSED}:
        return _quarantined(work, run, products)
    if run.state == "held":
        return _told(work, run, products, f".held-{run.holds}")
    return _finished(work, run, products)


def _simulated(work: Workplace, run: Run, products: Products) -> Run:
    if run.planned_at:
        note_spread(work, run)
    return _ended(work, run, products, "simulated")


def _finished(work: Workplace, run: Run, products: Products) -> Run:
    """A run whose every operation is done; anything else is left to the next tick."""
    if run.planned_at is None or run.verdict not in {GO, APPROVED} or _open(work, run):
        log.warning("close: run=%s unfinished state=%s; the next run goes on with it", run.id, run.state)
        return run
    # What planning found by itself is remembered by apply; here only what a crash left over.
    memory_of(work, run).finish()
    with work.ledger.read() as tx:
        ill = any(code(name).kind == Kind.ERROR for name in counted(tx, run))
    if (version := products.version) and ill:
        # An input that a crash left between archive and end is read where it lies now.
        opened = open_file(work, run.command, opener_of(work, version), read_as=version.read_as)
        products.tryback(run, opened.file, secret=bool(opened.tool.secret_columns & set(opened.file.header)))
    elif version:
        check(work, version)
    return _ended(work, run, products, "done_with_errors" if ill else "done", "archives")


def _quarantined(work: Workplace, run: Run, products: Products) -> Run:
    run = replace(run, state=run.verdict or "")
    if run.verdict == REJECTED:
        run = replace(run, code="error_rejected", args={"who": run.decided_by or "", "reason": run.reason or ""})
    if not products.version or products.version.place is None:
        return _ended(work, run, products, run.state)
    products.quarantine_why(run, products.place("quarantine"))
    return _ended(work, run, products, run.state, "quarantine")


def _ended(work: Workplace, run: Run, products: Products, state: str, folder: str | None = None) -> Run:
    """Reports first, then the input moves, then the run is over: each step finds what the one before left."""
    run = replace(run, state=state)
    if not run.simulate:
        write_undo_files(products)
    products.reports(run)
    version = products.version
    if version and folder:
        place = products.intend({"input": products.place(folder)}).products["input"]
        move_file(
            work.ledger,
            work.depot,
            version,
            place,
            _custody(work, run, "archived" if folder == "archives" else "quarantined"),
        )
    _over(work, run, version)
    if version and not run.simulate:
        promote(work.ledger, work.depot, version.folder, version.name, _custody(work, run, "promoted"))
    return get_run(work, run.id)


def _over(work: Workplace, run: Run, version: FileVersion | None) -> None:
    now, state = work.clock(), run.state
    with work.ledger.write() as tx:
        counts, warned = counted(tx, run), operations.count_warnings(tx, run.id)
        runs.change(
            tx, run.id, state=state, ended=now, code=run.code, args=dict(run.args), counts=counts, warning_counts=warned
        )
        owe(work, tx, runs.get(tx, run.id), version)
        if version and not run.simulate:
            events.add(tx, state, who=work.holder, at=now, file_id=version.id, run_id=run.id)
        if version and not run.simulate and version.place is not None:
            files.set_state(tx, version.id, "done" if state.startswith("done") else "quarantined", now)
    log.info("close: run=%s state=%s counts=%s", run.id, state, counts)


def _custody(work: Workplace, run: Run, what: str) -> Custody:
    return Custody(work.holder, work.clock(), what, run.id)


def _told(work: Workplace, run: Run, products: Products, label: str) -> Run:
    products.reports(run, label)
    return get_run(work, run.id)


def _failures(work: Workplace, run: Run) -> int:
    with work.ledger.read() as tx:
        return sum(event.what == "failed" for event in events.of_run(tx, run.id))


def _open(work: Workplace, run: Run) -> bool:
    with work.ledger.read() as tx:
        return operations.count_open(tx, run.id) > 0


def _version(work: Workplace, run: Run) -> FileVersion | None:
    with work.ledger.read() as tx:
        return files.get(tx, run.file_id) if run.file_id else None
