"""One invented run with everything a report must bear; its sums agree."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

from sync_operators.codes import Kind, code, worst
from sync_operators.reports.facts import RowOutcome, RunFacts

EVIL = '<b onmouseover="alert(1)">"\'&`</b>'
EMOJI = "Zoë 👩‍🔬 𝒜"
ARABIC = "محمد"
REVERSED = "\u202egnp.exe\u202c"
FORMULA = "=cmd|' /C calc'!A0"


def row(line, name, key=None, args=None, *, last_line=None, warnings=(), parts=(), moodle=None, entry=None):
    kinds = [code(name).kind, *(code(part["code"]).kind for part in parts), *(code(one).kind for one in warnings)]
    last = line if last_line is None else last_line
    return RowOutcome(
        line, last, entry, name, worst(kinds), key or {}, args or {}, tuple(warnings), tuple(parts), moodle
    )


ROWS = (
    row(2, "created", {"idnumber": "E2001", "username": "nora.lind"}),
    row(3, "created", {"idnumber": "E2002", "username": ARABIC}, last_line=4),
    row(
        5,
        "updated",
        {"idnumber": "E2003", "username": "ines.costa"},
        {"email": "new@example.org"},
        warnings=["warn_email_protected"],
    ),
    row(6, "error_missing_value", {"idnumber": "E2011", "username": ""}, {"column": "username"}),
    row(7, "error_email_collision", {"idnumber": EVIL, "username": "eve"}, {"email": EVIL, "other_id": "17"}),
    row(
        8,
        "error_invalid_value",
        {"idnumber": FORMULA, "username": EMOJI},
        {"column": "email", "value": REVERSED, "reason": "not an e-mail address"},
        last_line=9,
        parts=[
            {
                "code": "error_invalid_value",
                "args": {"column": "email", "value": REVERSED, "reason": "not an e-mail address"},
            },
            {"code": "error_invalid_value", "args": {"column": "city", "limit": "120", "unit": "characters"}},
            {"code": "error_invalid_value", "args": {"column": "password", "value": "hunter2"}},
        ],
    ),
    row(
        10,
        "error_create",
        {"idnumber": "E2016", "username": "a\x00b\ttab"},
        {"moodle_message": "Invalid parameter value detected"},
        moodle="invalidparameter",
    ),
    row(
        11,
        "error_unsupported",
        {"idnumber": "E2017", "username": "paul"},
        {"what": "course1", "reason": "not yet"},
        parts=[{"code": "created"}, {"code": "error_unsupported", "args": {"what": "course1", "reason": "not yet"}}],
    ),
    row(
        12,
        "skipped_not_found",
        {"idnumber": "E1999", "username": "ghost.gray"},
        {"identity": "idnumber", "value": "E1999"},
    ),
    row(13, "suspended", {"idnumber": "E1903", "username": "pause.park"}),
    row(14, "deleted", {"idnumber": "E1904", "username": "gone.gray"}),
    row(15, "unchanged", {"idnumber": "E1905", "username": "stay.stone"}),
    row(16, "unchanged", {"idnumber": "E1906", "username": "kept.mail"}, warnings=["warn_email_protected"]),
    row(
        17,
        "renamed",
        {"idnumber": "E1907", "username": "new.name"},
        {"oldusername": "old.name", "username": "new.name"},
        warnings=["warn_duplicate_row"],
    ),
)
UNREAD = 380  # rows that `delta` found unchanged: counted, in no list

RUN = RunFacts(
    run_id="20261122T040001Z-a1b2c3",
    dag_id="sync_users",
    dag_run_id="scheduled__2026-11-22T04:00:00+00:00",
    command="users",
    file=f"userimport {EVIL}.csv",
    sha256="c41f07e2b85d9310aa64ce7719f2d05b8e37a1c4906dfe22b1758340c9ad6e51",
    bytes=41_207,
    dialect={"encoding": "utf-8", "bom": True, "separator": ";", "line_end": "\r\n", "comment": "#"},
    mode="delta",
    simulate=False,
    correlation_id="ERP-2026/47",
    started=datetime(2026, 11, 22, 4, 0, 1, tzinfo=UTC),
    ended=datetime(2026, 11, 22, 4, 0, 9, 250_000, tzinfo=UTC),
    state="done_with_errors",
    code=None,
    args={},
    warnings={"warn_passwords_in_file": 1, "warn_password_unknown": 2},
    counts=dict(Counter(one.code for one in ROWS) + Counter(unchanged=UNREAD)),
    warning_counts=dict(Counter(name for one in ROWS for name in one.warnings)),
    calls={
        "core_user_get_users_by_field": 4,
        "core_user_create_users": 3,
        "core_user_update_users": 2,
        "core_user_delete_users": 1,
    },
    spent={
        "core_user_get_users_by_field": {"rows": 1384, "seconds": 5.6},
        "core_user_create_users": {"rows": 3, "seconds": 0.25},
        "core_user_update_users": {"rows": 2, "seconds": 0.125},
        "core_user_delete_users": {"rows": 1, "seconds": 64},
    },
    site_name="Valmont & Co",
    site_url="https://moodle.valmont.example",
)
APPROVED = replace(
    RUN,
    holds=1,
    decided_by="Ada <admin>",
    decided_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    reason="End of term: “these” are gone",
)
REFUSED = replace(
    RUN,
    state="refused",
    code="error_bad_header",
    args={"unknown": "usernam (→ username?)"},
    counts={},
    warning_counts={},
    warnings={},
    calls={},
    spent={},
)
REJECTED = replace(
    APPROVED,
    state="rejected",
    code="error_rejected",
    args={},
    reason="Half a faculty",
    counts={},
    warning_counts={},
    warnings={},
)


def rows():
    return iter(ROWS)


def no_rows():
    return iter(())


def written(write, run=RUN, language="en", *, given=rows, **options):
    out = BytesIO()
    write(run, given, out, language, **options)
    return out.getvalue()


ERRORS = [one for one in ROWS if one.kind is Kind.ERROR]
