"""The invariants of the design, each for every command; kills are in `test_kills.py`, faults in `test_faults.py`."""

import logging
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from sync_operators import walk
from sync_operators.ledger.tables import metadata
from sync_operators.plans.request import Request
from sync_operators.tools import tool
from tests.end_to_end.aftermath import Aftermath, Files
from tests.end_to_end.scenes import SCENES, WITH_FILE
from tests.end_to_end.site import site as open_site

OF_RUNS = {"runs", "dag_runs", "rows", "operations", "events", "leases", "sites"}
"""Tables in which a simulation leaves its own rows, marked; all others stay as they are."""

CONTRADICTING = {"users", "courses_create", "courses_meta"}
"""Scenes with rows that undo what earlier ones did: compared with Moodle, each of them is done again."""

every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)
every_file = pytest.mark.parametrize("scene", WITH_FILE, ids=str)


once_more = pytest.mark.parametrize(
    ("scene", "mode"),
    [(scene, "delta") for scene in SCENES]
    + [(scene, "reconcile") for scene in SCENES if scene.command not in CONTRADICTING],
    ids=str,
)


class Play:
    """A scene on a site of its own."""

    def __init__(self, scene, site):
        self.scene, self.site = scene, site
        self.aftermath = Aftermath(site.sandbox, site.folder)

    def deliver(self, content=None):
        self.scene.deliver(self.site, content)

    def run(self, content=None, **wishes):
        """Deliver the file, and tell of its run."""
        self.deliver(content)
        return self.tick(**wishes)

    def tick(self, **wishes):
        return self.site.tick(self.scene.command, **wishes)["run"]

    def step(self):
        """A run that is planned."""
        return walk.plan(self.site.work, Request(self.scene.command))

    @property
    def writes(self):
        """How many rows took effect, by function."""
        return self.aftermath.writes()

    @property
    def moodle(self):
        """The whole state of the site."""
        return self.aftermath.state()

    def tryback(self, run):
        """The mended tryback."""
        return self.scene.mended((self.site.depot / run["tryback"]).read_bytes())


@pytest.fixture
def play(sandbox, tmp_path):
    """Opens sites for scenes one after another, each on a Moodle and a depot as they were at first."""
    with ExitStack() as stack:

        def opened(scene, name="one", **environ):
            sandbox.control.reset()
            scene.begin(sandbox.control)
            site = open_site(sandbox, tmp_path / name, environ={**scene.environ, **environ}, sleep=lambda _: None)
            return Play(scene, stack.enter_context(site))

        yield opened


@pytest.fixture(scope="module")
def known():
    return {}


@pytest.fixture
def undisturbed(play, known):
    """What a scene leads to when nothing happens to it: Moodle's state and the rows written; played once."""

    def ended(scene, *, correct=False):
        if (scene, correct) not in known:
            one = play(scene, "undisturbed")
            one.run(scene.correct if correct else None)
            known[scene, correct] = one.moodle, one.writes
        return known[scene, correct]

    return ended


def ledger_of(site):
    """Every row of the ledger, by table."""
    with site.work.ledger.read() as tx:
        return {table.name: [tuple(row) for row in tx.execute(select(table))] for table in metadata.sorted_tables}


@every_file
def test_each_file_is_in_one_place_its_rows_are_outcomes_and_no_secret_is_written_down(play, scene, caplog):
    """I1, I2, I4, I9."""
    caplog.set_level(logging.DEBUG)
    one = play(scene)
    told = one.run()
    one.aftermath.each_file_is_in_one_place([scene])
    one.aftermath.what_was_run_is_what_was_captured()
    one.aftermath.nothing_is_left_open()
    one.aftermath.rows_read_are_outcomes([scene])
    (one.site.folder / "log.txt").write_text(caplog.text + repr(told), encoding="utf-8")
    one.aftermath.no_secret_is_written_down()


@once_more
def test_the_same_content_again_writes_nothing_and_replaces_nothing(play, scene, mode):
    """I3, I10."""
    one = play(scene)
    one.run()
    before, writes, products = one.moodle, one.writes, one.aftermath.products()
    again = one.run(mode=mode)
    assert (one.writes, one.moodle) == (writes, before), again["counts"]
    one.aftermath.no_product_was_replaced(products)
    archived = list(Files.below(one.site.depot / "archives").found.values())
    assert archived == archived[:1] * (2 if scene.file else 0)


@every_scene
def test_steps_that_are_tried_again_write_nothing_more(play, undisturbed, scene):
    """I3."""
    wanted = undisturbed(scene)
    one = play(scene)
    one.deliver()
    step = one.step()
    assert one.step() == step
    for name in ("gate", "gate", "apply", "gate", "apply", "close", "apply", "gate", "close"):
        getattr(walk, name)(one.site.work, step.run_id)
    assert (one.moodle, one.writes) == wanted


@every_scene
def test_a_simulation_says_what_would_be_and_changes_nothing(play, scene):
    """I6."""
    one = play(scene)
    one.deliver()
    one.site.put("left.csv", "x\n")
    before, told = (ledger_of(one.site), _files(one), one.moodle), one.tick(simulate=True)
    after = ledger_of(one.site), _files(one), one.moodle
    assert after[1:] == before[1:]
    assert one.site.sandbox.control.counts().writes == 0
    assert {name for name in after[0] if after[0][name] != before[0][name]} <= OF_RUNS
    for name in OF_RUNS - {"leases", "sites"}:
        assert after[0][name][: len(before[0][name])] == before[0][name]
    assert told["state"] == "simulated"
    real = one.tick()
    assert real["run_id"] != told["run_id"]
    assert sum(told["counts"].values()) == sum(real["counts"].values()) >= len(scene.rows)


@every_scene
def test_a_guard_trips_before_the_first_write_and_what_is_approved_then_is_all_of_it(play, undisturbed, scene):
    """I7."""
    wanted = undisturbed(scene)
    verbs = {*tool(scene.command).guarded_as.values(), "errors"}
    limits = {f"SYNC__GUARDS__{scene.command.upper()}__{verb.upper()}__COUNT": "0" for verb in verbs}
    one = play(scene, **limits)
    held = one.run()
    assert (held["state"], one.site.sandbox.control.counts().writes) == ("held", 0)
    walk.decide(one.site.work, held["run_id"], approved=True, who="registrar", reason="new term")
    one.tick()
    assert (one.moodle, one.writes) == wanted


@every_file
def test_a_mended_tryback_leads_to_where_a_correct_file_would_have_led(play, undisturbed, scene):
    """I8."""
    wanted, _ = undisturbed(scene, correct=True)
    one = play(scene)
    one.run(one.tryback(one.run()))
    assert one.moodle == wanted


def _files(one):
    """A checksum of every file in depot and drop, reports and ledger aside."""
    drop = Files.below(one.site.sandbox.drop).found
    found = Files.below(one.site.depot).found
    return drop, {place: sha for place, sha in found.items() if not place.startswith(("reports/", ".ledger/"))}
