"""Inside Airflow: its navigation, the sandbox of its frame, its switches and its tabs."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def framed(visit, past):
    """Our pages as Airflow's navigation shows them: Airflow's page, and what is in its frame."""
    # Airflow's own pages may complain as they like.
    visit.expect(f"{past.address}/api", f"{past.address}/ui", f"{past.address}/static", "Warning:", "i18next")

    def opened(who="admin", **wishes):
        page = visit.browser(who, **wishes).new_page()
        page.goto(f"{past.address}/plugin/tool-sync")
        frame = page.frame_locator("iframe")
        frame.get_by_role("heading", level=1).wait_for()
        return page, frame

    return opened


def test_the_navigation_of_airflow_leads_to_our_pages(visit, past, framed):
    page, _ = framed()
    page.goto(past.address)
    page.get_by_role("link", name="Tool Sync").click()
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("Overview")


def test_dialogs_downloads_and_fragments_work_in_the_frame(framed, past):
    page, frame = framed("erp")
    frame.get_by_role("navigation", name="Sections").get_by_role("link", name="Depot").click()
    # The script shows this box; until it has come, the link leads to a page as it does without script.
    expect(frame.get_by_role("checkbox", name="Select all")).to_be_visible()
    frame.get_by_role("link", name="New folder").click()
    expect(frame.get_by_role("dialog")).to_be_visible()
    frame.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    expect(frame.get_by_role("dialog")).to_have_count(0)
    with page.expect_download() as waiting:
        frame.get_by_role("link", name="Download enrols.csv").click()
    assert waiting.value.suggested_filename == "enrols.csv"
    frame.get_by_role("searchbox", name="Find a file").fill("enrols")
    expect(frame.locator("#files tbody tr")).to_have_count(1)


def test_the_way_back_after_a_fragment_is_the_page_before(visit, framed):
    page, frame = framed()
    frame.get_by_role("navigation", name="Sections").get_by_role("link", name="Depot").click()
    frame.get_by_role("columnheader", name="Size").get_by_role("link").click()
    expect(frame.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "ascending")
    page.evaluate("history.back()")
    expect(frame.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    page.evaluate("history.back()")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Overview")


def test_a_link_to_airflow_leads_the_page_around_the_frame(framed, past):
    page, frame = framed()
    frame.get_by_role("navigation", name="Sections").get_by_role("link", name="Reports").click()
    frame.get_by_role("link", name="userimport.csv").last.click()
    frame.get_by_role("link", name="Run in Airflow").click()
    page.wait_for_url(re.compile(rf"{past.address}/dags/sync_users/runs/first-night"))
    assert page.frame_locator("iframe").get_by_role("heading").count() == 0


def test_the_switch_of_airflow_turns_the_frame_dark(framed):
    page, frame = framed(theme="light")
    expect(frame.locator("html")).to_have_class("light")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    expect(frame.locator("html")).to_have_class("dark")


@pytest.mark.parametrize(
    ("place", "shows"),
    [
        ("dags/sync_users/plugin/tool-sync-dag", "Runs of this DAG"),
        ("dags/sync_users/runs/first-night/plugin/tool-sync-dag-run", "Runs that this Airflow run worked on"),
    ],
)
def test_a_dag_and_a_dag_run_have_a_tab_with_their_reports(visit, past, framed, place, shows):
    page, _ = framed()
    page.goto(f"{past.address}/{place}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text(shows)).to_be_visible()
    expect(frame.get_by_role("link", name="userdelete.csv")).to_have_count(1)


def test_outside_the_frame_a_link_to_airflow_is_an_ordinary_link(visit, past):
    visit.expect(f"{past.address}/api", f"{past.address}/ui", f"{past.address}/static", "Warning:", "i18next")
    page = visit("admin", f"reports/{past.runs['users']}")
    page.get_by_role("link", name="Run in Airflow").click()
    page.wait_for_url(f"{past.address}/dags/sync_users/runs/first-night**")


def test_a_page_of_another_site_cannot_frame_ours(visit, past):
    answer = visit("admin", "depot").request.get(past.pages + "depot")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
