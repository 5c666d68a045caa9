"""The pages on a ledger in PostgreSQL: each says what it says on SQLite."""

import re
from itertools import zip_longest

import pytest

from tests.end_to_end.conftest import database  # noqa: F401
from tests.end_to_end.site import site as open_site
from tests.web.browsing import Pages
from tests.web.story import Story, tell
from tests.web.test_access import EDITS, READS, ROUTES, places

OF_ROUTES = [
    place for method, place, table in ROUTES if method == "GET" and table in (READS, EDITS) and place != "reach"
]
ASKED = [
    "reports?command=users",
    "reports?state=done_with_errors",
    "reports?q=USERIMPORT",
    "reports?q=user_",
    "reports?before={held}",
    "reports/{done}?kind=error",
    "reports/{done}?code=created",
    "reports/{done}?kind=&q=e2",
    "reports/{done}?kind=&after=1",
    "plans?before={held}",
    "plans/{held}?op=create&after=50",
    "plans/{held}?q=m01",
    "depot/archives?q=USER",
    "depot/quarantine",
    "depot/reports?q=USERIMPORT",
    "depot/reports?q={done}",
    "depot/tryback",
    "depot/undo",
    "depot?q=user",
    "depot?state=held",
    *[f"depot?sort={sign}{sort}" for sort in ("name", "size", "from", "arrived", "state") for sign in ("", "-")],
    "depot?preview={file}",
    "files/{file}/rows?command=users",
    "changes?name=E2",
    "changes?name=ann",
    "changes?name=NEW.ONE@example.org",
    "changes?name=Bergen",
    "changes?file=userimport.csv&line=2",
]
DIFFERS = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)?"), "<time>"),
    (re.compile(r"\b\d\d?:\d\d(:\d\d)?(\s?[AP]M)?"), "<time>"),
    (re.compile(r"[0-9a-f]{8,64}"), "<hex>"),
    (re.compile(r'"seconds": [\d.]+'), "<seconds>"),
    (re.compile(r"[\d.,]+\s(m?s\b|<span[^>]*>rows/s)"), "<seconds>"),
)
"""What differs between two equal pasts, beside the runs' ids."""


@pytest.fixture(scope="module")
def elsewhere(running_sandbox, tmp_path_factory, database):  # noqa: F811
    """The same past as `story`, in PostgreSQL."""
    running_sandbox.control.reset()
    folder = tmp_path_factory.mktemp("elsewhere")
    with open_site(running_sandbox, folder, environ=Story.SETTINGS, ledger=database) as site:
        yield tell(site, running_sandbox)


@pytest.fixture
def pages_elsewhere(elsewhere, auth_manager):
    with Pages.over(elsewhere.store) as opened:
        yield opened


def lines(pages, story, place):
    """What a page says, without what differs."""
    found = pages.get(place.format(**places(story)))
    assert found.status_code == 200, found.text
    return [_plain(line, story) for line in found.text.splitlines()]


def _plain(line, story):
    for name, run_id in story.runs.items():
        line = line.replace(run_id, f"<{name}>")
    for pattern, kept in DIFFERS:
        line = pattern.sub(kept, line)
    return line


@pytest.mark.parametrize("place", OF_ROUTES + ASKED)
def test_a_page_says_what_it_says_on_sqlite(story, pages, elsewhere, pages_elsewhere, place):
    here, there = lines(pages, story, place), lines(pages_elsewhere, elsewhere, place)
    assert [pair for pair in zip_longest(here, there) if pair[0] != pair[1]] == []
