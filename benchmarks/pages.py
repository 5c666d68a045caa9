"""How soon a page is there, over a depot, plans and reports at their largest; and while a long run writes."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

import httpx

from benchmarks.figure import Figure, Options, scratch
from benchmarks.page_server import TRIVIAL, serving
from include.sandbox.starting import Sandbox, start
from sync_operators import course_list
from sync_operators.course_list import CourseList, ListedCategory, ListedCourse
from sync_operators.depot.adopting import adopt
from tests.end_to_end.site import Site, site

ROUNDS = 15
FILES, ROWS, COURSES, BUSY = 10_000, 100_000, 2_400, 50_000
FIRST_BYTE, FRAGMENT, PATIENCE = 0.300, 0.200, 1.0
HEADER = "username;firstname;lastname;idnumber;email;city\n"
FRAGMENTS = {"X-Fragment": "1"}


def figures(options: Options) -> Iterator[Figure]:
    """Every page on a warm server; then the ledger gets busy."""
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        places = _filled(sandbox, folder / "site", options)
        with serving(sandbox, folder / "site") as client:
            trivial = _first_byte(client, TRIVIAL, {})
            for name, place in places.items():
                yield _figure(f"page: {name}: first byte", _first_byte(client, place, {}), trivial, FIRST_BYTE)
                yield _figure(f"page: {name}: fragment", _first_byte(client, place, FRAGMENTS), trivial, FRAGMENT)
            count = options.rows(BUSY)
            waits = _while_busy(client, places, lambda: _run(sandbox, folder / "site", count))
        yield _longest(count, waits)


def _figure(what: str, taken: float, trivial: float, mark: float) -> Figure:
    told = f"{taken / trivial:.0f} × a route of the same app that does nothing ({trivial * 1000:.0f} ms)"
    return Figure(what, f"≤ {mark * 1000:.0f} ms", f"{taken * 1000:.0f} ms", taken <= mark, f"{told}; of {ROUNDS}")


def _first_byte(client: httpx.Client, place: str, headers: Mapping[str, str]) -> float:
    """Seconds until an answer begins: the median of some, after two that warm the server."""
    return median([_wait(client, place, headers) for _ in range(ROUNDS + 2)][2:])


def _wait(client: httpx.Client, place: str, headers: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    with client.stream("GET", place, headers=dict(headers)) as answer:
        next(answer.iter_raw(1), b"")
        taken = time.perf_counter() - begun
        answer.raise_for_status()
    return taken


Waits = list[tuple[float, str]]
"""Seconds, and the name of the page that was waited for."""


def _while_busy(client: httpx.Client, places: Mapping[str, str], work: Callable[[], None]) -> Waits:
    """The waits for all pages, in turns, while a run goes on in another process."""
    walker = multiprocessing.get_context("fork").Process(target=work)
    walker.start()
    waits: Waits = []
    while walker.is_alive():
        waits += [(_wait(client, place, {}), name) for name, place in places.items()]
    walker.join()
    if walker.exitcode:
        raise AssertionError(f"the run ended with {walker.exitcode}")
    return waits


def _longest(count: int, waits: Waits) -> Figure:
    longest, name = max(waits)
    what = f"the longest wait for a page while a run of {count:,} rows goes on"
    told = f"{name}; {len(waits)} pages, {median(wait for wait, _ in waits) * 1000:.0f} ms in the middle"
    return Figure(what, f"≤ {PATIENCE:.0f} s", f"{longest:.2f} s", longest <= PATIENCE, told)


def _run(sandbox: Sandbox, folder: Path, count: int) -> None:
    """A second file, in a process of its own."""
    with site(sandbox, folder) as opened:
        opened.dag_run = 1  # that of the plan was the first
        told = opened.deliver("busy.csv", _users("busy", count), file="busy.csv")
    if told["state"] != "done":
        raise AssertionError(f"the run did not end well: {told}")


# -- a site at its largest --------------------------------------------------------------------------------------------


def _filled(sandbox: Sandbox, folder: Path, options: Options) -> dict[str, str]:
    """Fill it; the pages to be looked at, by their names."""
    with site(sandbox, folder) as opened:
        opened.put("userimport.csv", _users("many", options.rows(ROWS)))
        opened.capture()
        (planned,) = opened.run("users", simulate=True)["runs"]
        if planned["state"] != "simulated":
            raise AssertionError(f"the run did not end well: {planned}")
        file_id = _files(opened, options.rows(FILES))
        _courses(opened, options.rows(COURSES))
    return {
        "overview": "",
        f"folder of {options.rows(FILES):,} files": "depot/many",
        "that folder, one name": "depot/many?q=file-0004",
        "a file": f"files/{file_id}",
        f"plan of {options.rows(ROWS):,} operations": f"plans/{planned['run_id']}",
        "that plan, one key": f"plans/{planned['run_id']}?q=many.99",
        f"report of {options.rows(ROWS):,} rows": f"reports/{planned['run_id']}?kind=all",
        "that report, one name": f"reports/{planned['run_id']}?kind=all&q=many.99",
        f"{options.rows(COURSES):,} courses": "courses",
        "those courses, by words": "courses?q=course 23",
        "reports": "reports",
        "who changed": "changes?name=many.99",
        "settings": "settings",
    }


def _users(name: str, count: int) -> str:
    rows = (f"{name}.{n};{name.title()};No {n};{name}-{n};{name}.{n}@example.org;Oslo\n" for n in range(count))
    return HEADER + "".join(rows)


def _files(opened: Site, count: int) -> int:
    """So many in a folder, put there by hand; the id of one."""
    folder = opened.depot / "many"
    folder.mkdir()
    for number in range(count):
        (folder / f"file-{number:05}.csv").write_text(f"username\nsomebody.{number}\n")
    work = opened.work
    return adopt(work.ledger, work.depot, work.clock, lambda _: False).added[0].id


def _courses(opened: Site, count: int) -> None:
    categories = tuple(ListedCategory(n, f"Category {n}", n // 4) for n in range(1, 41))
    courses = tuple(_course(number) for number in range(2, count + 2))
    listed = CourseList(opened.sandbox.moodle_url, opened.work.clock(), courses, categories)
    course_list.keep(opened.work.depot, listed)


def _course(n: int) -> ListedCourse:
    roles = {"student": n % 90, "teacher": 2}
    return ListedCourse(
        n, f"C-{n:05}", f"Course {n} of many", f"ID-{n}", 1 + n % 40, bool(n % 7), roles, n % 90 + 2, 1_790_000_000 + n
    )
