"""A real web server on a real socket that answers as a test tells it to."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from sync_operators.moodle.client import MoodleClient

TOKEN = "5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0"
Act = Callable[[BaseHTTPRequestHandler], None]


class Wire:
    """The server, its script (one act per request; the last one goes on) and what came in."""

    def __init__(self) -> None:
        self.script: list[Act] = []
        self.forms: list[list[tuple[str, str]]] = []
        self.pauses: list[float] = []
        self._lock = threading.Lock()
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                wire.next_act(parse_qsl(body, keep_blank_values=True))(self)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def next_act(self, form: list[tuple[str, str]]) -> Act:
        with self._lock:
            self.forms.append(form)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def functions(self) -> list[str]:
        return [dict(form)["wsfunction"] for form in self.forms]

    def client(self, **options: object) -> MoodleClient:
        return MoodleClient(self.url, TOKEN, **{"sleep": self.pauses.append, **options})

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


def page(status: int, text: str, kind: str = "text/html; charset=utf-8", **headers: str) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        body = text.encode()
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return act


def says(value: object) -> Act:
    return page(200, json.dumps(value), "application/json; charset=utf-8")


def refuses(errorcode: str, message: str = "") -> Act:
    return says({"exception": "core\\exception\\moodle_exception", "errorcode": errorcode, "message": message})


def hangs(seconds: float) -> Act:
    return lambda handler: threading.Event().wait(seconds) and None


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """A reset before any answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def breaks_off(text: str, announced: int) -> Act:
    """The connection ends in the middle of the answer."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(announced))
        handler.end_headers()
        handler.wfile.write(text.encode())
        handler.close_connection = True

    return act


def ends_early(text: str) -> Act:
    """The same without an announced length, so that nothing but the JSON shows the loss."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("connection", "close")
        handler.end_headers()
        handler.wfile.write(text.encode())
        handler.close_connection = True

    return act
