"""Which DAG files that came from the drop are waiting for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sync_operators.depot.active import active_files
from sync_operators.ledger import Ledger, files
from sync_operators.ledger.files import FileState, FileVersion
from sync_operators.settings import Settings

ALL = "sync_all"


@dataclass(frozen=True, slots=True)
class Start:
    """A DAG to be started for these commands; the newest of their files names the DAG run, so it is started once."""

    dag_id: str
    run_id: str
    commands: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The start as JSON."""
        return {**asdict(self), "commands": list(self.commands)}


def due(settings: Settings, ledger: Ledger, dags: Mapping[str, Sequence[str]]) -> Start | None:
    """The DAG for what waits, of those that run commands; None when nothing waits.

    When more than one would have to run, or another is still at a file, it is the one that runs all in their order.
    """
    with ledger.read() as tx:
        live = files.live(tx)
    active = {(dag_id, each): _active(settings, each, live) for dag_id, commands in dags.items() for each in commands}
    waiting = {key: found for key, versions in active.items() if (found := [*filter(_waits, versions)])}
    if not waiting:
        return None
    concerned = {dag_id for (dag_id, _), versions in active.items() if any(_waits(v) or _runs(v) for v in versions)}
    newest = max(version.id for versions in waiting.values() for version in versions)
    dag_id = concerned.pop() if len(concerned) == 1 else ALL
    return Start(dag_id, f"drop-{newest}", tuple(command for _, command in waiting))


def _active(settings: Settings, command: str, live: Sequence[FileVersion]) -> Iterable[FileVersion]:
    return active_files(getattr(settings.section(command), "file", ""), live).files


def _waits(version: FileVersion) -> bool:
    """Whether it came from the drop, and no run has begun: what lies in the depot by hand is left to its schedule."""
    return version.state == FileState.WAITING and version.origin == "drop"


def _runs(version: FileVersion) -> bool:
    return version.state == FileState.RUNNING
