"""Makes the plan of a run, or goes on with the one it has while that still holds."""

import logging
from collections.abc import Callable, Mapping
from typing import BinaryIO

from sqlalchemy import Connection

from sync_operators.codes import Fault
from sync_operators.depot.moving import Custody, lose
from sync_operators.errors import FileRefused, WorldError
from sync_operators.ledger import applied, events, files, operations, runs
from sync_operators.ledger.applied import LastFile
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.plans.carrying import settle_sent
from sync_operators.plans.facts import counted
from sync_operators.plans.gating import APPROVED, REFUSED, REJECTED
from sync_operators.plans.inputs import Loose, asked_of, dialect_args, listing_opener, opener_of, with_input
from sync_operators.plans.opening import open_file
from sync_operators.plans.planning import Planned, compares_all, make_plan
from sync_operators.plans.superseding import note_origin
from sync_operators.plans.turns import alone_on_site, get_run
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool

log = logging.getLogger(__name__)

_NO_ANSWER: dict[str, None] = {"decided_by": None, "decided_at": None, "reason": None}


class OtherSite(WorldError):
    """A run that was begun on one Moodle would go on with another."""

    def __init__(self, run_id: str, siteurl: str) -> None:
        super().__init__(
            f"Run {run_id} has written to another site already than {siteurl}, where the connection `sync_moodle` "
            "points now.",
            remedy="Point the connection back until the run has ended; then change it.",
        )


def renew(work: Workplace, run: Run, loose: Loose | None = None) -> None:
    """Make the plan unless there is one that holds; a plan that a person has approved is made again to compare."""
    answered = run.state == "held" and run.verdict == APPROVED
    if run.verdict in {REFUSED, REJECTED} or _still_asked(work, run) or _is_lost(work, run):
        log.info("plan: run=%s nothing to plan state=%s verdict=%s", run.id, run.state, run.verdict)
    elif run.planned_at and not answered and not is_stale(work, run):
        log.info("plan: run=%s goes on digest=%.12s", run.id, run.plan_digest)
        _go_on(work, run)
    else:
        _make_anew(work, run, loose)


def is_stale(work: Workplace, run: Run) -> bool:
    """Whether a plan may no longer be what the world needs."""
    if "report" in run.products:
        return False  # All is done and told; only the end is missing.
    if run.settings_digest != work.settings.digest(run.command) or run.site_id != work.site_id:
        return True
    if run.state != "failed" or run.planned_at is None:
        return False
    with work.ledger.read() as tx:
        return operations.others_wrote_since(tx, run.site_id, run.id, run.planned_at)


def _still_asked(work: Workplace, run: Run) -> bool:
    """Whether a person is asked about the plan, and it would be asked again just so: no look at Moodle is needed."""
    asked = run.state == "held" and run.verdict != APPROVED
    return asked and run.settings_digest == work.settings.digest(run.command)


def _is_lost(work: Workplace, run: Run) -> bool:
    """Whether the file has gone from the depot: then nothing can go on, and the run ends."""
    if run.file_id is None:
        return False
    with work.ledger.read() as tx:
        version = files.get(tx, run.file_id)
    if version.place is not None and work.depot.exists(version.place):
        return False
    if version.place is not None and not run.simulate:
        with work.ledger.write() as tx:
            lose(tx, version, Custody(work.holder, work.clock(), run_id=run.id))
    _refuse(work, run, FileRefused(Fault("error_no_file", {"name": version.name})))
    return True


def _go_on(work: Workplace, run: Run) -> None:
    if run.state == "failed":
        _begin_again(work, run)


def _begin_again(work: Workplace, run: Run, **columns: object) -> None:
    with work.ledger.write() as tx:
        args = with_input(run, {})
        runs.change(tx, run.id, state="running", code=None, args=args, progress=None, **columns)
        if run.file_id and not run.simulate:
            files.set_state(tx, run.file_id, "running", work.clock())


def _make_anew(work: Workplace, run: Run, loose: Loose | None) -> None:
    # From here on there is no plan: a failure on the way leaves a run that is planned afresh.
    _begin_again(work, run, planned_at=None)
    try:
        _forget(work, run)
        opener = _opener(work, run, loose)
        found = _known_as_a_whole(work, run) or _make(work, get_run(work, run.id), opener)
    except FileRefused as refused:
        with work.ledger.write() as tx:
            operations.forget_plan(tx, run.id)
        _refuse(work, run, refused)
    else:
        _note(work, get_run(work, run.id), found)


def _opener(work: Workplace, run: Run, loose: Loose | None) -> Callable[[], BinaryIO]:
    if loose is not None:
        return loose.opener
    if (its_tool := tool(run.command)).lists:
        return listing_opener(work, run, its_tool)
    with work.ledger.read() as tx:
        version = files.get(tx, run.file_id or 0)
    return opener_of(work, version)


def _forget(work: Workplace, run: Run) -> None:
    """Find out what became of the part that was sent, then forget what is not done."""
    work.site.require(tool(run.command).functions)
    site_id = work.site_id
    if run.site_id != site_id and _has_written(work, run):
        raise OtherSite(run.id, work.site.siteurl)
    if _has_sent(work, run):
        with alone_on_site(work, site_id) as alone:
            settle_sent(alone, run)
    with work.ledger.write() as tx:
        operations.forget_plan(tx, run.id)
        runs.change(tx, run.id, site_id=site_id, settings_digest=work.settings.digest(run.command))


def _has_sent(work: Workplace, run: Run) -> bool:
    with work.ledger.read() as tx:
        return bool(operations.sent(tx, run.id))


def _has_written(work: Workplace, run: Run) -> bool:
    with work.ledger.read() as tx:
        done = sum(operations.count_verbs(tx, run.id).values()) - operations.count_open(tx, run.id)
        return done > 0 or bool(operations.sent(tx, run.id))


def _known_as_a_whole(work: Workplace, run: Run) -> Planned | None:
    """The same bytes under the same settings as the last file of this command, nothing since: no row is read."""
    if run.file_id is None or asked_of(run) or compares_all(run, tool(run.command), work.tool_settings(run.command)):
        return None
    with work.ledger.read() as tx:
        last, version = applied.last_file(tx, work.site_id, run.command), files.get(tx, run.file_id)
        if not last or (last.sha256, last.settings_digest) != (version.sha256, work.settings.digest(run.command)):
            return None
        if operations.last_seq(tx, run.id) or _reads_otherwise(tx, last, version):
            return None
        unchanged = sum(counted(tx, runs.get(tx, last.run_id)).values())
        header = tuple(runs.get(tx, last.run_id).header or ())
        return Planned(unchanged, {}, operations.digest(tx, run.id), dict(version.dialect or {}), header)


def _reads_otherwise(tx: Connection, last: LastFile, version: FileVersion) -> bool:
    """Whether one of the two versions was read as somebody said: the same bytes are other rows then."""
    before = runs.get(tx, last.run_id).file_id
    return bool(version.read_as or (before and files.get(tx, before).read_as))


def _make(work: Workplace, run: Run, opener: Callable[[], BinaryIO]) -> Planned:
    opened = open_file(work, run.command, opener, asked_of(run), read_as=_read_as(work, run))
    if run.file_id and not run.simulate:
        with work.ledger.write() as tx:
            files.change(tx, run.file_id, dialect=dict(opened.file.facts))
    note_origin(work, run, repairs=opened.repairs)
    return make_plan(work, get_run(work, run.id), opened)


def _read_as(work: Workplace, run: Run) -> Mapping[str, str] | None:
    """What somebody said of how the run's file is to be read."""
    if run.file_id is None:
        return None
    with work.ledger.read() as tx:
        return files.get(tx, run.file_id).read_as


def _note(work: Workplace, run: Run, found: Planned) -> None:
    void = run.verdict == APPROVED and run.plan_digest != found.digest
    if void:
        log.warning("plan: run=%s the plan has changed since it was approved: the answer is void", run.id)
    with work.ledger.write() as tx:
        runs.change(
            tx,
            run.id,
            planned_at=work.clock(),
            plan_digest=found.digest,
            progress=None,
            header=found.header or None,
            verdict=run.verdict if run.verdict == APPROVED and not void else None,
            args=with_input(run, dialect_args(found.dialect) if run.simulate else {}),
            counts={"unchanged": found.unchanged},
            warnings=found.warnings,
            **(_NO_ANSWER if void else {}),
        )
        detail = {"digest": found.digest, "former": run.plan_digest}
        what = "answer_void" if void else "planned"
        events.add(tx, what, who=work.holder, at=work.clock(), file_id=run.file_id, run_id=run.id, detail=detail)
    log.info("plan: run=%s planned unchanged=%d digest=%.12s", run.id, found.unchanged, found.digest)


def _refuse(work: Workplace, run: Run, refused: FileRefused) -> None:
    log.error("plan: run=%s refused %s", run.id, refused)
    detail = {"code": refused.code, **refused.fault.args}
    with work.ledger.write() as tx:
        args = with_input(run, refused.fault.args)
        runs.change(tx, run.id, state="running", planned_at=None, verdict=REFUSED, code=refused.code, args=args)
        events.add(tx, "refused", who=work.holder, at=work.clock(), file_id=run.file_id, run_id=run.id, detail=detail)
