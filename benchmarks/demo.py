"""How long a newcomer waits until `make demo` shows what has become of the sample files."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator

from benchmarks.figure import Figure, Options
from include.sandbox.environment import ROOT

MOST = 180  # seconds
_WHAT, _WANTED = "make demo until the result is on screen", "≤ 3 minutes"
_RESULT = re.compile(r"sync_all ended (\w+) after \d+ s")


def figures(options: Options) -> Iterator[Figure]:
    """`make smoke` tells the same story and ends; the install is there, as with a warm package cache."""
    del options
    if not shutil.which("make"):
        yield Figure(_WHAT, _WANTED, "skipped", None, "there is no `make` on this machine")
        return
    begun, told, shown = time.monotonic(), list[str](), dict[str, float]()
    with subprocess.Popen(["make", "smoke"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            told.append(line)
            if found := _RESULT.match(line):
                shown.setdefault(found[1], time.monotonic() - begun)
    if running.returncode or not shown:
        yield Figure(_WHAT, _WANTED, "failed", met=False, detail=" ".join("".join(told).split())[-200:])
        return
    colour, took = next(iter(shown.items()))
    yield Figure(_WHAT, _WANTED, f"{took:.0f} s", took <= MOST, f"the DAG run is {colour}; without the installation")
