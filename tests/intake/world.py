"""A drop on a real SFTP server, a depot and a ledger, and what must hold between them."""

import asyncio
import hashlib
import os
import threading
import time
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
from fsspec.implementations.local import LocalFileSystem

from include.sandbox.drop import USERNAME, Drop, listen
from sync_operators.configuration.sections import Drop as Rules
from sync_operators.depot.storage import Depot
from sync_operators.depot.versions import in_states
from sync_operators.intake.capture import capture
from sync_operators.intake.drop import DropFolder
from sync_operators.intake.errors import drop_connection_errors
from sync_operators.intake.session import CIPHERS, open_sftp
from sync_operators.ledger import files, open_ledger
from sync_operators.ledger.files import FileState

PASSWORD = "erp-secret"
PATH = "/drop"
LOGIN = {"username": USERNAME, "password": PASSWORD, "client_keys": None}


def now():
    return datetime.now(UTC)


class Server:
    """The sandbox's drop, served by a thread of this process."""

    path, login = PATH, LOGIN

    def __init__(self, folder):
        self.drop = Drop(root=folder, password=PASSWORD, stopping=asyncio.Event())
        self.drop.reset()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._line = self._run(self._listen(folder))
        self.port = self._line.port

    async def _listen(self, folder):
        key = asyncssh.generate_private_key("ssh-ed25519")
        client = folder / "client_key.pub"
        client.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_public_key())
        return await listen(self.drop, host="127.0.0.1", port=0, host_key=key, client_key=client)

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def wake(self):
        """Let requests that hang now go on; later ones hang again."""
        self._loop.call_soon_threadsafe(self.drop.stopping.set)
        self._loop.call_soon_threadsafe(self.drop.stopping.clear)

    def close(self):
        self.wake()
        self._run(self._line.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@asynccontextmanager
async def connected(port, login=LOGIN):
    """One SFTP session over one connection, as the hook gives it."""
    with drop_connection_errors():
        connection = await asyncssh.connect(
            "127.0.0.1", port, known_hosts=None, config=None, encryption_algs=CIPHERS, **login
        )
    try:
        with drop_connection_errors():
            session = await open_sftp(connection)
        yield session
    finally:
        # A polite close waits for a server that may never answer.
        connection.abort()


class World:
    """Everything around one capture after another."""

    def __init__(self, server, folder, *, ledger=""):
        self.server = server
        self.drop = server.drop
        self.root = folder / "depot"
        self.url = ledger or f"sqlite:///{folder}/ledger.sqlite3"
        self.depot = Depot(LocalFileSystem(), str(self.root))
        self.ledger = None
        self.later = timedelta()
        self.open_ledger()
        self.sleeps = []
        self.during_sleep = lambda: None

    def now(self):
        return now() + self.later

    def open_ledger(self, options=""):
        """Open the ledger, anew if it was open."""
        if self.ledger is not None:
            self.ledger.close()
        key = None if self.url.startswith("sqlite") else b"k" * 32
        self.ledger = open_ledger(self.url + options, fingerprint_key=key, clock=self.now)

    def ask(self, work):
        """Do something with the drop's folder, without a capture."""

        async def run():
            async with connected(self.server.port, self.server.login) as session:
                return await work(DropFolder(session, self.server.path, parallel=4))

        return asyncio.run(run())

    def put(self, name, content=b"username\nann\n", *, age=3600):
        """Lay a file into the drop, last written that many seconds ago."""
        path = os.fsencode(self.drop.folder) + b"/" + (name if isinstance(name, bytes) else os.fsencode(name))
        Path(os.fsdecode(path)).write_bytes(content)
        os.utime(path, (time.time() - age, time.time() - age))

    def in_drop(self):
        return sorted(path.name for path in self.drop.folder.iterdir())

    def capture(self, path=None, **options):
        rules = Rules.model_validate(options.pop("rules", {}))
        asleep = options.pop("asleep", None)

        async def sleep(seconds):
            self.sleeps.append(seconds)
            self.during_sleep()
            if asleep is not None:
                await asleep(seconds)

        async def run():
            options.setdefault("holder", "test")
            async with connected(self.server.port, self.server.login) as session:
                return await capture(
                    session,
                    path or self.server.path,
                    depot=self.depot,
                    ledger=self.ledger,
                    rules=rules,
                    clock=self.now,
                    sleep=sleep,
                    **options,
                )

        return asyncio.run(run())

    def codes(self, **options):
        """What a capture did, as (name, code)."""
        return [(item.name, item.code) for item in self.capture(**options).items]

    def versions(self):
        with self.ledger.read() as tx:
            return in_states(tx, *FileState)

    def change(self, version, **columns):
        with self.ledger.write() as tx:
            files.change(tx, version.id, **columns)

    def tree(self):
        """Every file of the depot with its content, but the ledger's."""
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def check(self):
        """Assert what must hold whenever nothing is under way."""
        versions = [version for version in self.versions() if version.state != FileState.GONE]
        tree = self.tree()
        assert all(version.moving_to is None for version in versions)
        assert sorted(tree) == sorted(version.place for version in versions), (sorted(tree), versions)
        for version in versions:
            assert hashlib.sha256(tree[version.place]).hexdigest() == version.sha256
            assert len(tree[version.place]) == version.bytes

    def check_exactly_once(self, contents):
        """Assert that each of these contents is in the depot once, and nothing is left in the drop."""
        self.check()
        assert self.in_drop() == []
        assert Counter(self.tree().values()) == Counter(contents)
        assert not any(version.left_behind for version in self.versions())
