"""The sample files of `users`, line by line."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "samples"
YES_NO = "1, yes, true, oui, vrai, 0, no, false, non, faux"
LEFT, STAY, PAUSE = (
    {"username": name, "firstname": first, "lastname": last, "idnumber": number, "email": f"{name}@example.org"}
    for name, first, last, number in (
        ("left.lee", "Left", "Lee", "E1901"),
        ("stay.stone", "Stay", "Stone", "E1902"),
        ("pause.park", "Pause", "Park", "E1903"),
    )
)


@pytest.fixture
def drop(users):
    """Delivers a sample; line, code and message of each row."""

    def dropped(name):
        run = users.site.deliver("userimport.csv", (SAMPLES / name).read_bytes())
        return users.rows(run["run_id"]), run

    return dropped


def test_accounts_are_written_with_their_blocks_and_an_empty_block_is_none(users, drop):
    control = users.sandbox.control
    course = control.add_row("courses", fullname="Chemistry", shortname="CHEM-101")
    control.add_row("groups", courseid=course, name="Lab A")
    rows, run = drop("users_valid.csv")
    assert rows == [(3, "created", "Created."), (4, "created", "Created."), (5, "created", "Created.")]
    assert [[part["code"] for part in entry.parts] for entry in users.entries(run["run_id"])] == [
        ["created", "enrolled", "group_member_added"],
        ["created", "enrolled", "group_created", "group_member_added"],
        [],
    ]
    state = control.site_state()["courses"]["CHEM-101"]
    assert {name: group["members"] for name, group in state["groups"].items()} == {
        "Lab A": ["nora.lind"],
        "Lab B": ["theo.garnier"],
    }
    told = [users.person(name) for name in ("nora.lind", "theo.garnier", "ines.costa")]
    assert [(one["lastname"], one["country"], one["lang"]) for one in told] == [
        ("Lindström", "SE", "en"),
        ("Garnier", "FR", "fr"),
        ("Costa", "PT", "en"),
    ]


def test_each_faulty_row_is_refused_alone_and_comes_back_byte_for_byte(users, drop):
    rows, run = drop("users_faults_latin1.csv")
    assert rows == [
        (2, "created", "Created."),
        (3, "error_missing_value", "`username` is empty, and this row needs it."),
        (4, "error_missing_value", "`firstname` is empty, and this row needs it."),
        (
            5,
            "error_username_collision",
            "The username `benoit.leger` cannot be this row's: another account has it (id: made by an earlier row).",
        ),
        (
            6,
            "error_invalid_value",
            "`email` has a value that is not allowed: `pas-une-adresse`: not an e-mail address.",
        ),
        (7, "error_bad_row", "The row cannot be read: 7 fields, the header has 6."),
        (8, "error_bad_row", "The row cannot be read: 4 fields, the header has 6."),
        (9, "error_invalid_value", f"`suspended` has a value that is not allowed: `peut-être`; allowed: {YES_NO}."),
    ]
    assert (users.person("benoit.leger")["firstname"], users.person("benoit.leger")["lastname"]) == ("Benoît", "Léger")
    header, _, *faulty = (SAMPLES / "users_faults_latin1.csv").read_bytes().splitlines(keepends=True)
    assert (users.site.depot / run["tryback"]).read_bytes() == b"".join([header, *faulty])


def test_quotes_commas_and_line_breaks_stay_in_their_values(users, drop):
    # The sandbox knows somebody of that name.
    known = users.person("mei.tanaka")["id"]
    users.sandbox.control.change_account(known, username="m.tanaka", email="m.tanaka@example.org")
    rows, run = drop("users_bom_comma.csv")
    assert rows == [(2, "created", "Created."), (3, "created", "Created.")]
    assert users.person("oskar.falk")["department"] == "Physics, applied"
    assert users.person("mei.tanaka")["lastname"] == 'Tanaka "Mei-chan"'
    assert [entry.last_line for entry in users.entries(run["run_id"])] == [2, 4]
    assert users.warned(run) == {"warn_not_stored": 2}
    (sent, *_) = [row["customfields"] for verb, row in users.sent() if row["username"] == "mei.tanaka"]
    assert sent == [{"type": "site", "value": "South\r\nannex"}]


def test_only_a_yes_deletes_and_nobody_is_made_to_be_deleted(users, drop):
    users.add(LEFT, STAY, PAUSE)
    rows, _ = drop("users_delete_suspend.csv")
    assert rows == [
        (2, "deleted", "Deleted."),
        (3, "unchanged", "Already as wanted."),
        (4, "suspended", "Suspended."),
        (5, "skipped_not_found", "Not in Moodle: nothing has the idnumber `E1999`. There was nothing to do."),
    ]
    assert sorted(users.sent(), key=str) == [
        ("delete", "left.lee"),
        ("update", {"of": "pause.park", "suspended": True}),
    ]


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("users_*.csv")))
def test_a_sample_changes_nothing_the_second_time(users, drop, name):
    users.add(LEFT, STAY, PAUSE)
    drop(name)
    users.sent()
    rows, _ = drop(name)
    assert users.sent() == []
    assert {code for _, code, _ in rows if not code.startswith(("error_", "skipped_"))} <= {"unchanged"}
