"""SIGKILL anywhere: one more clean walk ends where an undisturbed one ends, and writes nothing twice."""

import shutil
from dataclasses import asdict
from functools import partial

import pytest

from tests.end_to_end.aftermath import Aftermath, Clean
from tests.end_to_end.scenes import NIGHT, WITH_FILE, settings
from tests.end_to_end.walker import Order, Walkers

SMALL_BATCHES = {"SYNC__MOODLE__BATCH_ROWS": "2", "SYNC__MOODLE__CONNECTIONS": "2"}
WALKS = [[scene] for scene in WITH_FILE if scene.command not in {each.command for each in NIGHT}] + [list(NIGHT)]

every_walk = pytest.mark.parametrize("scenes", WALKS, ids=lambda scenes: scenes[0].command)


@pytest.fixture(scope="module")
def walkers():
    made = Walkers()
    yield made
    made.close()


@pytest.fixture
def arena(sandbox, walkers, tmp_path, scenes):
    return Arena(sandbox, walkers, tmp_path, scenes)


class Arena:
    """Lets a walk run and be killed, each time in a fresh world."""

    def __init__(self, sandbox, walkers, folder, scenes):
        self.sandbox, self.walkers, self.folder, self.scenes = sandbox, walkers, folder, scenes

    def clean(self):
        aftermath = self._fresh()
        ended = self._walk()
        assert ended.status == 0, ended.said
        control = self.sandbox.control
        state, calls, requests = aftermath.state(), len(control.calls()), len(control.requests())
        told = aftermath.writes(), aftermath.applied(), aftermath.kinds()
        return Clean(state, *told, ended.effects, calls, requests)

    def killed(self, clean, **kill):
        """One walk that is killed, one that is not; then all must be as if it had never happened."""
        aftermath = self._fresh()
        ended = self._walk(**kill)
        if ended.status == 0 and "request" in kill and kill["when"] == "after":
            return  # A request that the drop refuses has no effect to be killed behind.
        assert ended.status == -9, f"not killed at {kill}: {ended}"
        self.sandbox.control.clear_faults()
        self.sandbox.control.clear_drop_faults()
        before = aftermath.products()
        again = self._walk()
        assert again.status == 0, f"killed at {kill}, then: {again.said}"
        try:
            aftermath.check(self.scenes, before, clean)
        except AssertionError as error:
            raise AssertionError(f"killed at {kill}: {error}") from error

    def _fresh(self):
        self.sandbox.control.reset()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for scene in self.scenes:
            scene.begin(self.sandbox.control)
            scene.drop(self.sandbox)
        return Aftermath(self.sandbox, self.folder)

    def _walk(self, *, die_at=0, call=0, request=0, when="before"):
        control, sandbox = self.sandbox.control, self.sandbox
        sftp = asdict(sandbox.sftp) | {"client_key": ""}
        commands = tuple(dict.fromkeys(scene.command for scene in self.scenes))
        environ = SMALL_BATCHES | settings(self.scenes)
        order = Order(str(self.folder), sandbox.moodle_url, sandbox.token, sftp, commands, environ, die_at)
        if call:
            return self.walkers.run(order, partial(control.kill_caller, nth=call, when=when))
        if request:
            return self.walkers.run(order, partial(control.kill_requester, nth=request, when=when))
        return self.walkers.run(order)


def kills(clean):
    """Every way to be killed: at our own effects, at calls to Moodle, at requests to the drop."""
    found = [{"die_at": at} for at in range(1, clean.effects + 1)]
    for when in ("before", "after"):
        found += [{"call": at, "when": when} for at in range(1, clean.calls + 1)]
        found += [{"request": at, "when": when} for at in range(1, clean.requests + 1)]
    return found


@every_walk
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
