"""The file manager as a mouse and odd names meet it."""

from playwright.sync_api import expect

from tests.browser.site import LARGEST_UPLOAD, ODD
from tests.browser.walking import said

DROP = """([where, names]) => {
    const given = new DataTransfer();
    for (const name of names) given.items.add(new File(["a;b\\n"], name, { type: "text/csv" }));
    const told = { dataTransfer: given, bubbles: true, cancelable: true };
    const place = document.querySelector(where);
    place.dispatchEvent(new DragEvent("dragover", told));
    const veiled = document.body.classList.contains("dragging");
    const refused = !place.dispatchEvent(new DragEvent("drop", told));
    return [veiled, refused, document.body.classList.contains("dragging")];
}"""
"""Files dragged from the desktop onto an element; whether the veil came, the browser was kept from opening them, and
the veil is still there."""


def test_files_dragged_onto_the_table_are_offered_for_upload_and_sent_one_by_one(visit, own_folder):
    page = visit("erp", f"depot/{own_folder}")
    assert page.evaluate(DROP, [".dropzone", ["first.csv", "second.csv"]]) == [True, True, False]
    dialog = page.get_by_role("dialog")
    assert dialog.locator("input[type=file]").evaluate("one => [...one.files].map(file => file.name)") == [
        "first.csv", "second.csv",
    ]  # fmt: skip
    dialog.get_by_role("button", name="Upload", exact=True).click()
    expect(said(page)).to_contain_text("Uploaded.")
    expect(page.locator("#files tbody tr")).to_have_count(2)
    for name in ("first.csv", "second.csv"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    expect(page.locator("[data-count=files]")).to_have_text("2")
    page.get_by_role("button", name="Delete").first.click()
    expect(dialog.get_by_role("link", name="Keep")).to_be_focused()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("This folder is empty")).to_be_visible()


def test_files_dropped_beside_the_table_do_not_leave_the_page(visit):
    page = visit("erp", "depot")
    here = page.url
    assert page.evaluate(DROP, ["header.appbar", ["stray.csv"]]) == [True, True, False]
    assert (page.url, page.get_by_role("dialog").count()) == (here, 0)


def test_an_upload_that_is_refused_stays_listed_with_its_reason(visit, own_folder):
    visit.expect("status of 4")
    page = visit("erp", f"depot/{own_folder}")
    page.get_by_role("link", name="Upload files").click()
    sizes = {"large.csv": LARGEST_UPLOAD + 1, "small.csv": 10}
    given = [{"name": name, "mimeType": "text/csv", "buffer": b"x" * size} for name, size in sizes.items()]
    page.get_by_label("Drop files here, or choose them").set_input_files(given)
    page.get_by_role("button", name="Upload", exact=True).click()
    lines = page.locator("[data-files] li")
    expect(lines).to_have_count(2)
    expect(lines.nth(1)).to_contain_text("Uploaded")
    expect(lines.nth(0)).to_contain_text("Too large.")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_an_odd_name_is_shown_as_it_is_everywhere_and_makes_nothing(visit, past):
    page = visit("erp", "depot/autumn/science")
    link = page.get_by_role("link", name=ODD, exact=True)
    expect(link).to_have_count(1)
    assert page.locator("main b", has_text="bold").count() == 0
    page.get_by_role("link", name=f"Delete {ODD}").click()
    expect(page.get_by_role("dialog")).to_contain_text("'single' \"double\" <b>bold")
    page.get_by_role("dialog").get_by_role("link", name="Keep").click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ODD)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    assert waiting.value.path().read_text() == "a;b\n1;2\n"


def test_the_way_back_from_a_sorted_and_filtered_list_is_step_by_step(visit):
    page = visit("erp", "")
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Depot").click()
    page.get_by_role("columnheader", name="Size").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
