"""SIGKILL anywhere: one more clean walk ends where an undisturbed one ends, and writes nothing twice."""

import pytest

from tests.end_to_end.arena import Arena
from tests.end_to_end.scenes import ENROLMENTS, NIGHT, WITH_FILE

WALKS = [[scene] for scene in WITH_FILE if scene.command not in {each.command for each in NIGHT}] + [list(NIGHT)]

a_few_walks = pytest.mark.parametrize("scenes", [[ENROLMENTS], list(NIGHT)], ids=lambda scenes: scenes[0].command)
every_walk = pytest.mark.parametrize("scenes", WALKS, ids=lambda scenes: scenes[0].command)


@pytest.fixture
def arena(sandbox, walkers, tmp_path, scenes):
    return Arena(sandbox, walkers, tmp_path / "arena", scenes)


def kills(clean):
    """Every way to be killed: at our own effects, at calls to Moodle, at requests to the drop."""
    found = [{"die_at": at} for at in range(1, len(clean.trail) + 1)]
    for when in ("before", "after"):
        found += [{"call": at, "when": when} for at in range(1, clean.calls + 1)]
        found += [{"request": at, "when": when} for at in range(1, clean.requests + 1)]
    return found


@a_few_walks
def test_a_walk_killed_at_some_points_ends_as_an_undisturbed_one(arena, chosen):
    clean = arena.clean()
    for kill in chosen(kills(clean), count=2):
        arena.killed(clean, **kill)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@every_walk
def test_a_walk_killed_at_any_point_ends_as_an_undisturbed_one(arena, chosen):
    clean = arena.clean()
    for kill in chosen(kills(clean)):
        arena.killed(clean, **kill)
