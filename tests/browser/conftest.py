"""Debian's Chromium before one real Airflow: `visit("erp", "depot")` is a page that this person looks at."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import chromium, command, signed_in
from tests.browser.site import Past, make_folder, past_site

HERE = Path(__file__).parent
PATIENCE = 30_000
"""Milliseconds: a busy machine is slow, and what is waited for comes or does not."""

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    """Every test here needs a browser; without one it says so instead of failing, or of passing in silence."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("torture") is None:
                item.add_marker(pytest.mark.timeout(900))
            if command() is None:
                item.add_marker(pytest.mark.skip(reason="NO BROWSER: the command `chromium` is not there"))


@pytest.fixture(scope="session")
def past(tmp_path_factory):
    with past_site(tmp_path_factory.mktemp("browser")) as told:
        yield told


@pytest.fixture(scope="session")
def browser():
    with chromium() as started:
        yield started


@dataclass
class Visits:
    """Opens browsers, each one person's; what their consoles complain about must have been expected."""

    past: Past
    chromium: Any
    contexts: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    expected: list = field(default_factory=list)

    def __call__(self, who, place="", *, width=1280, height=900, **wishes):
        page = self.browser(who, width=width, height=height, **wishes).new_page()
        page.goto(self.past.pages + place)
        return page

    def browser(self, who, *, width=1280, height=900, theme=None, language="en", **options):
        """A browser of its own; `theme` and `language` are those chosen in Airflow."""
        context = self.chromium.new_context(
            storage_state=signed_in(self.past, who, language=language, theme=theme),
            viewport={"width": width, "height": height},
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.contexts.append(context)
        return context

    def expect(self, *parts):
        """Complaints with these words are no fault: a refusal shows in the console too."""
        self.expected += parts

    def _heard(self, message):
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def close(self):
        for context in self.contexts:
            context.close()
        return [one for one in self.complaints if not any(part in one for part in self.expected)]


@pytest.fixture
def own_folder(past):
    """A folder that no other test looks into, as part of an address."""
    name = f"own-{secrets.token_hex(3)}"
    make_folder(past.site, name)
    return name


@pytest.fixture
def visit(past, browser):
    visits = Visits(past, browser)
    yield visits
    assert visits.close() == [], "the console of the browser complains"
