"""Files of `cohorts` against the sandbox."""

import re
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.cohorts import Cohorts
from tests.end_to_end.site import site as open_site

SAMPLES = Path(__file__).parent / "samples"
HEAD = "cmd;cidnumber;cname;cdescription;userid;ccatcontext;ccatcontextidnumber"
CREATE, UPDATE, DELETE, ADD, REMOVE = (
    f"core_cohort_{name}"
    for name in ("create_cohorts", "update_cohorts", "delete_cohorts", "add_cohort_members", "delete_cohort_members")
)
SEARCH = "core_cohort_search_cohorts"


@pytest.fixture
def open_cohorts(sandbox, tmp_path):
    """Opens a site with settings of `cohorts` (others by `section__key`)."""
    with ExitStack() as stack:

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'COHORTS__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            opened = stack.enter_context(open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None))
            return Cohorts(opened, sandbox).build()

        yield opened


@pytest.fixture
def cohorts(open_cohorts):
    return open_cohorts()


def sample(cohorts, name):
    run = cohorts.run(content=(SAMPLES / name).read_bytes())
    return [(entry.line, cohorts.told(entry)) for entry in cohorts.entries(run)]


def test_every_line_of_the_samples_does_what_it_says(cohorts):
    assert sample(cohorts, "cohorts_valid.csv") == [
        (2, "cohort_created"),
        (3, "member_added"),
        (4, "member_added"),
        (5, "cohort_created member_added"),
        (6, "member_removed"),
        (7, "cohort_emptied"),
        (8, "cohort_deleted"),
    ]
    after = {"Y1-CHEM": "SCI E2001", "ALUMNI": "system E2003", "OLD-Y1": "system"}
    assert cohorts.there() == after
    assert cohorts.row("Y1-CHEM")["description"] == "Intake 2026"
    assert sample(cohorts, "cohorts_faults.csv") == [
        (2, "error_missing_value"),
        (3, "error_unknown_user"),
        (4, "error_unknown_user"),
        (5, "error_unknown_cohort"),
        (6, "error_conflict"),
        (7, "error_unknown_category"),
        (8, "error_bad_command"),
    ]
    assert cohorts.there() == after


# A row on a cohort C of Humanities with a member; what it comes to; where it is then, and with whom.
ROWS = [
    ("add;C;Cohort C;;;;", "unchanged", "HUM E2001"),
    (";C;;;E2001;;", "unchanged", "HUM E2001"),
    ("add;C;;;E2002;;", "member_added", "HUM E2001 E2002"),
    ("add;C;Renamed C;;;;", "cohort_updated", "HUM E2001"),
    ("add;C;;Told;E2002;;", "cohort_updated member_added", "HUM E2001 E2002"),
    ("add;C;;Told;;;HUM", "cohort_updated", "HUM E2001"),
    ("add;C;;;;;SCI", "cohort_updated", "SCI E2001"),
    ("add;C;;;;0;", "cohort_updated", "system E2001"),
    ("add;C;;Told;;999;", "error_unknown_category", "HUM E2001"),
    ("add;C;;Told;;SCI;", "error_unknown_category", "HUM E2001"),
    ("add;C;;;;;HUM", "unchanged", "HUM E2001"),
    ("add;C;Old year 0;;;;", "error_conflict", "HUM E2001"),
    ("add;C;;Told;E9999;;", "cohort_updated error_unknown_user", "HUM E2001"),
    ("del;C;;;E2001;;", "member_removed", "HUM"),
    ("del;C;;;E2002;;", "skipped_not_member", "HUM E2001"),
    ("del;C;;;E9999;;", "error_unknown_user", "HUM E2001"),
    ("DEL;C;;;;;", "cohort_deleted", None),
    ("free;C;;;;;", "cohort_emptied", "HUM"),
    ("del;c-C;;;;;", "error_unknown_cohort", "HUM E2001"),
    ("add;N-C;;;E2001;;", "error_missing_value", "HUM E2001"),
]


def test_a_row_does_what_it_says_and_moves_no_cohort_that_it_does_not_mean_to_move(cohorts):
    names = [f"C{number:02}" for number in range(len(ROWS))]
    for name in names:
        cohorts.cohort(name, f"Cohort {name}", "E2001", category="HUM")
    told = cohorts.codes(HEAD, *(re.sub(r"\bC\b", name, row) for name, (row, *_) in zip(names, ROWS, strict=True)))
    there = cohorts.there()
    assert [(row, codes, there.get(name)) for name, codes, (row, *_) in zip(names, told, ROWS, strict=True)] == ROWS


def test_where_a_cohort_lives_is_asked_only_when_a_row_changes_it(cohorts):
    cohorts.calls()
    cohorts.codes(HEAD, "add;OLD-Y1;;;E2002;;")
    assert SEARCH not in cohorts.calls()
    cohorts.codes(HEAD, "add;OLD-Y1;;Told;;;")
    assert cohorts.calls().count(SEARCH) == 1
    assert cohorts.there()["OLD-Y1"] == "system E2001 E2002"


def test_rows_see_what_earlier_ones_leave(cohorts):
    assert cohorts.codes(
        HEAD,
        "add;NEW;New;;E2001;;SCI",
        "add;NEW;Newer;Told;E2002;;",
        "add;OTHER;New;;;;",
        "free;NEW;;;;;",
        "add;NEW;;;E2003;;",
        "del;OLD-Y0;;;;;",
        "del;OLD-Y0;;;;;",
        "add;OLD-Y0;Old year 0;;E2002;;",
    ) == [
        "cohort_created member_added",
        "cohort_updated member_added",
        "cohort_created",
        "cohort_emptied",
        "member_added",
        "cohort_deleted",
        "error_unknown_cohort",
        "cohort_created member_added",
    ]
    assert cohorts.there() == {
        "NEW": "SCI E2003",
        "OTHER": "system",
        "OLD-Y0": "system E2002",
        "OLD-Y1": "system E2001",
    }
    assert (cohorts.row("NEW")["name"], cohorts.row("NEW")["description"]) == ("Newer", "Told")


def test_a_cohort_that_is_not_made_keeps_nobody_waiting_silently(cohorts):
    cohorts.sandbox.control.remove_capability("moodle/cohort:manage")
    assert cohorts.codes(HEAD, "add;NEW;New;;E2001;;", "add;NEW;;;E2002;;") == [
        "error_create skipped_not_reached",
        "error_create",
    ]


def test_nothing_is_created_where_that_is_switched_off(open_cohorts):
    cohorts = open_cohorts(create_missing=False)
    assert cohorts.codes(HEAD, "add;NEW;New;;E2001;;", "add;OLD-Y0;;;E2002;;") == [
        "error_unknown_cohort",
        "member_added",
    ]


IDENTITIES = [
    ({"identity": "name", "user_identity": "username"}, "cname;cidnumber;userid", "Old year 1;OLD-Y1;YAN"),
    ({"identity": "name", "user_identity": "email"}, "cname;userid", "Old year 1;Yan@example.org"),
    ({"identity": "name", "user_identity": "email"}, "cid;userid", "Old year 1;yan@example.org"),
    ({"user_identity": "id"}, "cid;userid", "OLD-Y1;{user}"),
    ({"identity": "id"}, "cid;userid", "{cohort};E2002"),
]


@pytest.mark.parametrize(("settings", "head", "row"), IDENTITIES)
def test_every_identity_finds_cohort_and_account(open_cohorts, settings, head, row):
    cohorts = open_cohorts(**settings)
    named = row.format(user=cohorts.users["E2002"], cohort=cohorts.row("OLD-Y1")["id"])
    assert cohorts.codes(head, named) == ["member_added"]
    assert cohorts.there()["OLD-Y1"] == "system E2001 E2002"


def test_by_name_the_idnumber_is_changed_and_a_new_cohort_needs_one(open_cohorts):
    cohorts = open_cohorts(identity="name")
    assert cohorts.codes(
        "cname;cidnumber", "Old year 1;FRESH", "Old year 0;FRESH", "New;", "New;FRESH", "Newest;N-1"
    ) == ["cohort_updated", "error_conflict", "error_missing_value", "error_conflict", "cohort_created"]
    assert sorted(cohorts.there()) == ["FRESH", "N-1", "OLD-Y0"]


def test_by_id_nothing_is_ever_created(open_cohorts):
    assert open_cohorts(identity="id").codes("cid;cname;cidnumber", "999;New;NEW") == ["error_unknown_cohort"]


def test_several_of_one_name_are_never_the_first(open_cohorts):
    cohorts = open_cohorts(identity="name")
    cohorts.cohort("TWIN", "Old year 1")
    assert cohorts.codes("cmd;cname;userid", "add;Old year 1;E2002", "del;Old year 1;") == ["error_ambiguous"] * 2


def test_a_file_without_the_key_column_is_refused_and_component_is_left_out_with_a_warning(cohorts):
    run = cohorts.run("cname;userid", "Old year 1;E2002")
    assert (run["state"], run["code"]) == ("refused", "error_missing_column")
    run = cohorts.run("cidnumber;component", "OLD-Y1;mod_x")
    assert run["counts"] == {"unchanged": 1}


def test_an_empty_description_is_cleared_only_where_the_settings_say_so(open_cohorts):
    cohorts = open_cohorts(empty_clears=True)
    cohorts.sandbox.control.change_row("cohorts", cohorts.row("OLD-Y1")["id"], description="Told")
    assert cohorts.codes("cidnumber;cname;cdescription", "OLD-Y1;;") == ["cohort_updated"]
    assert cohorts.row("OLD-Y1")["description"] == ""
    assert cohorts.row("OLD-Y1")["name"] == "Old year 1"


def test_a_thousand_members_take_ten_writes_and_the_same_file_no_call(cohorts):
    people = {f"B{number}": f"b{number}" for number in range(1000)}
    cohorts.people(people)
    rows = ["add;BIG;Big;;;;", *(f"add;BIG;;;{who};;" for who in people)]
    cohorts.calls()
    assert cohorts.run(HEAD, *rows)["counts"] == {"cohort_created": 1, "member_added": 1000}
    assert Counter(cohorts.calls(writes=True)) == {CREATE: 1, ADD: 10}
    assert cohorts.run(HEAD, *rows)["counts"] == {"unchanged": 1001}
    assert cohorts.calls() == []
    assert cohorts.run(HEAD, *rows, mode="reconcile")["counts"] == {"unchanged": 1001}
    assert Counter(cohorts.calls())["core_cohort_get_cohort_members"] == 1


@pytest.mark.parametrize("gone", ["del;OLD-Y1;;;;;", "free;OLD-Y1;;;;;", "del;OLD-Y1;;;E2001;;"])
def test_what_rows_of_the_same_command_take_away_comes_again(cohorts, gone):
    rows = [HEAD, "add;OLD-Y1;Old year 1;;;;", "add;OLD-Y1;;;E2001;;", "add;OLD-Y1;;;E2002;;"]
    cohorts.run(*rows, gone)
    cohorts.run(*rows)
    assert cohorts.there()["OLD-Y1"] == "system E2001 E2002"


# What is there; the row; the write whose answer is lost; the codes.
LOST = [
    (CREATE, "add;NEW;New;;;;", "cohort_created"),
    (UPDATE, "add;OLD-Y1;;Told;;;", "cohort_updated"),
    (DELETE, "del;OLD-Y1;;;;;", "cohort_deleted"),
    (ADD, "add;OLD-Y1;;;E2002;;", "member_added"),
    (REMOVE, "del;OLD-Y1;;;E2001;;", "member_removed"),
    (REMOVE, "free;OLD-Y1;;;;;", "cohort_emptied"),
]


@pytest.mark.parametrize(("function", "row", "codes"), LOST)
def test_a_write_whose_answer_is_lost_is_not_sent_again(cohorts, function, row, codes):
    cohorts.sandbox.control.cut(of=function)
    cohorts.calls()
    assert cohorts.codes(HEAD, row) == [codes]
    assert cohorts.calls(writes=True) == [function]


@pytest.mark.parametrize(("function", "row", "codes"), LOST)
def test_a_write_that_never_came_through_is_sent_again(cohorts, function, row, codes):
    cohorts.sandbox.control.drop_connection(of=function)
    cohorts.calls()
    assert cohorts.codes(HEAD, row) == [codes]
    assert cohorts.calls(writes=True) == [function, function]
