"""`sync_forget` counts what the ledger holds of one account, and erases it only when it is told twice whom it means."""

import pytest

FILE = "username,firstname,lastname,email,idnumber\nzoe,Zoe,Ott,zoe@example.org,E9\n"


@pytest.fixture
def user(airflow):
    (airflow.sandbox.drop / "userimport.csv").write_text(FILE)
    airflow.run("sync_users")
    return airflow.sandbox.control.people()["zoe"]["id"]


def test_it_counts_unless_told_to_erase_and_then_wants_the_name(airflow, user):
    held = {"rows": 1, "operations": 1}
    answers = []
    for conf in (
        {},
        {"simulate": False},
        {"simulate": False, "confirm": "ann"},
        {"simulate": False, "confirm": "E9"},
        {},
    ):
        outcome = airflow.run("sync_forget", user=user, **conf)
        answers.append((outcome.state, (outcome.xcoms.get(("forget", "return_value")) or {}).get("counts")))
    nothing = {"rows": 0, "operations": 0}
    assert answers == [("success", held), ("failed", None), ("failed", None), ("success", held), ("success", nothing)]


def test_a_name_is_in_no_message(airflow, user):
    outcome = airflow.run("sync_forget", user=user, simulate=False, confirm="bob")
    assert outcome.message("forget").startswith(f"`confirm` is no name by which files have called the account {user}")
    assert "zoe" not in outcome.message("forget")
