"""Somebody who may only look: everything is shown, nothing can be done, and each refusal says what right it needs."""

import re

import pytest
from playwright.sync_api import expect

WRITES = {
    "depot": ["Capture now", "New folder", "Upload files"],
    "depot?q=enrols.csv": ["Rename enrols.csv", "Move enrols.csv", "Delete enrols.csv"],
    "files/{file}": ["Plan (dry run)", "Run now"],
    "plans/{users_delete}": ["Reject", "Approve…"],
    "reports/{users}": ["Tryback", "Why (CSV)", "Undo file"],
    "courses": ["Read again", "Write the file into the depot"],
    "settings": ["Examine the site"],
}


SAYS = {"depot?q=enrols.csv": "Not allowed"}
"""In each row of a table a word must do; what is lacking stands at the buttons above it."""


@pytest.mark.parametrize("place", WRITES)
def test_a_viewer_sees_each_button_disabled_with_its_reason_and_pressing_it_does_nothing(visit, past, place):
    page = visit("viewer", place.format(file=past.files["enrols.csv"], **past.runs))
    here = page.url
    for name in WRITES[place]:
        button = page.locator("main").locator("a, button").and_(page.get_by_text(name).or_(page.get_by_label(name)))
        expect(button).to_have_attribute("aria-disabled", "true")
        assert re.search(SAYS.get(place, "[Nn]eeds the right to"), f"{button.get_attribute('title')} {near(page)}"), (
            name
        )
        button.click(force=True)
        assert page.url == here
        assert page.get_by_role("dialog").count() == 0


def near(page):
    """Reasons that stand beside the buttons of a decision."""
    return " ".join(page.locator(".actionbar").all_inner_texts())


REFUSED = [
    ("depot?ask=upload", "needs the right to edit sync_capture"),
    ("plans/{users_delete}/decision", "needs the right to edit sync_users"),
    ("reports/{users}/tryback", "needs the right to edit sync_users"),
]


@pytest.mark.parametrize(("place", "says"), REFUSED)
def test_who_knows_the_address_is_told_what_is_lacking(visit, past, place, says):
    visit.expect("status of 403")
    page = visit("viewer", place.format(**past.runs))
    expect(page.get_by_role("alert")).to_contain_text("Not allowed.")
    expect(page.get_by_role("alert")).to_contain_text(says)


FORMS = [("depot", "Capture now"), ("files/{file}", "Plan (dry run)"), ("files/{file}", "Run now")]


@pytest.mark.parametrize(("place", "name"), FORMS)
def test_without_script_the_server_refuses_what_a_viewer_presses(visit, past, place, name):
    visit.expect("status of 403")
    page = visit("viewer", place.format(file=past.files["enrols.csv"]), java_script_enabled=False)
    page.get_by_role("button", name=name).click(force=True)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed.")


def test_nobody_is_sent_to_sign_in(visit):
    visit.expect("status of 401")
    page = visit(None, "depot")
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended.")
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/auth/login**")
