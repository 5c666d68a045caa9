"""Whether drop and Moodle answer at all: one short knock at each, remembered for a moment."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from sync_operators.errors import ConfigurationError
from sync_operators.hooks import connections

PATIENCE = 3.0
KEPT_FOR = 20.0


@dataclass(frozen=True, slots=True)
class Reach:
    """One end: its address, whether it answered, and what went wrong (in English, of the system)."""

    name: str
    address: str
    well: bool
    fault: str = ""


@dataclass
class Reaching:
    """Knocks at both ends at once; who asks again within `KEPT_FOR` seconds is told the same."""

    knocks: tuple[Callable[[], Reach], ...]
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _told: tuple[float, datetime, tuple[Reach, ...]] | None = field(default=None, repr=False)

    def look(self) -> tuple[datetime, tuple[Reach, ...]]:
        """When they were asked, and how they answered."""
        with self._lock:
            if self._told is None or self.clock() - self._told[0] > KEPT_FOR:
                with ThreadPoolExecutor(len(self.knocks)) as pool:
                    found = tuple(pool.map(lambda knock: knock(), self.knocks))
                self._told = self.clock(), datetime.now(UTC), found
            return self._told[1], self._told[2]


def drop() -> Reach:
    """The SFTP server: it greets as one."""
    try:
        found = connections.connection(connections.DROP)
    except ConfigurationError as error:
        return Reach("drop", "", well=False, fault=error.message)
    return greets(str(found.host), int(found.port or 22))


def greets(host: str, port: int) -> Reach:
    """Whether an SSH server answers there."""
    address = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=PATIENCE) as line:
            line.settimeout(PATIENCE)
            well = line.recv(4) == b"SSH-"
    except OSError as error:
        return Reach("drop", address, well=False, fault=error.strerror or str(error))
    return Reach("drop", address, well=well, fault="" if well else "no SSH server")


def moodle() -> Reach:
    """The site's door for web services; that it asks for a token is a good answer."""
    try:
        url = connections.moodle_address()
    except ConfigurationError as error:
        return Reach("moodle", "", well=False, fault=error.message)
    return serves(url)


def serves(url: str) -> Reach:
    """Whether a web server answers there without a fault of its own."""
    try:
        answer = httpx.get(f"{url.rstrip('/')}/webservice/rest/server.php", timeout=PATIENCE)
    except httpx.HTTPError as error:
        return Reach("moodle", url, well=False, fault=str(error) or type(error).__name__)
    well = answer.status_code < 500
    return Reach("moodle", url, well=well, fault="" if well else f"HTTP {answer.status_code}")


REACHING = Reaching((drop, moodle))
