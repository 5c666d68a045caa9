"""A relay that counts how often a client waits for its server: its round trips, however busy the machine is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_AT_ONCE = 1 << 16


@dataclass(slots=True)
class Turns:
    """`count` grows each time the client speaks after the server has; `port` is where it listens."""

    port: int
    count: int = 0
    server_spoke: bool = False

    def note(self, *, server: bool) -> None:
        """One of them has spoken."""
        self.count += self.server_spoke and not server
        self.server_spoke = server


@contextmanager
def counting(host: str, port: int) -> Iterator[Turns]:
    """Relay a free port of this machine to that one until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        turns = Turns(listening.getsockname()[1])
        threading.Thread(target=_serve, args=(listening, (host, port), turns), daemon=True).start()
        yield turns
        # Whoever waits in `accept` is not woken by a close alone.
        listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, there: tuple[str, int], turns: Turns) -> None:
    with suppress(OSError):
        while True:
            client, _ = listening.accept()
            server = socket.create_connection(there)
            for source, sink, is_server in ((client, server, False), (server, client, True)):
                threading.Thread(target=_carry, args=(source, sink, turns, is_server), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket, turns: Turns, is_server: bool) -> None:
    with suppress(OSError):
        while data := source.recv(_AT_ONCE):
            turns.note(server=is_server)
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
