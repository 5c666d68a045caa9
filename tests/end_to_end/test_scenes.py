"""Every command that runs stands in the matrix of the invariants, its kills and its faults."""

from sync_operators.tools import tool
from tests.end_to_end.scenes import WITH_FILE, without_scene


def test_every_command_that_runs_has_a_scene():
    assert without_scene() == set()


def test_every_scene_shows_rows_in_error_and_rows_that_are_well():
    for scene in WITH_FILE:
        assert scene.bad, scene
        assert len(scene.bad) < len(scene.rows) or tool(scene.command).verbs == {}, scene
