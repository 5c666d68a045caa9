"""What befalls the world in the middle of a walk: the walk bears it or fails, and one more ends as an undisturbed one.

The middle is each of the points at which walks are killed.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from include.sandbox.starting import start
from sync_operators.plans.workplace import utc_now
from tests.end_to_end.arena import Arena, places
from tests.end_to_end.scenes import ENROLMENTS, SCENES, USERS
from tests.end_to_end.site import site as open_site

EVERY_DAY = (USERS, ENROLMENTS)

only_users = pytest.mark.parametrize("scenes", [[USERS]], ids=["users"])
some_scenes = pytest.mark.parametrize("scenes", [[scene] for scene in EVERY_DAY], ids=lambda scenes: scenes[0].command)
all_scenes = pytest.mark.parametrize("scenes", [[scene] for scene in SCENES], ids=lambda scenes: scenes[0].command)


class Moodle:
    """A sandbox of our own, that can be killed and started again with its state and its addresses."""

    def __init__(self, stack, folder):
        self._stack, self._folder = stack, folder
        self.sandbox = stack.enter_context(start(folder))

    def end(self):
        self.sandbox.kill()

    def begin(self):
        self.sandbox = self._stack.enter_context(start(self._folder, ports=self.sandbox.ports))


@pytest.fixture(scope="module")
def moodle(tmp_path_factory):
    with ExitStack() as stack:
        yield Moodle(stack, tmp_path_factory.mktemp("restarted"))


@pytest.fixture
def arena(moodle, walkers, tmp_path, scenes):
    return Arena(moodle.sandbox, walkers, tmp_path / "arena", scenes)


@dataclass(frozen=True)
class Stroke:
    """What happens at a point of a walk, and how it is mended before the next."""

    befalls: Callable[[Moodle, Arena], Mapping[str, Any] | None]
    mended: Callable[[Moodle, Arena], object] = lambda _moodle, _arena: None


def _restart(moodle, arena):
    moodle.end()
    _start_again(moodle, arena)


def _start_again(moodle, arena):
    moodle.begin()
    arena.sandbox = moodle.sandbox


def _set_clock_back(_, arena):
    # It stays so: the next walk begins before this one has ended.
    arena.hours_back = 2
    return {"hours_back": 2}


STROKES = {
    "the clock is set back": Stroke(_set_clock_back),
    "the token is revoked": Stroke(
        lambda moodle, _: moodle.sandbox.control.revoke_token(),
        lambda moodle, _: moodle.sandbox.control.restore_token(),
    ),
    "Moodle and the drop are restarted": Stroke(_restart),
    "Moodle and the drop are away for the rest of the walk": Stroke(lambda moodle, _: moodle.end(), _start_again),
    "no file has room any more": Stroke(lambda _moodle, _arena: {"room": 0}),
    "files may grow a little": Stroke(lambda _moodle, _arena: {"room": 3000}),
}


def befalls(moodle, arena, stroke, chosen, count=None):
    clean = arena.clean()
    for place in chosen(list(places(clean, arena.scenes[0].command).values()), count=count):
        arena.hours_back = 0
        arena.disturbed(clean, place, lambda: stroke.befalls(moodle, arena) or {}, lambda: stroke.mended(moodle, arena))


every_stroke = pytest.mark.parametrize("stroke", STROKES.values(), ids=STROKES)


@every_stroke
@some_scenes
def test_what_befalls_the_world_at_one_point_leaves_no_trace(moodle, arena, stroke, chosen):
    befalls(moodle, arena, stroke, chosen, count=1)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@every_stroke
@all_scenes
def test_what_befalls_the_world_at_any_point_leaves_no_trace(moodle, arena, stroke, chosen):
    befalls(moodle, arena, stroke, chosen)


class Clock:
    """A clock that somebody sets back."""

    hours_back = 0

    def __call__(self):
        return utc_now() - timedelta(hours=self.hours_back)


def test_what_another_run_did_is_seen_though_the_clock_was_set_back_in_between(sandbox, tmp_path):
    clock = Clock()
    with open_site(sandbox, tmp_path, sleep=lambda _: None, clock=clock) as site:
        site.work = replace(site.work, ledger=replace(site.work.ledger, clock=clock))
        site.put("userimport.csv", AMELIE)
        site.capture()
        sandbox.control.page(503, of="core_user_update_users", times=3)
        assert site.tick()["state"] == "failed"
        clock.hours_back = 2
        site.deliver("userdelete.csv", "username\namelie.laurent\n", "users_delete")
        tick = site.tick()
        assert (tick["state"], tick["run"]["counts"]) == ("done", {"created": 1})


AMELIE = """\
username;firstname;lastname;idnumber;email;city
amelie.laurent;Amélie;Laurent;E1001;amelie.laurent@example.org;Annecy
"""


# -- PostgreSQL -----------------------------------------------------------------------------------------------------


class Cluster:
    """A PostgreSQL of our own, that can be restarted."""

    def __init__(self, folder, programs):
        self._folder, self._programs, self._port = folder, programs, _free_port()
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._control("start")

    @property
    def address(self):
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"

    def restart(self):
        """All at once, as by a crash: who is connected is thrown out in the middle of it."""
        self._control("restart", "-m", "immediate")

    def stop(self):
        self._control("stop", "-m", "immediate")

    def _control(self, *words):
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self._folder / "log"), *words)

    def _run(self, program, *words):
        # It refuses to be run by root.
        whose = pwd.getpwnam(_OTHER) if os.getuid() == 0 else None
        other = {"user": whose.pw_uid, "group": whose.pw_gid, "extra_groups": []} if whose else {}
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *words]
        subprocess.run(command, cwd=self._folder, check=True, stdout=subprocess.DEVNULL, timeout=120, **other)


_OTHER = "nobody"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _programs():
    """Where the programs of a PostgreSQL are, the newest if there are several."""
    found = shutil.which("initdb")
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).resolve().parent if found else known[-1].parent if known else None


@pytest.fixture(scope="module")
def cluster():
    if (programs := _programs()) is None:
        pytest.skip("NO POSTGRESQL programs (initdb, pg_ctl)")
    # Not below pytest's folder, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        if os.getuid() == 0:
            shutil.chown(name, _OTHER)
        made = Cluster(Path(name), programs)
        yield made
        made.stop()


def thrown_out(address):
    """End all sessions on the database of a ledger but our own."""
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    finally:
        engine.dispose()


def on_postgresql(moodle, arena, address, befalls_it, chosen, count):
    arena.ledger = address
    befalls(moodle, arena, Stroke(lambda _moodle, _arena: befalls_it()), chosen, count)


@only_users
def test_postgresql_restarted_at_some_points_leaves_no_trace(moodle, arena, cluster, chosen):
    on_postgresql(moodle, arena, cluster.address, cluster.restart, chosen, 2)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@all_scenes
def test_postgresql_restarted_at_any_point_leaves_no_trace(moodle, arena, cluster, chosen):
    on_postgresql(moodle, arena, cluster.address, cluster.restart, chosen, None)


@only_users
def test_sessions_that_postgresql_ends_at_some_points_leave_no_trace(moodle, arena, database, chosen):
    on_postgresql(moodle, arena, database, lambda: thrown_out(database), chosen, 2)
