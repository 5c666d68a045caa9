"""Peak memory of planning unchanged rows, in a process of its own and without Airflow."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Options, scratch, seconds
from benchmarks.planning import planner
from benchmarks.postgresql import database, missing
from benchmarks.rows import write_people

ROWS = 1_000_000
# A process inherits the peak of the one it was started from; a shell's is small.
_SHELL = ("sh", "-c", '"$@"; exit $?', "sh")


def figures(options: Options) -> Iterator[Figure]:
    """On SQLite, and for information on PostgreSQL when one listens on this machine."""
    with scratch() as folder:
        many, few = (_peak(folder / str(count), count) for count in _counts(options))
        yield _against_fewer(many, few, "SQLite")
        yield Figure("peak memory of that by itself", "≤ 120 MB", f"{many:.0f} MB", many <= 120)
        yield from _on_postgresql(folder, options)


def _counts(options: Options) -> tuple[int, int]:
    return options.rows(ROWS), options.rows(ROWS) // 10


def _against_fewer(many: float, few: float, where: str) -> Figure:
    what = f"peak memory of delta, ten times the rows, {where}"
    return Figure(what, "≤ 1.3 ×", f"{many / few:.2f} ×", many <= 1.3 * few, f"{many:.0f} MB against {few:.0f} MB")


def _on_postgresql(folder: Path, options: Options) -> Iterator[Figure]:
    """No mark is set for it."""
    if reason := missing():
        yield Figure("the same on PostgreSQL", "information", "skipped", None, reason)
        return
    with database() as first, database() as second:
        few = _peak(folder / "few", _counts(options)[1], first)
        many = _peak(folder / "many", options.rows(ROWS), second)
    told = _against_fewer(many, few, "PostgreSQL")
    yield Figure(told.what, "information", told.found, None, told.detail)


def _peak(folder: Path, count: int, ledger: str = "") -> float:
    """Megabytes that a process needs which plans a file of so many rows, all of them unchanged."""
    folder.mkdir()
    file = write_people(folder / "people.csv", range(count))
    with planner(folder, ledger=ledger) as planning:
        planning.remember(file)
    command = [sys.executable, "-m", "benchmarks.memory", str(folder), ledger]
    told = json.loads(subprocess.run([*_SHELL, *command], check=True, stdout=subprocess.PIPE).stdout)
    if told["unchanged"] != count or told["airflow"]:
        raise AssertionError(f"this is not what was to be measured: {told}")
    return float(told["megabytes"])


def _plan(folder: Path, ledger: str) -> None:
    with planner(folder, ledger=ledger) as planning:
        found = []
        taken = seconds(lambda: found.append(planning.plan(folder / "people.csv", planning.start())))
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"unchanged": found[0].unchanged, "seconds": taken, "megabytes": kilobytes / 1024}
    json.dump(told | {"airflow": "airflow" in sys.modules}, sys.stdout)


if __name__ == "__main__":
    _plan(Path(sys.argv[1]), sys.argv[2])
