"""How long a newcomer waits until `make demo` shows what has become of the sample files."""

import re
import shutil
import subprocess
from collections.abc import Iterator

from benchmarks.figure import Figure, Options
from include.sandbox.environment import ROOT

MOST = 180  # seconds
_RESULT = re.compile(r"^sync_users is (\w+): .* after (\d+) s in all$", re.MULTILINE)


def figures(options: Options) -> Iterator[Figure]:
    """`make smoke` tells the same story and ends; the install is there, as with a warm package cache."""
    del options
    what = "make demo until the result is on screen"
    if not shutil.which("make"):
        yield Figure(what, "≤ 3 minutes", "skipped", None, "there is no `make` on this machine")
        return
    done = subprocess.run(["make", "smoke"], cwd=ROOT, check=False, capture_output=True, text=True)
    found = _RESULT.search(done.stdout)
    if done.returncode or not found:
        yield Figure(what, "≤ 3 minutes", "failed", met=False, detail=" ".join(done.stdout.split())[-200:])
        return
    took = int(found[2])
    yield Figure(what, "≤ 3 minutes", f"{took} s", took <= MOST, f"the DAG run is {found[1]}; without the installation")
