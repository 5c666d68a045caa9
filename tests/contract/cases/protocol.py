# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""The protocol itself, and custom reports."""

from __future__ import annotations

from tests.contract.record_contract import ABSENT_ID, Recorder, user


def protocol(rec: Recorder, nocaps: str | None, minimal: str | None) -> None:
    f = "_protocol"
    fn = "core_user_get_users_by_field"
    ok = {"field": "username", "values": ["admin"]}
    rec.call(fn, "invalid token", "", token="0" * 32, file=f, **ok)
    rec.call(fn, "empty token", "", token="", file=f, **ok)
    rec.call(
        "core_no_such_function", "function that does not exist", "same answer as a function outside the service", file=f
    )
    if minimal:
        rec.call(fn, "function not in the token's service", "", token=minimal, file=f, **ok)
    if nocaps:
        rec.call("core_user_create_users", "missing capability", "", token=nocaps, file=f, users=[user("nocaps")])
        rec.call("core_cohort_get_cohorts", "missing capability, read", "", token=nocaps, file=f)
    rec.call(fn, "unexpected parameter at top level", "", file=f, nonsense=1, **ok)
    rec.call(fn, "missing required parameter", "", file=f, field="username")
    rec.call("core_user_get_users_by_field", "scalar where a list is expected", "", file=f, field="id", values="2")
    rec.call("core_course_get_contents", "wrong type for an integer", "", file=f, courseid="abc")
    base = {"wstoken": rec.token, "wsfunction": fn, "field": "username", "values[0]": "admin"}
    rec.raw(f, "no moodlewsrestformat", "the answer is XML, not JSON", base)
    rec.raw(f, "error without moodlewsrestformat", "errors are XML too", {**base, "wstoken": "0" * 32})
    rec.raw(f, "GET request", "accepted like POST", {**base, "moodlewsrestformat": "json"}, method="GET")
    rec.raw(
        f,
        "token and function in the query, data in the body",
        "query and body are merged",
        {"field": "username", "values[0]": "admin"},
        query={"wstoken": rec.token, "wsfunction": fn, "moodlewsrestformat": "json"},
    )
    rec.raw(
        f,
        "JSON request body",
        "a JSON body is not read at all",
        {"field": "username", "values": "[admin] as JSON"},
        query={"wstoken": rec.token, "wsfunction": fn, "moodlewsrestformat": "json"},
        json=ok,
    )
    rec.raw(f, "no wsfunction", "", {"wstoken": rec.token, "moodlewsrestformat": "json"})
    rec.raw(f, "no parameters at all", "", {}, query=None)
    rec.raw(
        f,
        "indices with gaps",
        "indices need not be consecutive",
        {**base, "moodlewsrestformat": "json", "values[7]": "guest"},
    )
    rec.raw(
        f,
        "empty index notation",
        "name[] = append works for scalar lists",
        {
            "wstoken": rec.token,
            "wsfunction": fn,
            "moodlewsrestformat": "json",
            "field": "username",
            "values[]": "admin",
        },
    )
    rec.call("core_webservice_get_site_info", "success", "functions lists what the token's service offers")
    rec.call("core_webservice_get_site_info", "invalid token", "", token="0" * 32)
    if minimal:
        rec.call("core_webservice_get_site_info", "minimal service", "", token=minimal)


def reports(rec: Recorder, report: int | None) -> None:
    fn = "core_reportbuilder_retrieve_report"
    rec.call("core_reportbuilder_list_reports", "reports the service account may see", "")
    if report:
        rec.call(
            fn,
            "a page of rows",
            "display texts in the columns the report was made with; totalrowcount for paging",
            reportid=report,
            page=0,
            perpage=3,
        )
        rec.call(fn, "page past the end", "", reportid=report, page=100000, perpage=3)
    rec.call(fn, "unknown report", "", reportid=ABSENT_ID)
