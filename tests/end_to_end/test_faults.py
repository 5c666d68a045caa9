"""An answer of Moodle lost at any call, before its effect or after: one more run ends as if none had been."""

import shutil
from dataclasses import replace

import pytest

from tests.end_to_end.aftermath import Aftermath
from tests.end_to_end.scenes import FEW, SCENES
from tests.end_to_end.site import site as open_site

FAULTS = {
    "lost before it took effect": lambda control, nth: control.drop_connection(nth=nth, when="before"),
    "lost after it took effect": lambda control, nth: control.drop_connection(nth=nth, when="after"),
    "502 without its effect": lambda control, nth: control.page(502, nth=nth, when="before"),
    "502 with its effect": lambda control, nth: control.page(502, nth=nth, when="after"),
}
SMALL_BATCHES = {"SYNC__MOODLE__BATCH_ROWS": "2", "SYNC__MOODLE__CONNECTIONS": "2"}

a_few_scenes = pytest.mark.parametrize("scene", FEW, ids=str)
every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)


@pytest.fixture
def stage(sandbox, tmp_path):
    return Stage(sandbox, tmp_path / "stage")


class Stage:
    """Lets scenes play, each in a fresh world, with or without a fault."""

    def __init__(self, sandbox, folder):
        self.sandbox, self.folder = sandbox, folder

    def clean(self, scene):
        """What the scene comes to undisturbed, and how each of its rows ended."""
        with self._fresh(scene) as site:
            scene.deliver(site)
            run = site.tick(scene.command)["run"]
            calls, aftermath = len(self.sandbox.control.calls()), Aftermath(self.sandbox, self.folder)
            return replace(aftermath.as_clean(), calls=calls), site.outcomes(run["run_id"])

    def disturbed(self, scene, clean, outcomes, nth, fault):
        with self._fresh(scene) as site:
            scene.deliver(site)
            FAULTS[fault](self.sandbox.control, nth)
            tick = site.tick(scene.command)
            self.sandbox.control.clear_faults()
            if tick["state"] == "failed":
                tick = site.tick(scene.command)
            assert site.outcomes(tick["run"]["run_id"]) == outcomes, f"call {nth} {fault}: {site.errors}"
            _said(f"call {nth} {fault}", Aftermath(self.sandbox, self.folder).all_is_as_in, clean)

    def _fresh(self, scene):
        self.sandbox.control.reset()
        scene.begin(self.sandbox.control)
        shutil.rmtree(self.folder, ignore_errors=True)
        return open_site(self.sandbox, self.folder, environ={**SMALL_BATCHES, **scene.environ}, sleep=lambda _: None)


def _said(where, check, clean):
    try:
        check(clean)
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}") from error


def points(clean):
    return [(nth, fault) for nth in range(1, clean.calls + 1) for fault in FAULTS]


@a_few_scenes
def test_some_lost_answers_leave_no_trace(stage, chosen, scene):
    clean, outcomes = stage.clean(scene)
    for nth, fault in chosen(points(clean), count=4):
        stage.disturbed(scene, clean, outcomes, nth, fault)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@every_scene
def test_no_lost_answer_leaves_a_trace(stage, chosen, scene):
    clean, outcomes = stage.clean(scene)
    for nth, fault in chosen(points(clean)):
        stage.disturbed(scene, clean, outcomes, nth, fault)
