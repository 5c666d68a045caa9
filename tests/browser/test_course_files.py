"""From the list of courses to a deletion file that somebody looks at before anything happens."""

from playwright.sync_api import expect

from tests.browser.walking import ask_and_wait, run_row


def test_a_deletion_file_is_chosen_written_seen_in_the_depot_and_simulated(visit, past):
    before = set(past.sandbox.control.site_state()["courses"])
    page = visit("erp", "courses")
    names = page.locator("#ctable tbody th").all_inner_texts()[:2]
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    expect(page.locator(".actionbar")).to_contain_text("Courses selected: 2")
    page.get_by_role("radio", name="Deletion").check()
    expect(page.get_by_text("Deletes each course with all its content.")).to_be_visible()
    expect(page.locator("#file pre")).to_contain_text(names[1])

    page.get_by_role("searchbox", name="Name or idnumber").fill("nothing of that name")
    expect(page.locator("#list")).to_contain_text("No course matches")
    expect(page.locator("#file footer")).to_contain_text("2 courses")

    page.get_by_role("button", name="Write the file into the depot").click()
    page.wait_for_url("**/files/*")
    written = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("navigation", name="Path").get_by_role("link").last.click()
    row = page.locator("#files").get_by_role("row", name=written)
    expect(row).to_contain_text("Stored nothing runs it")
    expect(row).to_contain_text("Generated")

    row.get_by_role("link", name=written, exact=True).click()
    ask_and_wait(page, "Plan (dry run)", "Simulated")
    run_row(page, "Simulated").get_by_role("link", name="Plan").click()
    expect(page.get_by_role("heading", name="What would change: 2 operations")).to_be_visible()
    expect(page.locator("#steps tbody tr")).to_have_count(2)
    assert set(past.sandbox.control.site_state()["courses"]) == before
