"""Empty categories against the sandbox: which go, which stay, and what is said of each."""

from contextlib import ExitStack

import pytest

from sync_operators.codes import code
from sync_operators.ledger import operations
from tests.end_to_end.site import site as open_site

COMMAND = "categories_clean"


class Cleaning:
    """A bare site with one category, 1, in which the courses are; others are grown by path."""

    def __init__(self, site, sandbox):
        self.site, self.sandbox = site, sandbox
        self.ids = {"": 0}

    def grow(self, *paths):
        """Make categories, `A/B` below `A`; an ending `*` puts a course into the last one."""
        for path in paths:
            self._grow(path.rstrip("*"))
            if path.endswith("*"):
                self.fill(path.rstrip("*"))
        return self

    def _grow(self, path):
        above, _, name = path.rpartition("/")
        if above not in self.ids:
            self._grow(above)
        if path not in self.ids:
            self.ids[path] = self.sandbox.control.add_row("categories", name=name, parent=self.ids[above])

    def fill(self, path, **course):
        name = f"in {path}"
        return self.sandbox.control.add_row(
            "courses", shortname=name, fullname=name, categoryid=self.ids[path], **course
        )

    @property
    def left(self):
        """The paths that are still there."""
        there = {row["id"] for row in self.sandbox.control.rows("categories")}
        return sorted(path for path, number in self.ids.items() if number in there)

    def run(self, **wishes):
        told = self.site.run(COMMAND, **wishes)
        return told["runs"][0]

    def outcomes(self, run):
        """The code of each category that was grown, by path."""
        paths = {number: path for path, number in self.ids.items()}
        with self.site.work.ledger.read() as tx:
            rows = list(operations.rows(tx, run["run_id"]))
        return {paths[int(row.identifiers["id"])]: row.code for row in rows if int(row.identifiers["id"]) in paths}

    def messages(self, run):
        with self.site.work.ledger.read() as tx:
            return [code(row.code).message("en", row.args) for row in operations.rows(tx, run["run_id"])]

    def deletions(self):
        """What was deleted: (path, with all that is in it), in order."""
        paths = {number: path for path, number in self.ids.items()}
        calls = [each for each in self.sandbox.control.journal() if each["function"] == "core_course_delete_categories"]
        return [(paths[row["id"]], bool(row.get("recursive"))) for each in calls for row in each["args"]["categories"]]


@pytest.fixture
def open_cleaning(sandbox, tmp_path):
    """Opens a site with settings of `categories_clean` (others by `section__key`)."""
    with ExitStack() as stack:
        sandbox.control.reset(bare=True)

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'CATEGORIES_CLEAN__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            return Cleaning(
                stack.enter_context(open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None)), sandbox
            )

        yield opened


@pytest.fixture
def cleaning(open_cleaning):
    return open_cleaning()


def test_a_site_without_an_empty_category_says_of_each_that_it_stays(cleaning):
    cleaning.grow("A*", "A/B*")
    run = cleaning.run()
    assert (run["state"], run["counts"]) == ("done", {"category_deleted": 1, "skipped_not_empty": 2})
    assert cleaning.left == ["A", "A/B"]
