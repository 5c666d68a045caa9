"""Everything a person can have before them: each page, and each dialog or state that stands on top of one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.browser.site import Past


@dataclass(frozen=True)
class Screen:
    """A page by its address below the pages; `then` brings up what stands on it."""

    name: str
    place: str
    then: Callable[[Any], None] = lambda _page: None
    status: int = 200


def screens(past: Past) -> Iterator[Screen]:
    """All of them; each can be opened again and again, none changes anything."""
    ids = past.files
    failed, held = past.runs["users"], past.runs["users_delete"]
    yield Screen("overview", "", _reached)
    yield Screen("depot", "depot")
    yield Screen("depot-folder", "depot/autumn/science")
    yield Screen("depot-empty", "depot/spring")
    yield Screen("depot-archives", "depot/archives")
    yield Screen("depot-reports", "depot/reports")
    yield Screen("depot-nothing-found", "depot?q=nothing-of-that-name")
    yield Screen("depot-preview", f"depot?preview={ids['enrols.csv']}")
    yield Screen("dialog-upload", "depot", _asks("#upload"))
    yield Screen("dialog-folder", "depot", _asks("a[href*='ask=folder']"))
    yield Screen("dialog-rename", "depot", _asks("a[href*='ask=rename'][href*='&id']:not([aria-disabled])"))
    yield Screen("dialog-move", "depot", _asks("a[href*='ask=move'][href*='&id']:not([aria-disabled])"))
    yield Screen("dialog-delete", "depot", _asks("a[href*='ask=delete'][href*='&id']:not([aria-disabled])"))
    yield Screen("depot-dragging", "depot", lambda page: page.evaluate("document.body.classList.add('dragging')"))
    yield Screen("file", f"files/{ids['enrols.csv']}", _looked)
    yield Screen("file-done", f"files/{ids['userimport.csv']}", _looked)
    yield Screen("file-dialect", f"files/{ids['enrols.csv']}", lambda page: page.locator("aside summary").click())
    yield Screen("plans", "plans")
    yield Screen("plan", f"plans/{held}")
    yield Screen("dialog-approve", f"plans/{held}", _answers("dlg-approve"))
    yield Screen("dialog-reject", f"plans/{held}", _answers("dlg-reject"))
    yield Screen("decision", f"plans/{held}/decision")
    yield Screen("reports", "reports")
    yield Screen("report", f"reports/{failed}")
    yield Screen("report-of-dag", "dags/sync_users")
    yield Screen("courses", "courses")
    yield Screen("courses-chosen", "courses", _chosen)
    yield Screen("changes", "changes")
    yield Screen("changes-found", f"changes?file={failed}")
    yield Screen("settings", "settings?given=true")
    yield Screen("missing", "nothing-of-that-name", status=404)


def _reached(page: Any) -> None:
    page.locator("#reach dt").nth(1).wait_for()


def _looked(page: Any) -> None:
    if page.locator("#problems").count():
        page.locator("#problems .note").wait_for()


def _asks(opener: str) -> Callable[[Any], None]:
    def ask(page: Any) -> None:
        page.locator(opener).first.click()
        page.locator("dialog[open] #ask-h").wait_for()

    return ask


def _answers(dialog: str) -> Callable[[Any], None]:
    def answer(page: Any) -> None:
        page.locator(f"a[data-dialog={dialog}]").click()
        page.locator(f"dialog#{dialog}[open]").wait_for()

    return answer


def _chosen(page: Any) -> None:
    """Three courses ticked, the list of a deletion beside it."""
    for row in (0, 1, 2):
        page.locator("#ctable tbody input").nth(row).check()
    page.get_by_role("radio").nth(2).check()
    page.locator("#file pre").wait_for()
