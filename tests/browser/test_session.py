"""A session that ends in the middle of a form: nothing typed is lost, and after signing in the same press does it."""

import time

import jwt
import pytest
from playwright.sync_api import expect

from include.sandbox.environment import environment
from tests.browser.walking import fill_approval, said


@pytest.fixture
def expire(past):
    """Makes the session of a browser one that has come to its end: the same, signed with an end in the past."""

    def make_old(context):
        (cookie,) = [one for one in context.cookies() if one["name"] == "_token"]
        secret = environment(past.site.home)["AIRFLOW__API_AUTH__JWT_SECRET"]
        header = jwt.get_unverified_header(cookie["value"])
        told = jwt.decode(cookie["value"], options={"verify_signature": False})
        old = jwt.encode(told | {"exp": int(time.time()) - 3600}, secret, header["alg"], headers=header)
        context.add_cookies([{"name": "_token", "value": old, "url": past.address}])

    return make_old


def sign_in(context, past, name, password):
    """In another tab, as a person would."""
    tab = context.new_page()
    tab.goto(f"{past.address}/auth/login")
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(lambda url: "/auth/login" not in url)
    tab.close()


def test_a_folder_is_made_with_the_name_typed_before_the_session_ended(visit, past, expire):
    visit.expect("status of 401", "status of 403", "/ui/", "/api/v2/")
    page = visit("erp", "depot")
    page.get_by_role("link", name="New folder").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("winter")
    expire(page.context)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Your session has ended.")
    expect(dialog.get_by_label("Name")).to_have_value("winter")
    sign_in(page.context, past, "erp", "erp")
    dialog.get_by_role("button", name="Create").click()
    expect(said(page)).to_contain_text("The folder is there.")


def test_an_approval_keeps_number_and_reason_and_is_not_given(visit, past, expire):
    visit.expect("status of 401", "status of 403")
    page = visit("erp", f"plans/{past.runs['users_delete']}")
    number = int(page.locator("[data-expect]").first.get_attribute("data-expect"))
    button = fill_approval(page, number, "left in June")
    expire(page.context)
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("Your session has ended.")
    expect(dialog.get_by_label("Reason")).to_have_value("left in June")
    assert "siobhan.murphy" in past.sandbox.control.people()


def test_the_script_says_that_the_session_has_ended_and_leaves_what_is_shown(visit, expire):
    visit.expect("status of 401", "status of 403")
    page = visit("erp", "depot")
    before = page.locator("#files tbody tr").count()
    expire(page.context)
    page.get_by_role("searchbox", name="Find a file").fill("enrols")
    expect(page.locator(".toasts")).to_contain_text("Your session has ended.")
    assert page.locator("#files tbody tr").count() == before
