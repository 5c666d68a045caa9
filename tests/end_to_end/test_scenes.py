"""Every command that runs stands in the matrix of the invariants, its kills and its faults."""

from pathlib import Path

from sync_operators.tools import tool
from tests.end_to_end.scenes import WITH_FILE, without_scene


def test_every_command_that_runs_has_a_scene():
    assert without_scene() == set()


def test_every_scene_shows_rows_in_error_and_rows_that_are_well():
    for scene in WITH_FILE:
        assert scene.bad, scene
        assert len(scene.bad) < len(scene.rows) or tool(scene.command).verbs == {}, scene


def test_every_sample_is_run_by_a_test():
    here = Path(__file__).parent
    tests = "".join(path.read_text(encoding="utf-8") for path in here.glob("test_*.py"))
    assert [path.name for path in (here / "samples").iterdir() if f'"{path.name}"' not in tests] == []
