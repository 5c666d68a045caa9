"""The drop of `sync_drop` as one SSH session: its host key is verified, and it can be hung up on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from sync_operators.errors import ConfigurationError
from sync_operators.hooks.connections import DROP, connection

if TYPE_CHECKING:
    import asyncssh
    from airflow.providers.sftp.hooks.sftp import SFTPHookAsync

CONNECTED_WITHIN = 60.0
"""Seconds until the session stands: address, host key, login and all."""

GOODBYE_WITHIN = 5.0
_CHUNK = 1 << 20
_PORT = 22


def drop_path() -> str:
    """The directory of the drop: the connection's extra `path`, its only place."""
    return str(connection(DROP).extra_dejson.get("path") or "/")


@asynccontextmanager
async def drop_session(within: float | None = None) -> "AsyncIterator[asyncssh.SFTPClient]":
    """One SSH session to the drop, standing within so many seconds (`CONNECTED_WITHIN`).

    DropError when it cannot be used, ConfigurationError when we cannot even try.
    """
    from sync_operators.intake.errors import drop_connection_errors
    from sync_operators.intake.session import open_sftp

    connection(DROP)
    # Every request of ours is told as one line; the library would add its own for each channel.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    ssh: asyncssh.SSHClientConnection | None = None
    try:
        with drop_connection_errors(), _configuration_errors():
            async with _patience(CONNECTED_WITHIN if within is None else within):
                ssh = await _connect()
                session = await open_sftp(ssh)
        yield session
        await _say_goodbye(ssh)
    finally:
        if ssh is not None:
            # A polite close waits for a server that may never answer.
            ssh.abort()


def fetch(name: str, out: BinaryIO) -> bool:
    """Read one file of the drop, by its name, and leave it there; false when there is none.

    Of its folders those count whose files are captured.
    """
    from sync_operators.hooks.workplace import settings

    folder = name.rpartition("/")[0]
    if folder and folder not in settings().drop.folders:
        return False
    return asyncio.run(_fetch(name, out))


async def _fetch(name: str, out: BinaryIO) -> bool:
    from sync_operators.intake.drop import DropFolder, FileKind
    from sync_operators.intake.errors import DropError

    raw = name.encode("utf-8", "surrogateescape")
    async with drop_session() as session:
        drop = DropFolder(session, drop_path(), parallel=2)
        found = await drop.look(raw)
        if found is None or found.kind is not FileKind.FILE:
            return False
        async with drop.open(raw) as file:
            for offset in range(0, found.size, _CHUNK):
                chunk = await file.read(min(_CHUNK, found.size - offset), offset)
                out.write(chunk)
        if out.tell() != found.size or await drop.look(raw) != found:
            raise DropError(f"drop: {found.shown} is still being written.", remedy="Ask again when it is complete.")
    return True


async def _connect() -> "asyncssh.SSHClientConnection":
    import asyncssh
    from airflow.providers.common.compat.connection import get_async_connection
    from airflow.providers.sftp.hooks.sftp import SFTPHookAsync

    from sync_operators.intake.session import CIPHERS

    # The hook reads the connection's extras as Airflow documents them. It would connect by itself, too, but lets nobody
    # choose the ciphers, and its managed session has only the polite close: this connection can be cut.
    hook, found = SFTPHookAsync(sftp_conn_id=DROP), await get_async_connection(DROP)
    hook._parse_extras(found)
    login = {"username": found.login, "password": found.password, "encryption_algs": CIPHERS}
    return await asyncssh.connect(found.host, found.port or _PORT, **login, **_trust(hook), **_keys(hook))


def _trust(hook: "SFTPHookAsync") -> dict[str, Any]:
    """What is known of the server; where nothing is said, asyncssh says so."""
    if isinstance(hook.known_hosts, str) and hook.known_hosts.lower() == "none":
        return {"known_hosts": None}
    return {"known_hosts": hook.known_hosts} if hook._should_use_known_hosts() else {}


def _keys(hook: "SFTPHookAsync") -> dict[str, Any]:
    import asyncssh

    locked = {"passphrase": hook.passphrase} if hook.passphrase else {}
    if hook.private_key:
        return {"client_keys": [asyncssh.import_private_key(hook.private_key, hook.passphrase)], **locked}
    return {"client_keys": hook.key_file, **locked} if hook.key_file else locked


@asynccontextmanager
async def _patience(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from error


async def _say_goodbye(ssh: "asyncssh.SSHClientConnection") -> None:
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(GOODBYE_WITHIN):
            ssh.close()
            await ssh.wait_closed()


@contextmanager
def _configuration_errors() -> Iterator[None]:
    """Keys that cannot be read, and extras that contradict each other: the library says so by ValueError."""
    try:
        yield
    except ValueError as error:
        raise ConfigurationError(
            f"The connection `{DROP}` cannot be used: {str(error).rstrip('.')}.",
            remedy="See its extras `host_key`, `private_key`, `key_file`, `private_key_passphrase`.",
        ) from error
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The connection `{DROP}` names a file that is not there: {error.filename}.",
            remedy="See its extras `key_file` and `known_hosts`.",
        ) from error
