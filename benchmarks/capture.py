"""Captures against `rclone move` and OpenSSH's `sftp`: all get and delete; the wait of the second look is left out."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.figure import Figure, Options, alternating, scratch, seconds
from benchmarks.turns import Turns, counting
from include.sandbox.starting import Sandbox, start
from tests.end_to_end.site import connection, site

ROUND_TRIP = 20  # milliseconds
ROUNDS = 3
_LARGE = 200 << 20
_OPENING = 2
_NO_WAIT = {"SYNC__DROP__SETTLE_SECONDS": "0"}


def figures(options: Options) -> Iterator[Figure]:
    """Small files over a long line, small files on loopback, one large file, a full drop, an idle one."""
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        race = _Race(sandbox, folder)
        if shutil.which("sftp"):
            yield from _long_line(race, options.rows(200))
            yield _loopback(race, options.rows(1000))
            yield _large(race, _LARGE // (10 if options.quick else 1))
        else:
            yield _not_installed("captures against OpenSSH sftp", "figures", "sftp")
        yield _full(race, options.rows(20_000))
        yield _idle(race)


class _Race:
    """The same files of a drop, taken by each in turn."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder, self._sftp = sandbox, folder, sandbox.sftp
        self._target = folder / "gotten"
        self._known = folder / "known_hosts"
        self._known.write_text(f"[{self._sftp.host}]:{self._sftp.port} {self._sftp.host_key}\n")

    def run(self, count: int, size: int, *takers: Callable[[int], float]) -> tuple[float, ...]:
        """Seconds that each needs to get and delete so many files."""
        return alternating(ROUNDS, *(lambda taker=taker: self._timed(taker, count, size) for taker in takers))

    def put_seen(self, count: int = 3) -> None:
        """Lay names into the drop that stay there."""
        for number in range(count):
            (self.sandbox.drop / f".seen{number:05}").touch()

    def empty(self) -> None:
        """Take all out of the drop."""
        for path in self.sandbox.drop.iterdir():
            path.unlink()

    def _timed(self, taker: Callable[[int], float], count: int, size: int) -> float:
        for number in range(count):
            (self.sandbox.drop / _name(number)).write_bytes(b"%04d" % number * (size // 4))
        for old in (self._target, self.folder / "site"):
            shutil.rmtree(old, ignore_errors=True)
        self._target.mkdir()
        took = taker(count)
        if list(self.sandbox.drop.iterdir()):
            raise AssertionError(f"{taker.__name__} has not taken all of {count}")
        return took

    def ours(self, _count: int) -> float:
        """A capture: locks, checksums, depot and ledger included."""
        with site(self.sandbox, self.folder / "site", environ=_NO_WAIT) as opened:
            return seconds(opened.capture)

    def sftp(self, count: int) -> float:
        """OpenSSH's `sftp -b`."""
        batch, path = self.folder / "batch", self._sftp.path
        names = [_name(number) for number in range(count)]
        gets = [f"get {path}/{name} {self._target}/{name}\nrm {path}/{name}\n" for name in names]
        batch.write_text("".join(gets))
        login = ["-P", str(self._sftp.port), "-i", str(self._sftp.client_key)]
        trust = ["-o", f"UserKnownHostsFile={self._known}", "-o", "IdentitiesOnly=yes", "-q"]
        there = f"{self._sftp.username}@{self._sftp.host}"
        return _run("sftp", *login, *trust, "-b", str(batch), there)

    def rclone(self, _count: int) -> float:
        """`rclone move` with sixteen transfers at once."""
        sftp = self._sftp
        login = f"host={sftp.host},port={sftp.port},user={sftp.username},key_file={sftp.client_key}"
        remote = f":sftp,{login},known_hosts_file={self._known},shell_type=none:{sftp.path}"
        config = ["--config", str(self.folder / "none.conf"), "--transfers", "16", "--log-level", "ERROR"]
        return _run("rclone", "move", remote, str(self._target), *config)


def _long_line(race: _Race, count: int) -> Iterator[Figure]:
    race.sandbox.control.set_round_trip(ROUND_TRIP)
    what = f"capture {count} files of 4 KB at {ROUND_TRIP} ms against"
    has_rclone = shutil.which("rclone") is not None
    takers = (race.ours, race.sftp, *([race.rclone] if has_rclone else []))
    ours, sftp, *rclone = race.run(count, 4096, *takers)
    race.sandbox.control.set_round_trip(0)
    yield _faster(f"{what} OpenSSH sftp -b", 12, ours, sftp)
    if rclone:
        yield _faster(f"{what} rclone move --transfers 16", 2, ours, rclone[0])
    else:
        yield _not_installed(f"{what} rclone move --transfers 16", "≥ 2 × as fast", "rclone")


def _loopback(race: _Race, count: int) -> Figure:
    ours, sftp = race.run(count, 4096, race.ours, race.sftp)
    return _within(f"capture {count:,} files of 4 KB on loopback against sftp -b", 2, ours, sftp)


def _large(race: _Race, size: int) -> Figure:
    ours, sftp = race.run(1, size, race.ours, race.sftp)
    return _within(f"capture one file of {size >> 20} MB on loopback against sftp", 1.5, ours, sftp)


def _full(race: _Race, count: int) -> Figure:
    """Names that stay, seen before, with ten new files among them: what they cost beyond the listing."""
    race.put_seen(count)
    with site(race.sandbox, race.folder / "full", environ=_NO_WAIT) as opened:
        opened.capture()

        def ours() -> float:
            for number in range(10):
                opened.put(_name(number), b"x")
            return seconds(opened.capture)

        took, listing = alternating(ROUNDS, ours, lambda: seconds(lambda: asyncio.run(_list(race.sandbox))))
    race.empty()
    beyond, detail = took - listing, f"{took:.2f} s, of which {listing:.2f} s are a bare listing with asyncssh"
    what = f"capture 10 new files among {count:,} names, beyond the listing"
    return Figure(what, "≤ 2 s", f"{beyond:.2f} s", beyond <= 2, detail)


def _idle(race: _Race) -> Figure:
    """Of a capture that finds nothing new: how often it waits for the server, over a line so slow that it must."""
    race.put_seen()
    sftp = race.sandbox.sftp
    with counting(sftp.host, sftp.port) as turns:
        relayed = replace(race.sandbox, sftp=replace(sftp, port=turns.port))
        with site(relayed, race.folder / "idle") as opened:
            opened.capture()
            race.sandbox.control.set_round_trip(10 * ROUND_TRIP)
            capturing, connecting = alternating(
                ROUNDS,
                lambda: _turns(turns, opened.capture),
                lambda: _turns(turns, lambda: asyncio.run(_connect(relayed))),
            )
            race.sandbox.control.set_round_trip(0)
    trips = _OPENING + capturing - connecting
    spent = f"{connecting:.0f} of them to connect and open SFTP, which takes {_OPENING} behind the handshake"
    detail = f"{capturing:.0f} waits for the server, {spent}"
    return Figure("round trips of a capture that finds nothing new", "≤ 6", f"{trips:.0f}", trips <= 6, detail)


def _turns(turns: Turns, work: Callable[[], object]) -> float:
    before = turns.count
    work()
    return turns.count - before


async def _connect(sandbox: Sandbox) -> None:
    async with connection(sandbox) as ssh, ssh.start_sftp_client():
        pass


async def _list(sandbox: Sandbox) -> None:
    async with connection(sandbox) as ssh, ssh.start_sftp_client() as session:
        async for _ in session.scandir(sandbox.sftp.path):
            pass


def _run(*command: str) -> float:
    return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def _name(number: int) -> str:
    return f"export{number:04d}.csv"


def _not_installed(what: str, wanted: str, program: str) -> Figure:
    return Figure(what, wanted, "skipped", None, f"`{program}` is not installed on this machine")


def _faster(what: str, times: float, ours: float, theirs: float) -> Figure:
    ratio = theirs / ours
    return Figure(what, f"≥ {times} × as fast", f"{ratio:.1f} ×", ratio >= times, _both(ours, theirs))


def _within(what: str, times: float, ours: float, theirs: float) -> Figure:
    ratio = ours / theirs
    return Figure(what, f"≤ {times} × its time", f"{ratio:.2f} ×", ratio <= times, _both(ours, theirs))


def _both(ours: float, theirs: float) -> str:
    return (
        f"{ours:.2f} s against {theirs:.2f} s, connecting included, both get and delete; medians of {ROUNDS} in turns"
    )
