"""Held plans and the people who decide about them."""

from playwright.sync_api import expect

from tests.browser.walking import ask_and_wait, fill_approval, open_file, open_held_plan, reload_until, said, upload

LEAVERS = "username\nsiobhan.murphy\nthomas.dubois\n"


def test_of_two_who_decide_one_wins_and_the_other_is_told_and_keeps_what_was_typed(visit, past):
    visit.expect("status of 409")
    place = f"plans/{past.runs['users_suspend']}"
    quick, slow = visit("erp", place), visit("op", place)
    number = int(quick.locator("[data-expect]").first.get_attribute("data-expect"))
    approve, too_late = fill_approval(quick, number, "left in June"), fill_approval(slow, number, "ask the dean first")
    approve.click()
    expect(said(quick)).to_contain_text("Approved.")
    too_late.click()
    dialog = slow.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("Already decided.")
    expect(dialog.get_by_label("Reason")).to_have_value("ask the dean first")
    reload_until(slow, slow.locator(".note", has_text="left in June"))
    expect(slow.get_by_role("link", name="Approve…")).to_have_count(0)
    past.ended(past.runs["users_suspend"])


def test_a_rejected_file_lies_in_quarantine_with_who_and_why(visit, past):
    page = visit("op", "depot")
    upload(page, leavers=LEAVERS)
    open_file(page, "leavers.csv")
    page.get_by_label("Tool").select_option("users_delete")
    ask_and_wait(page, "Run now", "Held")
    open_held_plan(page)
    page.get_by_role("link", name="Reject").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_label("Reason").fill("They are on leave")
    dialog.get_by_role("button", name="Reject").click()
    expect(said(page)).to_contain_text("Rejected.")
    reload_until(page, page.locator(".note", has_text="They are on leave"))
    page.get_by_role("heading", level=1).get_by_role("link").click()
    reload_until(page, page.locator(".strip").get_by_text("Quarantined"))
    expect(page.get_by_role("region", name="Chain of custody")).to_contain_text("rejected")
    assert {"siobhan.murphy", "thomas.dubois"} <= set(past.sandbox.control.people())
