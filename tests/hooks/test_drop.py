"""The drop's session: who it talks to, how it logs in, how it lets go."""

import asyncio
import io
import socket
import time

import asyncssh
import pytest

from sync_operators.errors import ConfigurationError
from sync_operators.hooks import drop as hook
from sync_operators.intake.drop import DropFolder
from sync_operators.intake.errors import DropError, DropLost

OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
HOST_KEY_REMEDY = (
    "Somebody may be between us and the server. If the server has really changed its key, put the new one into the "
    "extra `host_key` of the connection `sync_drop` (`ssh-keyscan` shows it)."
)


def listing():
    async def look():
        async with hook.drop_session() as session:
            return sorted(name for name in await session.listdir(hook.drop_path()) if name not in {".", ".."})

    return asyncio.run(look())


def refused(kind=DropError):
    with pytest.raises(kind) as caught:
        listing()
    return caught.value


def test_the_right_host_key_opens_the_drop_on_any_port(drop, sandbox):
    (sandbox.drop / "a.csv").write_text("x")
    assert sandbox.sftp.port != 22
    assert listing() == ["a.csv"]


def test_another_host_key_is_never_talked_to(drop, sandbox):
    drop.set(extra={"host_key": OTHER_KEY})
    error = refused()
    assert (
        error.message
        == "drop: the server's host key is not the expected one (Host key is not trusted for host 127.0.0.1)."
    )
    assert error.remedy == HOST_KEY_REMEDY
    assert sandbox.control.requests() == []


def test_without_any_host_key_the_server_is_not_trusted(drop, sandbox):
    drop.set(extra={"host_key": None})
    assert "host key is not the expected one" in refused().message
    assert sandbox.control.requests() == []


def test_a_wrong_password_says_where_it_stands(drop):
    drop.set(password="Wr0ng-canary")
    assert str(refused()) == (
        "drop: the login was refused (Permission denied for user erp on host 127.0.0.1). "
        "Check login and password (or `private_key`) of the connection `sync_drop`."
    )


def test_a_server_that_is_not_there_is_named_so(drop):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        drop.set(port=probe.getsockname()[1])
        assert refused().message.startswith("drop: no connection ([Errno 111]")


def test_a_server_that_never_answers_is_given_up(drop, monkeypatch):
    monkeypatch.setattr(hook, "CONNECTED_WITHIN", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        drop.set(port=silent.getsockname()[1])
        assert refused().message == "drop: no connection (no answer within 0 s)."


def test_a_key_file_logs_in_without_a_password(drop, sandbox):
    drop.set(without=("password",), extra={"key_file": str(sandbox.sftp.client_key)})
    assert listing() == []


def test_a_private_key_in_the_extra_logs_in_without_a_password(drop, sandbox):
    drop.set(without=("password",), extra={"private_key": sandbox.sftp.client_key.read_text()})
    assert listing() == []


def test_a_locked_private_key_needs_its_passphrase(drop, sandbox):
    locked = asyncssh.read_private_key(sandbox.sftp.client_key).export_private_key(passphrase="open-sesame").decode()
    drop.set(without=("password",), extra={"private_key": locked, "private_key_passphrase": "open-sesame"})
    assert listing() == []
    drop.set(without=("password",), extra={"private_key": locked, "private_key_passphrase": "wrong-canary"})
    error = refused(ConfigurationError)
    assert str(error) == (
        "The connection `sync_drop` cannot be used: Incorrect passphrase. "
        "See its extras `host_key`, `private_key`, `key_file`, `private_key_passphrase`."
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"private_key": "no key at all"},
        {"host_key": "ssh-dss AAAAB3NzaC1kc3MAAACBAP"},
        {"no_host_key_check": "true"},
        {"key_file": "/not/there"},
    ],
    ids=str,
)
def test_extras_that_cannot_be_used_are_a_fault_of_the_configuration(drop, extra):
    drop.set(extra=extra)
    assert str(refused(ConfigurationError)).startswith("The connection `sync_drop` ")


def test_a_missing_connection_is_named_with_the_way_to_set_it(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_SYNC_DROP", raising=False)
    assert str(refused(ConfigurationError)).startswith(
        "Not set: the connection `sync_drop`. Set under Admin > Connections"
    )


@pytest.mark.timeout(30)
@pytest.mark.parametrize("request_kind", ["scandir", "lstat", "open"])
def test_a_hung_session_is_cut_and_not_closed_politely(drop, sandbox, request_kind):
    (sandbox.drop / "a.csv").write_text("x")
    sandbox.control.hang_request(of=request_kind)
    begun = time.monotonic()

    async def look():
        async with hook.drop_session() as session:
            folder = DropFolder(session, hook.drop_path(), parallel=2, patience=0.3)
            await folder.listing()
            await folder.look(b"a.csv")
            await folder.content(b"a.csv")

    with pytest.raises(DropLost):
        asyncio.run(look())
    assert time.monotonic() - begun < 10


def test_fetch_reads_one_file_and_leaves_it(drop, sandbox):
    content = bytes(range(256)) * 10_000
    (sandbox.drop / "né.csv").write_bytes(content)
    out = io.BytesIO()
    assert hook.fetch("né.csv", out)
    assert out.getvalue() == content
    assert (sandbox.drop / "né.csv").read_bytes() == content


@pytest.mark.parametrize("name", ["missing.csv", "folder", "..", "../etc/passwd", "folder/a.csv", ""])
def test_fetch_finds_nothing_but_files_of_the_drop(drop, sandbox, name):
    (sandbox.drop / "folder").mkdir()
    (sandbox.drop / "folder" / "a.csv").write_text("x")
    out = io.BytesIO()
    assert not hook.fetch(name, out)
    assert out.getvalue() == b""


def test_fetch_reads_from_folders_whose_files_are_captured(drop, sandbox, monkeypatch):
    (sandbox.drop / "in").mkdir()
    (sandbox.drop / "in" / "a.csv").write_text("x")
    monkeypatch.setenv("SYNC__DROP__FOLDERS", "[in]")
    out = io.BytesIO()
    assert hook.fetch("in/a.csv", out)
    assert out.getvalue() == b"x"
    assert not hook.fetch("in/../in/a.csv", out)
