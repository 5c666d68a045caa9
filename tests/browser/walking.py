"""What people do on the pages, by the names that they read there."""

from typing import Any

from tests.end_to_end.airflow_site import eventually


def said(page: Any) -> Any:
    """What a page says right after something was done."""
    return page.locator("main").get_by_role("status")


def upload(page: Any, **files: str) -> None:
    """From a folder's page: the dialog, the files, until the page says that they are there."""
    page.get_by_role("link", name="Upload files").click()
    given = [
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content.encode()} for name, content in files.items()
    ]
    page.get_by_label("Drop files here, or choose them").set_input_files(given)
    page.get_by_role("button", name="Upload", exact=True).click()
    said(page).get_by_text("Uploaded.").wait_for()


def open_file(page: Any, name: str) -> None:
    """From a folder's page to that of a file."""
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_role("heading", level=1, name=name).wait_for()


def reload_until(page: Any, shown: Any, *, within: float = 300) -> None:
    """What somebody does who waits for Airflow; not so often that Airflow has nothing else to do."""

    def look() -> bool:
        page.wait_for_timeout(1000)
        page.reload()
        return bool(shown.count())

    eventually(look, within=within)


def run_row(page: Any, state: str) -> Any:
    """On a file's page: its runs that have come to this state."""
    return page.get_by_role("region", name="Its runs").get_by_role("row", name=state)


def ask_and_wait(page: Any, button: str, state: str) -> None:
    """On a file's page: press, then look until a new run has come to this state."""
    before = run_row(page, state).count()
    page.get_by_role("button", name=button).click()
    said(page).get_by_text("Airflow").wait_for()
    reload_until(page, run_row(page, state).nth(before))


def open_held_plan(page: Any) -> None:
    """On the page of a held file: to its plan, once Airflow asks about it."""
    page.get_by_role("link", name="Open the plan").click()
    reload_until(page, page.get_by_text("then rejected."))
    page.wait_for_timeout(1000)  # an answer at once would meet Airflow's race with its own parking


def fill_approval(page: Any, number: int, reason: str) -> Any:
    """On a held plan: the dialog, filled; gives its button."""
    page.get_by_role("link", name="Approve…").click()
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Approve")
    assert button.is_disabled()
    dialog.get_by_label("Type the number").fill(str(number))
    dialog.get_by_label("Reason").fill(reason)
    assert button.is_enabled()
    return button


def downloaded(page: Any, link: Any) -> tuple[str, str]:
    """Name and content of what a link gives."""
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.suggested_filename, waiting.value.path().read_text("utf-8")
