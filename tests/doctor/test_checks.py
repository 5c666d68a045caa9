"""How checks are run, and the words of what they find."""

import threading
from typing import ClassVar

import pytest

from sync_operators.codes import placeholders
from sync_operators.doctor import checks
from sync_operators.doctor.finding import Words, catalogue


class Stuck:
    name = "drop"
    checks: ClassVar = {"reach": (), "login": ()}

    def __init__(self):
        self.go_on = threading.Event()

    def close(self):
        pass

    def reach(self):
        self.go_on.wait(60)
        yield from ()


def test_what_never_ends_is_left_behind():
    stuck = Stuck()
    found = checks.examine_within([stuck], Words("en"), 0.2)
    stuck.go_on.set()
    assert [(one.check, str(one.level), one.message) for one in found] == [
        ("reach", "fail", "no end within 0 s: given up"),
        ("login", "skipped", "not looked at, as `drop/reach` did not end well"),
    ]


def test_a_bug_of_a_check_is_a_failure_of_that_check_alone_and_tells_no_secret():
    class Buggy(Stuck):
        def reach(self):
            raise ValueError("t0ken")

        def login(self):
            yield Words("en")("drop.login.ok")

    found = []
    checks.examine(Buggy(), Words("en"), found)
    assert [(one.check, one.message) for one in found] == [
        ("reach", "the check itself broke off (ValueError)"),
        ("login", "the server lets us in"),
    ]


@pytest.mark.parametrize("key", catalogue())
def test_a_finding_has_the_same_places_in_both_languages_and_a_remedy_when_it_is_bad(key):
    entry = catalogue()[key]
    assert placeholders(entry["en"]) == placeholders(entry["fr"])
    remedy = entry.get("remedy", {})
    assert set(remedy) == ({"en", "fr"} if entry["level"] in ("warn", "fail") else set())
    assert placeholders(remedy.get("en", "")) == placeholders(remedy.get("fr", ""))
