"""Measure all figures, print them, and write them with machine and date to `benchmarks/RESULTS.md`."""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from benchmarks.figure import Figure, Options
from benchmarks.results import Measured, as_text, write_results

GROUPS = (
    "delta",
    "memory",
    "unchanged",
    "create",
    "onebad",
    "enrolments",
    "courses",
    "pictures",
    "size",
    "pages",
    "capture",
    "startup",
    "held",
    "demo",
)
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> int:
    """Measure; 1 when a figure misses its mark."""
    asked = _asked()
    measured = Measured.begin(quick=asked.quick)
    for name in asked.only or GROUPS:
        for figure in _figures(name, Options(quick=asked.quick)):
            measured.add(figure)
            sys.stdout.write(f"{as_text(figure)}\n")
            sys.stdout.flush()
    if not asked.only and not asked.quick:
        write_results(RESULTS, measured)
        sys.stdout.write(f"written to {RESULTS}\n")
    return int(any(figure.met is False for figure in measured.figures))


def _figures(name: str, options: Options) -> Iterator[Figure]:
    begun = time.monotonic()
    # A group's imports are its own: what one needs is no part of another's figure.
    try:
        yield from import_module(f"benchmarks.{name}").figures(options)
    except Exception as error:  # noqa: BLE001 - a group that breaks must not cost the figures of the others
        traceback.print_exc()
        yield Figure(name, "a figure", "failed", met=False, detail=f"{type(error).__name__}: {error}")
    sys.stderr.write(f"  ({name}: {time.monotonic() - begun:.0f} s)\n")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=GROUPS, help="one group of figures (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows: does it run, not how fast")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
