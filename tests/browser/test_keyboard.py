"""Everything by keyboard alone: no test here points at anything."""

from playwright.sync_api import expect

from tests.browser.walking import reload_until, said


def tab_to(page, wanted, *, most=120):
    """Press Tab until what has the focus is the wanted one, as somebody does who listens to its name."""
    for _ in range(most):
        if wanted.count() == 1 and wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {wanted} in {most} presses")


def press(page, wanted, key="Enter"):
    tab_to(page, wanted)
    page.keyboard.press(key)


def test_the_first_stop_is_the_way_to_the_content(visit):
    page = visit("erp", "depot")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_file_is_uploaded_renamed_and_deleted_and_the_focus_stays_near(visit, own_folder):
    page = visit("erp", f"depot/{own_folder}")
    dialog = page.get_by_role("dialog")
    press(page, page.get_by_role("link", name="New folder"))
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("The folder is there.")

    upload = page.get_by_role("link", name="Upload files")
    press(page, upload)
    expect(dialog.locator("input[type=file]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(upload).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("one.csv", "two.csv"):
        with page.expect_file_chooser() as chooser:
            press(page, dialog.locator("input[type=file]"))
        chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": b"a;b\n"})
        press(page, dialog.get_by_role("button", name="Upload", exact=True))
        # What was said of the one before stands there still: only its name says that the page has come anew.
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
        expect(said(page)).to_contain_text("Uploaded.")
        press(page, upload) if name == "one.csv" else None

    press(page, page.get_by_role("link", name="Rename one.csv"))
    expect(dialog.get_by_label("New name")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("a first.csv")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Renamed.")

    opener = page.get_by_role("link", name="Delete a first.csv")
    press(page, opener)
    expect(dialog.get_by_role("link", name="Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    press(page, dialog.get_by_role("button", name="Delete"))
    expect(said(page)).to_contain_text("Deleted.")
    expect(page.get_by_role("link", name="two.csv", exact=True)).to_be_focused()


def test_a_held_plan_is_opened_and_its_dialog_left_and_filled(visit, past):
    page = visit("op", "")
    press(page, page.get_by_role("region", name="Needs someone").get_by_role("link", name="userdelete.csv"))
    page.wait_for_url("**/plans/**")
    reload_until(page, page.get_by_text("then rejected."))
    approve = page.get_by_role("link", name="Approve…")
    press(page, approve)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    for _ in range(12):  # the focus does not leave the dialog for the page behind it
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    tab_to(page, dialog.get_by_label("Type the number"))
    page.keyboard.type(dialog.get_by_label("Type the number").get_attribute("data-expect"))
    expect(dialog.get_by_role("button", name="Approve")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(approve).to_be_focused()


def test_rows_are_chosen_sorted_and_previewed(visit):
    page = visit("erp", "depot")
    press(page, page.get_by_role("columnheader", name="Size").get_by_role("link"))
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("!!document.activeElement.closest('#files-box')")
    press(page, page.get_by_role("checkbox", name="Select enrols.csv"), "Space")
    expect(page.locator("[data-count=files]")).to_have_text("1")
    press(page, page.get_by_role("link", name="Preview enrols.csv"))
    expect(page.locator("#prev-h")).to_be_focused()
