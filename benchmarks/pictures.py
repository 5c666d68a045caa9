"""Pictures: what a changed one and an unchanged one cost in calls, and that memory does not grow with their number."""

import io
import random
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from benchmarks.figure import Figure, Options, scratch, seconds
from include.sandbox.starting import Sandbox, start
from sync_operators.moodle.client import SITE_INFO, UPLOAD
from sync_operators.moodle.pictures import UPDATE
from tests.end_to_end.site import Site, site

COUNT = 1_000
CHANGED = 10
DELAY_MS = 20
GROWTH_MB = 8
"""What may be added for nine hundred pictures more; they take 18 MB."""


def figures(options: Options) -> Iterator[Figure]:
    """Two zips, whole walks over real sockets; then other zips of the same images, of which a few are new."""
    count = options.rows(COUNT)
    images = {f"p{number}.jpg": _noise(number) for number in range(count)}
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        sandbox = stack.enter_context(start(folder / "sandbox"))
        # What is imported on the way is nobody's growth.
        _walk(_opened(stack, sandbox, folder / "first", count), dict(list(images.items())[:2]))
        few = _peak(_opened(stack, sandbox, folder / "few", count), dict(list(images.items())[: count // 10]))
        opened = _opened(stack, sandbox, folder / "all", count)
        taken: list[float] = []
        many = _peak(opened, images, taken)
        calls = _calls(sandbox)
        yield _changed(calls, images, taken[0])
        yield Figure(
            f"memory for {count:,} pictures, against a tenth of them",
            f"≤ {GROWTH_MB} MB more",
            f"{many - few:.1f} MB more",
            many - few <= GROWTH_MB,
            f"{many:.1f} MB against {few:.1f} MB at the most; the pictures are {_size(images):.0f} MB",
        )
        yield _unchanged(opened, sandbox, images)


def _changed(calls: Counter[str], images: dict[str, bytes], taken: float) -> Figure:
    writes = calls[UPLOAD] + calls[UPDATE]
    return Figure(
        f"calls for a changed picture, {len(images):,} of {1000 * _size(images) / len(images):.0f} KB in two zips",
        "≤ 2",
        f"{writes / len(images):.2f}",
        writes <= 2 * len(images),
        f"{calls.total() - writes} other calls in all; {taken:.0f} s with answers of {DELAY_MS} ms",
    )


def _unchanged(opened: Site, sandbox: Sandbox, images: dict[str, bytes]) -> Figure:
    """The same images in another order, but for a few."""
    new = {name: _noise(10 * COUNT + at) for at, name in enumerate(list(images)[:CHANGED])}
    before = _calls(sandbox)
    _walk(opened, dict(list((images | new).items())[::-1]))
    calls = _calls(sandbox) - before
    beyond = calls[UPLOAD] + calls[UPDATE] - 2 * len(new)
    asked = calls.total() - calls[UPLOAD] - calls[UPDATE] - calls[SITE_INFO]
    return Figure(
        "calls for an unchanged picture",
        "0",
        str(beyond),
        beyond == 0,
        f"{len(images) - len(new):,} unchanged beside {len(new)} new ones, whose accounts took {asked} look-ups",
    )


def _opened(stack: ExitStack, sandbox: Sandbox, folder: Path, count: int) -> Site:
    sandbox.control.reset()
    sandbox.control.add_accounts(
        [{"username": f"p{number}", "lastname": "P", "email": f"p{number}@example.org"} for number in range(count)]
    )
    sandbox.control.set_answer_delay(DELAY_MS)
    return stack.enter_context(site(sandbox, folder))


def _peak(opened: Site, images: dict[str, bytes], taken: list[float] | None = None) -> float:
    """Megabytes that Python held at the most while all of it was done."""
    tracemalloc.start()
    try:
        needed = seconds(lambda: _walk(opened, images))
        if taken is not None:
            taken.append(needed)
        return tracemalloc.get_traced_memory()[1] / 1024**2
    finally:
        tracemalloc.stop()


def _walk(opened: Site, images: dict[str, bytes]) -> None:
    half = len(images) // 2
    for at, some in enumerate((list(images.items())[:half], list(images.items())[half:])):
        opened.put(f"userpictures_{at}.zip", _zipped(some))
    opened.capture()
    for _ in range(2):
        told = opened.run("pictures")
        if [run["state"] for run in told["runs"]] != ["done"]:
            raise AssertionError(f"the run did not end well: {told}")


def _zipped(images: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in images:
            archive.writestr(name, content)
    return out.getvalue()


def _noise(seed: int) -> bytes:
    """A JPEG of about 20 KB that is like no other."""
    out = io.BytesIO()
    Image.frombytes("L", (160, 160), random.Random(seed).randbytes(160 * 160)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _size(images: dict[str, bytes]) -> float:
    return sum(map(len, images.values())) / 1000**2


def _calls(sandbox: Sandbox) -> Counter[str]:
    return Counter(call["function"] for call in sandbox.control.calls())
