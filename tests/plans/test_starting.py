"""What came from the drop starts its DAG; what depends on something else that is at work starts all in their order."""

from datetime import UTC, datetime

import pytest

from sync_operators.ledger import files, open_ledger
from sync_operators.ledger.files import FileState
from sync_operators.plans.starting import Start, due
from sync_operators.settings import load_settings

DAGS = {
    "sync_users": ("users", "users_delete"),
    "sync_enrolments": ("enrolments",),
    "sync_pictures": ("pictures",),
}
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
WAITING, RUNNING, HELD, BUNDLED = FileState.WAITING, FileState.RUNNING, FileState.HELD, FileState.BUNDLED
USERS = Start("sync_users", "drop-1", ("users",))


@pytest.fixture
def started(tmp_path):
    """What is due with these files in the ledger, each a name, its state and where it came from."""

    def started(*given):
        ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite3", clock=lambda: AT)
        with ledger.write() as tx:
            for name, state, origin in given:
                files.add(
                    tx, folder="", name=name, place=name, sha256="0" * 64, size=1, origin=origin, at=AT, state=state
                )  # fmt: skip
        try:
            return due(load_settings(None, {}), ledger, DAGS)
        finally:
            ledger.close()

    return started


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ([], None),
        ([("userimport.csv", WAITING, "drop")], USERS),
        ([("userimport.csv", WAITING, "depot")], None),
        ([("userimport.csv", HELD, "drop")], None),
        ([("userimport.csv", RUNNING, "drop")], None),
        ([("userimport.csv", BUNDLED, "bundle")], None),
        ([("other.csv", WAITING, "drop")], None),
        ([("courses.csv", WAITING, "drop")], None),
        ([("userpictures_1.zip", WAITING, "drop")], Start("sync_pictures", "drop-1", ("pictures",))),
        (
            [("userimport.csv", WAITING, "drop"), ("userdelete.csv", WAITING, "drop")],
            Start("sync_users", "drop-2", ("users", "users_delete")),
        ),
        (
            [("enrols.csv", WAITING, "drop"), ("userimport.csv", WAITING, "drop")],
            Start("sync_all", "drop-2", ("users", "enrolments")),
        ),
        (
            [("userimport.csv", RUNNING, "drop"), ("enrols.csv", WAITING, "drop")],
            Start("sync_all", "drop-2", ("enrolments",)),
        ),
        (
            [("userimport.csv", HELD, "drop"), ("enrols.csv", WAITING, "drop")],
            Start("sync_enrolments", "drop-2", ("enrolments",)),
        ),
        ([("userimport.csv", WAITING, "drop"), ("userdelete.csv", RUNNING, "drop")], USERS),
    ],
    ids=[
        "nothing", "one", "put into the depot by hand", "held", "under way", "in a bundle", "no command's",
        "by hand only", "by its prefix", "two of one DAG", "of two DAGs", "while another is under way",
        "while another is held", "while another of its DAG is under way",
    ],
)  # fmt: skip
def test_what_is_started(started, given, start):
    assert started(*given) == start
