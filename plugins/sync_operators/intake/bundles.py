"""Files that came in a bundle wait for the DAG that runs all commands in their order."""

import logging
from datetime import datetime

from sync_operators.ledger import Ledger, events, files
from sync_operators.ledger.files import FileState

log = logging.getLogger(__name__)

DAG_ID = "sync_all"
"""The DAG that a bundle starts."""


def waiting_bundle(ledger: Ledger) -> int | None:
    """The newest bundle whose files wait for their DAG, as the id of its file; starting it is enough for all."""
    with ledger.read() as tx:
        return max((version.bundle_id or 0 for version in files.bundled(tx)), default=None)


def begin(ledger: Ledger, who: str, at: datetime) -> None:
    """Let the files of all bundles be run from now on: their DAG has begun."""
    with ledger.write() as tx:
        for version in files.bundled(tx):
            files.set_state(tx, version.id, FileState.WAITING, at)
            events.add(tx, "bundle_begun", who=who, at=at, file_id=version.id, detail={"bundle": version.bundle_id})
            log.info("bundle: file=%r of bundle=%s waits for its command", version.name, version.bundle_id)
