"""The drop on OpenSSH's own server: what is told of it, and what it does otherwise than the sandbox."""

import asyncio
import json

import asyncssh
import pytest

from sync_operators.errors import ConfigurationError
from sync_operators.hooks import drop as hook
from sync_operators.intake.drop import DropFolder, FileKind
from sync_operators.intake.errors import DropError, HostKeyRefused, LoginRefused
from tests.intake.openssh import OpenSsh, require_sshd
from tests.intake.world import World

NAMES = [f"{n}.csv" for n in range(5)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    require_sshd()
    server = OpenSsh(tmp_path_factory.mktemp("openssh"), spoilt=False)
    yield server
    server.close()


@pytest.fixture
def own(tmp_path):
    """One with options of its own."""
    require_sshd()
    servers = []

    def start(*options):
        servers.append(OpenSsh(tmp_path / f"own-{len(servers)}", spoilt=False, options=options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def pointed(plain, tmp_path, monkeypatch):
    """Points `sync_drop` at a server; fields and extras as told."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def point(server=plain, *, extra=(), **fields):
        host_key = server.host_key.with_suffix(".pub").read_text().strip()
        extras = {"host_key": host_key, "path": server.path, "private_key": server.client_key.read_text()}
        told = {"conn_type": "sftp", "host": "127.0.0.1", "port": server.port, "login": server.username, **fields}
        wanted = {key: value for key, value in {**extras, **dict(extra)}.items() if value is not None}
        monkeypatch.setenv("AIRFLOW_CONN_SYNC_DROP", json.dumps({**told, "extra": wanted}))

    return point


def listed():
    async def look():
        async with hook.drop_session() as session:
            return [found.shown for found in await DropFolder(session, hook.drop_path(), parallel=2).listing()]

    return asyncio.run(look())


def made(server, tmp_path):
    server.drop.reset()
    return World(server, tmp_path)


def fill(world):
    contents = [name.encode() for name in NAMES]
    for name, content in zip(NAMES, contents, strict=True):
        world.put(name, content)
    return contents


# The session


def test_its_host_key_and_a_key_of_ours_open_it(plain, pointed):
    plain.reset()
    (plain.folder / "a.csv").touch()
    pointed()
    assert listed() == ["a.csv"]


def test_a_changed_host_key_is_refused_until_the_new_one_is_told(own, pointed):
    server = own()
    pointed(server)
    assert listed() == []
    server.change_host_key()
    pointed(server, extra={"host_key": server.root.joinpath("host.pub").read_text().strip()})
    with pytest.raises(HostKeyRefused, match=r"host key is not the expected one"):
        listed()
    pointed(server)
    assert listed() == []


def test_a_wrong_password_is_a_refused_login(pointed):
    pointed(password="wr0ng-canary", extra={"private_key": None})
    with pytest.raises(LoginRefused) as caught:
        listed()
    assert "canary" not in str(caught.value)


def test_a_locked_key_opens_it_with_its_passphrase_only(plain, pointed):
    locked = asyncssh.read_private_key(plain.client_key).export_private_key(passphrase="open-sesame").decode()
    pointed(extra={"private_key": locked, "private_key_passphrase": "open-sesame"})
    assert isinstance(listed(), list)
    pointed(extra={"private_key": locked, "private_key_passphrase": "wrong"})
    with pytest.raises(ConfigurationError, match="Incorrect passphrase"):
        listed()


def test_a_server_that_is_not_running_is_named_so(own, pointed):
    server = own()
    pointed(server)
    server.close()
    with pytest.raises(DropError, match=r"^drop: no connection \(\[Errno 111\]"):
        listed()


# What it does otherwise


@pytest.mark.parametrize("options", [(), ("MaxSessions 1",)], ids=["as it comes", "one session only"])
def test_it_is_captured(own, tmp_path, options):
    world = made(own(*options), tmp_path)
    contents = fill(world)
    assert world.capture().counts == {"captured": 5}
    world.check_exactly_once(contents)


def test_a_server_that_hangs_up_on_the_idle_gives_its_files_to_the_second_capture(own, tmp_path):
    world = made(own("ChannelTimeout session:*=3s"), tmp_path)
    contents = fill(world)
    rules = {"settle_seconds": 5}
    with pytest.raises(DropError, match="the connection was lost"):
        world.capture(rules=rules, asleep=asyncio.sleep)
    asyncio.run(asyncio.sleep(5))
    assert world.capture(rules=rules, asleep=asyncio.sleep).counts == {"captured": 5}
    world.check_exactly_once(contents)


def test_twenty_thousand_names_are_listed_once_each(plain, tmp_path):
    world = made(plain, tmp_path)
    for n in range(20_000):
        (plain.folder / f"{n:05}").touch()

    found = world.ask(lambda drop: drop.listing())
    assert [one.raw for one in found] == [b"%05d" % n for n in range(20_000)]
    assert {one.kind for one in found} == {FileKind.FILE}
    world.drop.reset()
