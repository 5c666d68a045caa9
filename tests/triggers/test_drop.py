"""The watcher of the drop on a real SFTP server and a real ledger: what it tells, how often; and nothing ends it."""

import asyncio
import json
import os
from contextlib import aclosing, contextmanager

import pytest
from airflow.serialization.encoders import encode_trigger

from sync_operators.hooks import drop as hook
from sync_operators.hooks.workplace import store
from sync_operators.ledger import events
from sync_operators.triggers import drop as module
from sync_operators.triggers import eye
from sync_operators.triggers.drop import DropTrigger

POLL = 0.05


class State(dict):
    """Airflow's state of the asset, which outlives the watcher."""

    async def aget(self, key, default=None):
        return self.get(key, default)

    async def aset(self, key, value):
        assert value is not None
        self[key] = json.loads(json.dumps(value))


class NoState:
    async def aget(self, key, default=None):
        raise OSError("the API is away")

    async def aset(self, key, value):
        raise OSError("the API is away")


def watch(story, state=None):
    """Names of each event, while a story goes on; it is given a way to wait: for an event, seconds, or a condition."""
    trigger, told = DropTrigger(POLL), []
    trigger.asset_state_store = state

    async def run():
        heard = asyncio.Event()

        async def listen():
            async with aclosing(trigger.run()) as stream:
                async for event in stream:
                    told.append(event.payload["files"])
                    heard.set()

        async def pause(until=None):
            if isinstance(until, float):
                await asyncio.sleep(until)
                return
            async with asyncio.timeout(60):
                while not (until() if until else heard.is_set()):
                    await asyncio.sleep(POLL)
            heard.clear()

        listening = asyncio.create_task(listen())
        await story(pause)
        assert not listening.done()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    asyncio.run(run())
    return told


def told_the_ledger():
    with store("test") as kept, kept.ledger.read() as tx:
        found = [*events.of_kind(tx, "drop_broken"), *events.of_kind(tx, "drop_well")]
    return [(event.what, event.who) for event in found]


@pytest.fixture
def connects(monkeypatch):
    """One item for each connection that is made."""
    made, connect = [], hook._connect

    async def counted():
        made.append(1)
        return await connect()

    monkeypatch.setattr(hook, "_connect", counted)
    return made


@pytest.fixture
def password(monkeypatch, sandbox):
    """Sets the password of `sync_drop`; None: the right one again."""
    told = json.loads(os.environ["AIRFLOW_CONN_SYNC_DROP"])

    def set_to(value):
        monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", json.dumps(told | {"password": value or told["password"]}))

    return set_to


@contextmanager
def warnings(caplog):
    caplog.set_level("WARNING", logger=module.__name__)
    said = []
    yield said
    said.extend(record.message for record in caplog.records if record.name == module.__name__)


def test_airflow_can_make_it_anew_from_what_it_keeps():
    encoded = encode_trigger(DropTrigger(3.0))
    assert encoded == {"classpath": "sync_operators.triggers.drop.DropTrigger", "kwargs": {"poll": 3.0}}
    assert DropTrigger(**encoded["kwargs"]).serialize() == DropTrigger(3.0).serialize()


def test_each_file_is_told_once_over_one_connection(sandbox, connects):
    async def story(pause):
        (sandbox.drop / "a.csv").write_text("x")
        (sandbox.drop / "b.csv.part").write_text("x")
        await pause()
        (sandbox.drop / "b.csv.part").rename(sandbox.drop / "b.csv")
        await pause()
        await pause(0.5)

    assert watch(story, State()) == [["a.csv"], ["b.csv"]]
    assert len(connects) == 1
    assert told_the_ledger() == []


def test_a_hundred_names_are_told_and_how_many_there_are(sandbox):
    for number in range(120):
        (sandbox.drop / f"{number:03}.csv").write_text("x")

    async def run():
        async with aclosing(DropTrigger(POLL).run()) as stream:
            return (await anext(stream)).payload

    told = asyncio.run(run())
    assert (told["count"], len(told["files"]), told["files"][0]) == (120, 100, "000.csv")


def test_after_a_restart_nothing_is_told_again_and_nothing_is_missed(sandbox):
    state = State()
    (sandbox.drop / "a.csv").write_text("x")

    async def once(pause):
        await pause()

    async def quiet(pause):
        await pause(0.7)

    assert watch(once, state) == [["a.csv"]]
    assert watch(quiet, state) == []
    (sandbox.drop / "b.csv").write_text("x")
    assert [name for names in watch(once, state) for name in names] == ["a.csv", "b.csv"]


def test_an_event_that_was_not_taken_is_told_again(sandbox):
    state = State()
    (sandbox.drop / "a.csv").write_text("x")

    async def cut_off():
        trigger = DropTrigger(POLL)
        trigger.asset_state_store = state
        async with aclosing(trigger.run()) as stream:
            return (await anext(stream)).payload["files"]

    assert [asyncio.run(cut_off()), asyncio.run(cut_off())] == [["a.csv"], ["a.csv"]]


def test_a_server_that_hangs_up_is_connected_anew_without_a_word(sandbox, connects, caplog):
    async def story(pause):
        await pause(lambda: sandbox.control.requests().count("scandir") > 1)
        sandbox.control.drop_request()
        await pause(lambda: len(connects) > 1)
        (sandbox.drop / "a.csv").write_text("x")
        await pause()

    with warnings(caplog) as said:
        assert watch(story) == [["a.csv"]]
    assert (said, len(connects), told_the_ledger()) == ([], 2, [])


def test_settings_and_connection_are_read_again_now_and_then(sandbox, connects, monkeypatch):
    monkeypatch.setattr(eye.DropEye.__init__, "__defaults__", (0.2,))
    monkeypatch.setenv("SYNC__DROP__DONE_SUFFIX", ".done")
    (sandbox.drop / "a.csv").write_text("x")

    async def story(pause):
        await pause(0.4)
        monkeypatch.delenv("SYNC__DROP__DONE_SUFFIX")
        await pause()

    assert watch(story) == [["a.csv"]]
    assert len(connects) >= 2


def test_a_broken_drop_is_one_warning_and_one_event_and_one_more_when_it_is_well(
    sandbox, password, connects, caplog, monkeypatch
):
    monkeypatch.setattr(module, "LONGEST_WAIT", POLL)
    state = State()
    (sandbox.drop / "a.csv").write_text("x")

    async def story(pause):
        password("Wr0ng-canary")
        await pause(lambda: len(connects) >= 4)
        assert state["broken"] is True
        password(None)
        await pause()
        assert state["broken"] is False

    with warnings(caplog) as said:
        assert watch(story, state) == [["a.csv"]]
    assert len(connects) >= 5
    assert [line.partition(":")[2].partition(",")[0].strip() for line in said] == [
        "cannot be watched", "is watched again",
    ]  # fmt: skip
    assert "the login was refused" in said[0]
    assert "canary" not in "".join(said)
    assert told_the_ledger() == [("drop_broken", module.WHO), ("drop_well", module.WHO)]


def test_what_was_told_before_an_outage_is_told_anew_after_it(sandbox, password, monkeypatch):
    monkeypatch.setattr(eye.DropEye.__init__, "__defaults__", (0.2,))
    (sandbox.drop / "a.csv").write_text("x")
    state = State()

    async def story(pause):
        await pause()
        password("Wr0ng-canary")
        await pause(lambda: state.get("broken"))
        password(None)
        await pause()

    assert watch(story, state) == [["a.csv"], ["a.csv"]]


def test_a_restart_in_the_middle_of_an_outage_says_nothing_again(sandbox, password, connects, caplog):
    async def story(pause):
        known = len(connects)
        await pause(lambda: state.get("broken") and len(connects) > known)

    state = State()
    password("Wr0ng-canary")
    with warnings(caplog) as said:
        watch(story, state)
        watch(story, state)
    assert len(said) == 1
    assert told_the_ledger() == [("drop_broken", module.WHO)]


def test_without_a_connection_or_with_faulty_settings_it_waits_until_they_are_mended(sandbox, monkeypatch, caplog):

    monkeypatch.setattr(module, "LONGEST_WAIT", POLL)
    there = os.environ["AIRFLOW_CONN_SYNC_DROP"]
    (sandbox.drop / "a.csv").write_text("x")

    async def story(pause):
        monkeypatch.delenv("AIRFLOW_CONN_SYNC_DROP")
        await pause(lambda: state.get("broken"))
        monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", there)
        monkeypatch.setenv("SYNC__DROP__PARALLEL", "many")
        await pause(0.3)
        monkeypatch.delenv("SYNC__DROP__PARALLEL")
        await pause()

    state = State()
    with warnings(caplog) as said:
        assert watch(story, state) == [["a.csv"]]
    assert said[0].startswith("drop: cannot be watched, cron goes on alone: Not set: the connection `sync_drop`.")


def test_airflow_that_keeps_no_state_and_a_ledger_that_is_away_do_not_end_it(sandbox, password, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "LONGEST_WAIT", POLL)
    (tmp_path / "depot").write_text("no folder")
    (sandbox.drop / "a.csv").write_text("x")

    async def story(pause):
        password("Wr0ng-canary")
        await pause(0.5)
        password(None)
        await pause()

    assert watch(story, NoState()) == [["a.csv"]]


@pytest.mark.parametrize(
    ("failures", "took", "pause"), [(0, 0, 2.0), (0, 5, 10), (1, 0, 4.0), (4, 0, 32.0), (9, 0, 60.0)]
)
def test_a_broken_drop_is_asked_less_often_and_a_slow_one_is_given_time(failures, took, pause):
    trigger = DropTrigger(2.0)
    trigger._failures = failures
    assert trigger._pause(took) == pause
