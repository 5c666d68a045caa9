"""What every answer of the pages carries, and what is refused before a route is reached."""

import pytest


def test_every_answer_forbids_foreign_frames_inline_script_guessed_types_and_shared_copies(pages):
    for place in ("", "static/app.css", "no-such-page"):
        headers = pages.get(place).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "frame-ancestors 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in {"no-store", "no-cache"}


def test_a_page_holds_no_inline_script_style_or_handler(pages):
    text = pages.get("").text
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert text.count("<script") == text.count('<script src="')


CROSS = [
    ({}, 405),
    ({"sec-fetch-site": "same-origin"}, 405),
    ({"sec-fetch-site": "none"}, 405),
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"origin": "http://testserver"}, 405),
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "http://evil.example", "authorization": "Bearer x"}, 405),
]


@pytest.mark.parametrize(("headers", "status"), CROSS)
def test_a_write_from_another_site_is_refused(pages, headers, status):
    # 405: the guard let it through to a route that takes no writes.
    from sync_operators.web.guarding import same_origin
    from sync_operators.web.refusals import Refused

    class Request:
        method = "POST"

    Request.headers = {"host": "testserver", **headers}
    if status == 405:
        same_origin(Request)
    else:
        with pytest.raises(Refused) as refused:
            same_origin(Request)
        assert refused.value.status == status


def test_an_address_that_is_none_is_answered_with_a_page(pages):
    answer = pages.get("no/such/page")
    assert answer.status_code == 404
    assert 'href="../../static/app.css"' in answer.text


def test_documentation_of_the_app_is_not_served(pages):
    assert [pages.get(place).status_code for place in ("docs", "redoc", "openapi.json")] == [404, 404, 404]


def test_links_are_relative_to_any_prefix_of_a_proxy(pages):
    assert 'href="./static/app.css"' in pages.get("").text
    assert 'href="./reports"' in pages.get("reports").text


def test_nobody_gets_a_page_that_leads_to_the_login(pages):
    answer = pages.as_(None).get("")
    assert answer.status_code == 401
    assert "auth/login" in answer.text


def test_a_session_that_airflow_does_not_take_leads_to_the_login_too(pages):
    answer = pages.as_(None).get("", cookie="_token=bad")
    assert answer.status_code == 403
    assert "auth/login" in answer.text


def test_a_ledger_that_cannot_be_used_is_said_with_its_remedy(pages):
    from sync_operators.errors import ConfigurationError
    from sync_operators.web.page import the_store

    def unusable():
        raise ConfigurationError("`users.fil` is no setting.", remedy="Did you mean `users.file`?")

    pages.app.dependency_overrides[the_store] = unusable
    answer = pages.get("")
    assert answer.status_code == 503
    assert "<bdi>users.file</bdi>" in answer.text
