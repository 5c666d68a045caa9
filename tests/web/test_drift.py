"""The page of a drift check: it is listed like any run, and gives its report and repair file."""

from sync_operators.drift.checking import check
from sync_operators.plans.request import Request
from tests.web.test_reports import shown


def checked(story):
    """The check of `users`, after somebody has changed an account by hand."""
    site = story.site
    site.sandbox.control.change_account(site.sandbox.control.people()["new.one"]["id"], lastname="Married")
    return check(site.work, Request("users"))


def test_a_check_is_listed_and_its_files_are_given_to_those_who_may_have_them(own_pages, own_story):
    found = checked(own_story)
    assert found.drifted == 1
    assert shown(own_pages.get("reports"))[0] == found.run_id
    page = own_pages.get(f"reports/{found.run_id}")
    assert (page.status_code, "Repair file" in page.text) == (200, True)
    assert "Married" in own_pages.get(f"reports/{found.run_id}/standalone.html").text
    assert "repairs," in own_pages.get(f"reports/{found.run_id}/repair").text
    assert own_pages.as_("viewer").get(f"reports/{found.run_id}/repair").status_code == 403
