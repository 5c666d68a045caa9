"""Each complete file is told once, when it is complete, whatever the drop and other captures do meanwhile."""

import pytest

from sync_operators.configuration.sections import Drop
from sync_operators.intake.drop import FileKind, Found
from sync_operators.intake.watching import Watch

AT = 1_764_000_000


def file(name, size=10, mtime=AT, kind=FileKind.FILE):
    return Found(name.encode(), kind, size, mtime)


def told(*looks, watch=None, **rules):
    """Names told at each look; a look is its second and what lies in the drop."""
    watch = watch or Watch()
    return [[found.shown for found in watch.look(listing, Drop(**rules), now)] for now, *listing in looks]


A, B, BIGGER = file("a.csv"), file("b.csv"), file("a.csv", 20)
DONE, LOCK, ALOCK = file("a.csv.done", 0), file("lock.txt"), file("alock.txt")


@pytest.mark.parametrize(
    ("looks", "names", "rules"),
    [
        ([(0, A), (1, A), (2, A), (4, A)], [[], [], ["a.csv"], []], {}),
        ([(0, A), (2, BIGGER), (4, BIGGER)], [[], [], ["a.csv"]], {}),
        ([(0, A), (2, file("a.csv", mtime=AT + 1)), (3, A)], [[], [], []], {}),
        ([(0, A)], [["a.csv"]], {"settle_seconds": 0}),
        ([(0, A), (9, A), (10, A, DONE)], [[], [], ["a.csv"]], {"done_suffix": ".done"}),
        ([(0, A), (9, A, file("a.csv.sha256"))], [[], ["a.csv"]], {"checksum_suffix": ".sha256"}),
        ([(0, A), (2, A), (3, BIGGER), (5, BIGGER)], [[], ["a.csv"], [], ["a.csv"]], {}),
        ([(0, A), (2, A), (3,), (4, A), (6, A)], [[], ["a.csv"], [], [], ["a.csv"]], {}),
        ([(0, A, B), (2, A, B), (3, B)], [[], ["a.csv", "b.csv"], []], {}),
    ],
    ids=[
        "at rest, once", "grows", "is touched", "no wait", "done file", "checksum file", "replaced", "again",
        "taken after it was told",
    ],
)  # fmt: skip
def test_a_file_is_told_when_it_is_complete_and_once(looks, names, rules):
    assert told(*looks, **rules) == names


@pytest.mark.parametrize(
    "name", ["_report_a.csv", ".hidden", "a.csv.part", "A.CSV.TMP", "a~", "locked.txt", "a.csv.done"]
)
def test_what_no_capture_would_take_is_never_told(name):
    assert told((0, file(name)), (9, file(name)), (10,), done_suffix=".done") == [[], [], []]


def test_folders_are_not_told():
    folder = file("in", kind=FileKind.DIRECTORY)
    assert told((0, folder), (9, folder)) == [[], []]


@pytest.mark.parametrize("lock", [LOCK, ALOCK], ids=["lock.txt", "alock.txt"])
def test_nothing_is_told_while_the_drop_is_locked_and_all_when_it_is_not(lock):
    assert told((0, A, lock), (9, A, lock), (10, A)) == [[], [], ["a.csv"]]


def test_a_file_that_went_before_it_was_told_is_told_for_another_capture_took_it():
    assert told((0, A), (1,), (2,)) == [[], ["a.csv"], []]
    assert told((0, A), (1, LOCK), (2,)) == [[], [], ["a.csv"]]


def test_a_watch_that_goes_on_tells_nothing_again():
    first = Watch()
    told((0, A, B), (2, A, B), watch=first)
    assert told((0, A, B), (9, A, B), watch=Watch(first.digest)) == [[], []]


@pytest.mark.parametrize("now", [(A,), (A, B, file("c.csv")), (BIGGER, B)], ids=["less", "more", "other"])
def test_a_watch_that_goes_on_tells_all_when_anything_is_different(now):
    first = Watch()
    told((0, A, B), (2, A, B), watch=first)
    assert told((0, *now), (9, *now), watch=Watch(first.digest))[1] == [found.shown for found in now]


def test_what_was_remembered_stands_until_the_first_look_and_follows_what_is_there():
    first = Watch("x")
    assert first.digest == "x"
    told((0, A, B), (2, A, B), (3, A), watch=first)
    only = Watch()
    told((0, A), (2, A), watch=only)
    assert first.digest == only.digest


def test_after_an_outage_everything_is_told_anew():
    watch = Watch()
    told((0, A), (2, A), watch=watch)
    watch.forget()
    assert told((5, A), (6, A), watch=watch) == [["a.csv"], []]


def test_names_that_are_no_text_are_told_on_one_line():
    odd = Found(b"\xff\n.csv", FileKind.FILE, 1, AT)
    assert told((0, odd), (2, odd)) == [[], ["\\xff\\n.csv"]]
