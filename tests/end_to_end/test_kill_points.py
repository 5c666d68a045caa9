"""Every command killed at each of twelve points: an undisturbed walk tells where they lie, and none is forgotten."""

import pytest

from tests.end_to_end.arena import POINTS, SENT, TWICE, Arena, points
from tests.end_to_end.scenes import FEW, SCENES, USERS, Scene

OPERATION_BY_OPERATION = {"SYNC__MOODLE__BATCH_ROWS": "1"}
"""So that a scene has several batches wherever it has several operations."""

NO_SENDING = {"before the first send", SENT, "after an answer, before the ledger has it", "between batches"}
NO_FILE = {"between report and archive", "in archive", "in way back"}
NEVER = {"courses_check": NO_SENDING, "cohort_links": NO_SENDING, "categories_clean": NO_FILE}
"""Commands that only look, and the one that takes no file, do not come by all points."""

a_few_scenes = pytest.mark.parametrize("scenes", [[scene] for scene in FEW], ids=lambda scenes: scenes[0].command)
every_scene = pytest.mark.parametrize("scenes", [[scene] for scene in SCENES], ids=lambda scenes: scenes[0].command)


@pytest.fixture
def arena(sandbox, walkers, tmp_path, scenes):
    return Arena(sandbox, walkers, tmp_path / "arena", scenes, environ=OPERATION_BY_OPERATION)


def met(arena):
    """The undisturbed walk, and how to kill another at each point; all are there that can be."""
    clean, command = arena.clean(), arena.scenes[0].command
    found = points(clean, command)
    assert set(found) == set(POINTS) - NEVER.get(command, set())
    return clean, list(found.values())


@a_few_scenes
def test_a_walk_killed_at_one_of_the_points_ends_as_an_undisturbed_one(arena, chosen):
    clean, found = met(arena)
    for kill in chosen(found, count=1):
        arena.killed(clean, **kill)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@every_scene
def test_a_walk_killed_at_each_of_the_points_ends_as_an_undisturbed_one(arena, chosen):
    clean, found = met(arena)
    for kill in chosen(found):
        arena.killed(clean, **kill)


def test_there_are_twelve_points():
    assert len(set(POINTS)) == 12


def _accounts(count):
    rows = "".join(f"\nmany.{n};Many;{n};MANY{n};many.{n}@example.org" for n in range(count))
    return Scene("users", USERS.file, f"username;firstname;lastname;idnumber;email{rows}")


@pytest.mark.parametrize("scenes", [[_accounts(12)], [_accounts(60)]], ids=["12", "60"])
def test_what_is_done_twice_does_not_grow_with_the_file(arena):
    """Killed in the middle of so many operations: only what was under way is looked at, and sent once more."""
    clean, half = arena.clean(), len(arena.scenes[0].rows) // 2
    arena.killed(clean, write=half, when="before")
    counts = arena.sandbox.control.counts()
    assert (clean.calls > 2 * TWICE) is (half == 30)
    assert counts.writes <= len(arena.scenes[0].rows) + 3
