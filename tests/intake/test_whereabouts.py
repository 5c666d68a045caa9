"""Where is file X: an answer for every file ever seen."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from include.sandbox.faults import DropFault
from sync_operators.ledger.whereabouts import where_is
from tests.intake.test_packed import zipped


def told(world, name):
    with world.ledger.read() as tx:
        return [(one.where, one.place, one.what, one.reason, one.still_in_drop) for one in where_is(tx, name)]


def test_what_was_taken_is_found_by_its_name_there_its_name_here_and_its_place(world):
    world.put(b"a\n.csv")
    world.capture()
    (version,) = world.versions()
    for name in (b"a\n.csv", version.name, version.place):
        assert told(world, name) == [("depot", version.place, "waiting", "", False)]


def test_what_stays_in_the_drop_is_found_with_its_reason_and_later_where_it_went(world):
    rules = {"done_suffix": ".done"}
    for name in (".hidden", "a.csv.part", "a.csv"):
        world.put(name)
    (world.drop.folder / "folder").mkdir()
    world.capture(rules=rules)
    assert told(world, ".hidden") == [("drop", ".hidden", "ignored_hidden", "", True)]
    assert told(world, "a.csv.part") == [("drop", "a.csv.part", "ignored_partial", "", True)]
    assert told(world, "folder") == [("drop", "folder", "ignored_directory", "", True)]
    assert told(world, "a.csv") == [("drop", "a.csv", "deferred_incomplete", "a.csv.done is missing", True)]
    world.put("a.csv.done", age=0)
    (world.drop.folder / ".hidden").unlink()
    world.capture(rules=rules)
    assert told(world, "a.csv") == [("depot", "a.csv", "waiting", "", False)]
    assert told(world, ".hidden") == [("gone", "", "ignored_hidden", "", False)]
    assert told(world, "a.csv.done") == []


def test_what_was_refused_is_found_in_quarantine_and_what_could_not_be_deleted_in_both(world):
    world.put("a.zip", b"no zip")
    world.drop.faults.add(DropFault(kind="fail", of="remove"))
    world.capture()
    ((where, place, what, _, still),) = told(world, "a.zip")
    assert (where, place.partition("/")[0], what, still) == ("depot", "quarantine", "quarantined", True)


def test_a_bundle_leads_to_its_files_and_every_version_of_a_name_is_told(world):
    world.put("b.csv")
    world.capture()
    world.put("bundle_1.zip", zipped(("b.csv", b"x"), ("c.csv", b"y")))
    world.capture()
    assert [what for _, _, what, _, _ in told(world, "bundle_1.zip")] == ["done", "queued", "bundled"]
    assert [what for _, _, what, _, _ in told(world, "b.csv")] == ["waiting", "queued"]
    assert [what for _, _, what, _, _ in told(world, "bundle_1.zip/c.csv")] == ["bundled"]


def test_a_file_held_back_by_a_lock_is_found_and_one_never_seen_is_not(world):
    world.put("alock.txt")
    world.put("a.csv")
    world.capture()
    assert told(world, "a.csv") == [("drop", "a.csv", "capture_locked", "", True)]
    assert told(world, "b.csv") == []


@pytest.mark.parametrize("database", ["world", "on_postgresql"])
def test_the_manual_s_queries_say_the_same(request, database):
    world = request.getfixturevalue(database)
    page = (Path(__file__).parents[2] / "docs/how-to/find-a-file.md").read_text()
    files, drop, events = re.findall(r"```sql\n(.+?);\n```", page, re.DOTALL)
    if database == "on_postgresql":
        said = re.search(r"on PostgreSQL: `(.+?)`", page)[1]
        drop = drop.replace("name = CAST('userimport.csv' AS BLOB)", said)

    def ask(query):
        with world.ledger.read() as tx:
            return [row._mapping for row in tx.execute(text(query))]

    world.put("userimport.csv", age=0)
    world.during_sleep = lambda: world.put("userimport.csv", b"more", age=0)
    world.capture()
    assert [(row["code"], row["gone"]) for row in ask(drop)] == [("deferred_unstable", None)]
    assert ask(files) == []
    world.during_sleep = lambda: None
    world.capture()
    assert ask(drop) == []
    assert [(row["id"], row["state"], row["place"]) for row in ask(files)] == [(1, "waiting", "userimport.csv")]
    assert [row["what"] for row in ask(events)] == ["captured"]
