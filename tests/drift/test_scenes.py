"""The drift check for every command."""

import pytest

from sync_operators.drift import rules
from sync_operators.ledger import standing
from sync_operators.tools import tools
from tests.end_to_end.scenes import SCENES

every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)


def applied(drift, scene, content=None):
    """A scene with its file carried out."""
    scene.begin(drift.site.sandbox.control)
    scene.deliver(drift.site, content)
    drift.site.run(scene.command, **({} if scene.file else {"asked": {}}))
    return drift


@every_scene
def test_after_a_run_nothing_has_drifted_and_no_check_writes(play, scene):
    """A command that leaves nothing says so; of every other there is something that stands."""
    drift = applied(play(scene), scene, scene.correct)
    before, writes = drift.moodle, drift.writes
    checked = drift.check(scene.command)
    assert (checked.drifted, checked.unread, checked.repair) == (0, 0, ()), drift.lines(checked)
    assert (drift.moodle, drift.writes) == (before, writes)
    with drift.site.work.ledger.read() as tx:
        stand = standing.count_by_run(tx, drift.site.work.site_id, scene.command).total()
    assert (checked.state, checked.compared) == ("compared" if stand else "leaves_nothing", stand)


def test_every_command_that_leaves_nothing_is_a_command():
    assert {each.command for each in tools()} >= rules.LEAVES_NOTHING
