"""Which file a command runs now, and under which run."""

import logging
from collections.abc import Mapping

from sqlalchemy import Connection

from sync_operators.depot.active import Active, active_files, explicit_file
from sync_operators.depot.versions import candidates
from sync_operators.errors import Busy, WorldError
from sync_operators.ledger import events, files, runs, sites
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.plans.gating import APPROVED, REJECTED
from sync_operators.plans.inputs import Loose, asked_args, asked_of
from sync_operators.plans.request import NoSuchFile, Request
from sync_operators.plans.turns import get_run
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool

log = logging.getLogger(__name__)

HELD, RUNNING = "held", "running"

_LOOKS = 5
"""How often another is looked for when somebody else was faster."""


def run_for(work: Workplace, request: Request, loose: Loose | None = None) -> Run | None:
    """The run that goes on or begins now; None when the command has no file, and needs one.

    Raises NoSuchFile when the request names a file that is not there, Busy when another command is at it.
    """
    if request.answered:
        return _joined(work, request, get_run(work, request.answered))
    if tool(request.command).lists:
        return _joined(work, request, _without_file(work, request))
    if loose is not None:
        return _joined(work, request, _begin_loose(work, request, loose.as_args()))
    for _ in range(_LOOKS):
        found = _next(work, request)
        run = _begin(work, request, found) if isinstance(found, FileVersion) else found
        if run is not None or found is None:
            return run and _joined(work, request, run)
    raise Busy(f"{request.command}: others began every file that was chosen.", remedy="The next run goes on.")


def waiting_for(work: Workplace, command: str) -> list[FileVersion]:
    """The files that the command would run, in order; held ones are left out."""
    return [each for each in _candidates(work, command).files if each.state != HELD]


def refused_without_file(work: Workplace, request: Request, error: NoSuchFile) -> Run:
    """A run for a file that is not there: it ends at once, and says so."""
    now, site_id = work.clock(), known_site(work)
    with work.ledger.write() as tx:
        run = _started(work, tx, request, None, site_id)
        runs.change(tx, run.id, verdict="refused", code=error.code, args=dict(error.fault.args))
        events.add(tx, "refused", who=work.holder, at=now, run_id=run.id, detail=dict(error.fault.args))
    return _joined(work, request, get_run(work, run.id))


def known_site(work: Workplace) -> int:
    """The site that Moodle names; while it does not answer, the one under the address we were given."""
    try:
        return work.site_id
    except WorldError as error:
        log.warning("plan: site unknown reason=%s", error)
        with work.ledger.write() as tx:
            return sites.site_id(tx, work.moodle.url)


def _next(work: Workplace, request: Request) -> FileVersion | Run | None:
    """The run to go on with, else the file to begin with."""
    if not request.file and not request.simulate and (run := _begun(work, request.command)):
        return run
    version = _choose(work, request)
    if version is None or request.simulate:
        return version
    with work.ledger.read() as tx:
        run = runs.unfinished_for_file(tx, version.id)
    if run is not None and run.command != request.command:
        raise Busy(
            f"{version.name} is being run by the command {run.command}: run {run.id} ({run.state}).",
            remedy="Wait until that run has ended.",
        )
    return run or version


def _begun(work: Workplace, command: str) -> Run | None:
    """A run that was cut off or failed, wherever its file lies by now; a held one only when it has its answer."""
    with work.ledger.read() as tx:
        found = [run for run in runs.begun(tx, command) if run.file_id is not None]
    return next(filter(_goes_on, found), None)


def _goes_on(run: Run) -> bool:
    return run.state != HELD or run.verdict in {APPROVED, REJECTED}


def _without_file(work: Workplace, request: Request) -> Run:
    """The run of a command that takes no file: a cut off or failed one, whatever it was asked for, else a new one.

    A held one stands for whoever asks for the same again.
    """
    with work.ledger.read() as tx:
        begun = [] if request.simulate else runs.begun(tx, request.command)
    found = (run for run in begun if _goes_on(run) or asked_of(run) == request.asked)
    return next(found, None) or _begin_loose(work, request, asked_args(request.asked))


def _choose(work: Workplace, request: Request) -> FileVersion | None:
    """The file asked for, else the first active one; a held one only when no other waits: its question stands."""
    found = _named(work, request.file) if request.file else _candidates(work, request.command)
    for fault in found.warnings:
        log.warning("plan: command=%s %s", request.command, fault.message("en"))
    free = [each for each in found.files if each.state != HELD]
    return next(iter(free or found.files), None)


def _candidates(work: Workplace, command: str) -> Active:
    with work.ledger.read() as tx:
        return active_files(getattr(work.settings.section(command), "file", ""), files.live(tx))


def _named(work: Workplace, name: str) -> Active:
    with work.ledger.read() as tx:
        found = explicit_file(name, [*files.live(tx), *candidates(tx)])
    if not found.files:
        raise NoSuchFile(name)
    return found


def _begin(work: Workplace, request: Request, version: FileVersion) -> Run | None:
    """Begin a run on a file; None when another has been at it since it was chosen."""
    site_id = known_site(work)
    try:
        with work.ledger.write() as tx:
            fresh = files.get(tx, version.id)
            if not request.simulate and (fresh.state, fresh.place) != (version.state, version.place):
                return None
            run = _started(work, tx, request, version.id, site_id)
            runs.change(tx, run.id, args=asked_args(request.asked))
            if not request.simulate:
                files.set_state(tx, version.id, RUNNING, work.clock())
            _tell(work, tx, request, run)
    except Busy:
        return None
    log.info("plan: run=%s command=%s file=%s sha256=%.12s", run.id, request.command, version.place, version.sha256)
    return run


def _begin_loose(work: Workplace, request: Request, args: Mapping[str, str]) -> Run:
    site_id = known_site(work)
    with work.ledger.write() as tx:
        run = _started(work, tx, request, None, site_id)
        runs.change(tx, run.id, args=dict(args))
        _tell(work, tx, request, run)
        return runs.get(tx, run.id)


def _tell(work: Workplace, tx: Connection, request: Request, run: Run) -> None:
    detail = {
        "command": request.command,
        "simulate": request.simulate,
        "mode": request.mode,
        "file": request.file,
        "by": request.started_by,
    }
    events.add(tx, "started", who=work.holder, at=run.started, file_id=run.file_id, run_id=run.id, detail=detail)


def _started(work: Workplace, tx: Connection, request: Request, file_id: int | None, site_id: int) -> Run:
    return runs.start(
        tx,
        run_id=runs.new_run_id(work.clock()),
        file_id=file_id,
        site_id=site_id,
        command=request.command,
        mode=request.mode,
        simulate=request.simulate,
        settings_digest=work.settings.digest(request.command),
        correlation_id=request.correlation_id,
        started_by=request.started_by,
        at=work.clock(),
    )


def _joined(work: Workplace, request: Request, run: Run) -> Run:
    if request.dag_run_id:
        with work.ledger.write() as tx:
            runs.joined(tx, run.id, request.dag_id, request.dag_run_id, request.attempt)
    return run
