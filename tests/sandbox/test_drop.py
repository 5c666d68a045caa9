"""The drop over real SSH: round trip, log-in, faults, delay, read-only."""

import asyncio
import os
import subprocess
import sys
import time

import asyncssh
import pytest

LOST = (asyncssh.ConnectionLost, asyncssh.SFTPConnectionLost)


@pytest.fixture
def connect(sandbox, tmp_path):
    """Connect with the published host key and the password, as the ERP would."""
    known = tmp_path / "known_hosts"
    known.write_text(f"[{sandbox.sftp.host}]:{sandbox.sftp.port} {sandbox.sftp.host_key}\n")

    def options(**more):
        given = {"password": sandbox.sftp.password, "known_hosts": str(known), "client_keys": None, "config": None}
        return asyncssh.connect(sandbox.sftp.host, sandbox.sftp.port, username=sandbox.sftp.username, **(given | more))

    return options


def run(connect, work, *, connections=None, **options):
    async def session():
        async with connect(**options) as connection, connection.start_sftp_client() as sftp:
            if connections is not None:
                connections.append(connection)
            await sftp.chdir("/drop")
            return await work(sftp)

    return asyncio.run(session())


async def listing(sftp):
    return sorted(name for name in await sftp.listdir(".") if name not in {".", ".."})


def test_a_file_goes_up_and_down_and_away(connect, sandbox):
    content = os.urandom(300_000)

    async def work(sftp):
        async with sftp.open("users.csv", "wb") as remote:
            await remote.write(content)
        await sftp.rename("users.csv", "done.csv")
        async with sftp.open("done.csv", "rb") as remote:
            read = await remote.read()
        names = await listing(sftp)
        await sftp.remove("done.csv")
        return read, names

    assert run(connect, work) == (content, ["done.csv"])
    assert list(sandbox.drop.iterdir()) == []


def test_files_of_the_folder_are_seen_with_their_raw_names(connect, sandbox):
    (sandbox.drop / os.fsdecode(b"Stra\xdfe.csv")).write_bytes(b"x")

    async def work(sftp):
        return [entry.filename async for entry in sftp.scandir(b".")]

    assert b"Stra\xdfe.csv" in run(connect, work)


def test_nothing_outside_the_folder_is_reached(connect, sandbox):
    (sandbox.state / "outside.txt").write_text("secret")

    async def work(sftp):
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.stat("/../../outside.txt")
        return await sftp.realpath("/../..")

    assert run(connect, work) == "/"


def test_a_wrong_password_is_refused(connect):
    with pytest.raises(asyncssh.PermissionDenied):
        run(connect, listing, password="wrong")


def test_a_host_key_that_is_not_the_published_one_is_noticed(connect, sandbox, tmp_path):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "other").write_text(f"[{sandbox.sftp.host}]:{sandbox.sftp.port} {other}")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        run(connect, listing, known_hosts=str(tmp_path / "other"))


def test_the_client_key_logs_in_without_a_password(connect, sandbox):
    assert run(connect, listing, password=None, client_keys=[str(sandbox.sftp.client_key)]) == []


@pytest.mark.parametrize(("when", "there"), [("before", ["a"]), ("after", [])])
def test_a_request_fails_before_or_after_its_effect(connect, sandbox, when, there):
    (sandbox.drop / "a").write_text("x")
    sandbox.control.fail_request(of="remove", when=when)

    async def work(sftp):
        with pytest.raises(asyncssh.SFTPFailure):
            await sftp.remove("a")
        return await listing(sftp)

    assert run(connect, work) == there


@pytest.mark.parametrize(("when", "there"), [("before", ["a"]), ("after", [])])
def test_a_connection_is_lost_before_or_after_the_effect(connect, sandbox, when, there):
    (sandbox.drop / "a").write_text("x")
    sandbox.control.drop_request(of="remove", when=when)

    async def work(sftp):
        with pytest.raises(LOST):
            await sftp.remove("a")

    run(connect, work)
    assert run(connect, listing) == there


def test_a_fault_strikes_the_nth_request_of_its_kind_only(connect, sandbox):
    for name in "abc":
        (sandbox.drop / name).write_text("x")
    sandbox.control.fail_request(of="remove", nth=2)

    async def work(sftp):
        for name in "abc":
            try:
                await sftp.remove(name)
            except asyncssh.SFTPFailure:
                continue
        return await listing(sftp)

    assert run(connect, work) == ["b"]
    assert sandbox.control.requests().count("remove") == 3


def test_a_listing_can_fail_too_and_counts_as_one_request(connect, sandbox):
    sandbox.control.fail_request(of="scandir")

    async def work(sftp):
        with pytest.raises(asyncssh.SFTPFailure):
            await sftp.listdir(".")
        return await listing(sftp)

    assert run(connect, work) == []
    counted = sandbox.control.requests()
    assert (counted.count("scandir"), counted.count("lstat")) == (2, 0)


def test_a_request_hangs_until_the_client_gives_up(connect, sandbox):
    sandbox.control.hang_request(of="stat")

    async def work(sftp):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(sftp.stat("."), 0.3)
        # A polite close would wait for the answer too.
        connections[0].abort()

    connections = []
    run(connect, work, connections=connections)
    assert run(connect, listing) == []


@pytest.mark.parametrize(("when", "there"), [("before", True), ("after", False)])
def test_a_client_is_killed_before_or_after_the_effect(sandbox, when, there):
    (sandbox.drop / "a").write_text("x")
    script = (
        "import asyncio, asyncssh\nasync def main():\n"
        f"  async with asyncssh.connect({sandbox.sftp.host!r}, {sandbox.sftp.port}, username={sandbox.sftp.username!r},"
        f" password={sandbox.sftp.password!r}, known_hosts=None) as c, c.start_sftp_client() as s:\n"
        "    await s.remove('/drop/a')\ninput()\nasyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as client:
        sandbox.control.kill_requester(client.pid, of="remove", when=when)
        client.communicate(b"go\n", timeout=20)
    assert client.returncode == -9
    assert (sandbox.drop / "a").exists() is there


def test_a_read_only_drop_can_be_read_but_not_written(connect, sandbox):
    (sandbox.drop / "a").write_text("x")
    sandbox.control.set_read_only()

    async def work(sftp):
        for attempt in (sftp.remove("a"), sftp.rename("a", "b"), sftp.mkdir("c"), sftp.open("d", "wb")):
            with pytest.raises(asyncssh.SFTPPermissionDenied):
                await attempt
        async with sftp.open("a", "rb") as remote:
            return await remote.read()

    assert run(connect, work) == b"x"


def test_a_round_trip_takes_as_long_as_asked_and_requests_overlap(connect, sandbox):
    for place in range(20):
        (sandbox.drop / f"f{place}").write_text("x")
    sandbox.control.set_round_trip(50)

    async def work(sftp):
        started = time.monotonic()
        await sftp.stat("f0")
        one = time.monotonic() - started
        await asyncio.gather(*(sftp.stat(f"f{place}") for place in range(20)))
        return one, time.monotonic() - started - one

    one, twenty_at_once = run(connect, work)
    assert 0.05 <= one < 0.5
    assert twenty_at_once < 10 * 0.05


def test_a_pipe_in_the_folder_does_not_stop_the_server(connect, sandbox):
    os.mkfifo(sandbox.drop / "pipe")

    async def work(sftp):
        with pytest.raises(asyncssh.SFTPFailure):
            await sftp.open("pipe", "rb")
        return await listing(sftp)

    assert run(connect, work) == ["pipe"]
