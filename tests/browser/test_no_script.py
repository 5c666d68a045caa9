"""Forms that need no script: what the server sends is a page of its own for each."""

import pytest
from playwright.sync_api import expect

from tests.browser.walking import downloaded, said


@pytest.fixture
def plain(visit):
    return lambda who, place: visit(who, place, java_script_enabled=False)


def test_folder_upload_rename_and_delete(plain, own_folder):
    page = plain("erp", f"depot/{own_folder}")
    page.get_by_role("link", name="New folder").click()
    page.get_by_label("Name").fill("plain")
    page.get_by_role("button", name="Create").click()
    expect(said(page)).to_contain_text("The folder is there.")
    page.get_by_role("link", name="Upload files").click()
    page.get_by_label("Drop files here, or choose them").set_input_files(
        [{"name": f"{n}.csv", "mimeType": "text/csv", "buffer": b"a;b\n"} for n in ("one", "two")]
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(said(page)).to_contain_text("Uploaded.")
    page.get_by_role("link", name="Rename one.csv").click()
    page.get_by_label("New name").fill("three.csv")
    page.get_by_role("button", name="Rename").click()
    expect(said(page)).to_contain_text("Renamed.")
    for name in ("three.csv", "two.csv"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(said(page)).to_contain_text("Deleted.")
    expect(page.get_by_text("This folder is empty")).to_be_visible()


def test_filters_parts_and_previews(plain, past):
    page = plain("admin", "depot")
    page.get_by_role("searchbox", name="Find a file").fill("enrols")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#files tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Preview enrols.csv").click()
    expect(page.get_by_role("heading", name="Preview: enrols.csv")).to_be_visible()
    page.goto(past.pages + f"reports/{past.runs['users']}")
    page.get_by_label("Kind").select_option("all")
    page.get_by_role("button", name="Show").click()
    assert page.locator("#rows tbody tr").count() > 6
    page.goto(past.pages + f"files/{past.files['enrols.csv']}")
    page.get_by_role("link", name="Look for rows that cannot run").click()
    expect(page.get_by_role("heading", name="Rows that cannot run")).to_be_visible()
    page.goto(past.pages)
    page.get_by_role("link", name="Do they answer?").click()
    expect(page.get_by_text("Answers")).to_have_count(2)


def test_a_decision_has_a_page_that_refuses_a_wrong_number(visit, plain, past):
    visit.expect("status of 422")
    page = plain("op", f"plans/{past.runs['users_delete']}")
    page.get_by_role("link", name="Approve…").click()
    page.get_by_label("Type the number").fill("7")
    page.get_by_label("Reason").fill("left in June")
    page.get_by_role("button", name="Approve…").click()
    expect(page.get_by_role("alert")).to_contain_text("The number is another one.")
    assert "siobhan.murphy" in past.sandbox.control.people()


def test_courses_are_filtered_chosen_and_written(plain):
    page = plain("erp", "courses")
    names = page.locator("#ctable tbody th").all_inner_texts()[:2]
    for row in (0, 1):
        page.locator("#ctable tbody input").nth(row).check()
    page.get_by_role("searchbox", name="Name or idnumber").fill("nothing of that name")
    page.get_by_role("button", name="Show").first.click()
    expect(page.locator("#list")).to_contain_text("No course matches")
    page.get_by_role("radio", name="Check").check()
    page.get_by_role("button", name="Write the file into the depot").click()
    name = page.get_by_role("heading", level=1).inner_text()
    given, content = downloaded(page, page.get_by_role("link", name="Download"))
    assert (given, sorted(content.splitlines())) == (name, sorted(names))
