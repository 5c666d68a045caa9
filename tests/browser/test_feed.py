"""An export that would create too much: uploaded, planned, looked at, approved, reported, mended, done."""

from playwright.sync_api import expect

from tests.browser.site import CREATED_AT_MOST
from tests.browser.walking import (
    ask_and_wait,
    downloaded,
    fill_approval,
    open_file,
    open_held_plan,
    reload_until,
    run_row,
    said,
    upload,
)

HEADER = "username;firstname;lastname;idnumber;email\n"
MANY = CREATED_AT_MOST + 1
GOOD = "".join(f"late.{n};Late;No {n};L{n:03};late.{n}@example.org\n" for n in range(MANY))
BAD = "late.bad;Late;Bad;L900;no address\n"


def test_a_bad_export_is_planned_held_approved_reported_mended_and_done(visit, past):
    page = visit("erp", "depot")
    upload(page, userimport=HEADER + GOOD + BAD)
    open_file(page, "userimport.csv")
    expect(page.locator("#problems")).to_contain_text("1 row cannot run.")
    expect(page.locator("#problems mark")).to_have_text("no address")

    ask_and_wait(page, "Plan (dry run)", "Simulated")
    assert not {"late.0"} & set(past.sandbox.control.people())
    run_row(page, "Simulated").get_by_role("link", name="Plan").click()
    would = f"What would change: {MANY} operations from {MANY + 1} rows"
    expect(page.get_by_role("heading", name=would)).to_be_visible()
    tripped = page.get_by_role("region", name="Limits, and how near").get_by_role("row", name="Tripped")
    expect(tripped).to_contain_text("Create")

    page.get_by_role("heading", level=1).get_by_role("link", name="userimport.csv").click()
    ask_and_wait(page, "Run now", "Held")
    open_held_plan(page)
    assert page.get_by_role("alert").inner_text().startswith("1 limit tripped.")
    fill_approval(page, MANY, "The autumn intake came late").click()
    expect(said(page)).to_contain_text("Approved.")
    page.get_by_role("link", name="Look again").click()
    reload_until(page, page.locator(".head").get_by_text("With failures"))
    expect(page.locator(".note", has_text="Approved.")).to_contain_text("erp")
    assert {"late.0", f"late.{MANY - 1}"} <= set(past.sandbox.control.people())

    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("#rows tbody tr")).to_contain_text("no address")
    name, tryback = downloaded(page, page.get_by_role("link", name="Tryback"))
    assert (name.endswith("_userimport.csv"), tryback) == (True, HEADER + BAD)

    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Depot").click()
    upload(page, userimport=tryback.replace("no address", "late.bad@example.org"))
    open_file(page, "userimport.csv")
    expect(page.locator("#problems")).to_contain_text("No row is wrong in itself.")
    ask_and_wait(page, "Run now", "Done")
    assert "late.bad" in past.sandbox.control.people()
