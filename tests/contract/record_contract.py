# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Record request and response pairs of a Moodle's REST web services: what the cases are written with.

The recorder talks to one site over HTTP only, makes its own throw-away fixtures (all named `ctr...`), and gives
`{function: [{"name", "function", "params", "http_status", "response", "note"}, ...]}`. `params` holds the form fields
as sent; tokens are replaced by TOKEN and the site's address by https://moodle.example. Only for disposable sites.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx

EXAMPLE_URL = "https://moodle.example"
ABSENT_ID = 99999999
PASSWORD = "Abcdef-123"


def flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Turn nested dicts/lists into Moodle's key[index][field] form fields."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flatten(item, f"{prefix}[{key}]" if prefix else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from flatten(item, f"{prefix}[{index}]")
    elif isinstance(value, bool):
        yield prefix, "1" if value else "0"
    elif value is not None:
        yield prefix, str(value)


def png(red: int, green: int, blue: int, side: int = 32) -> bytes:
    """A small single-colour PNG picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) & 0xFFFFFFFF)

    row = b"\x00" + bytes((red, green, blue)) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * side)) + chunk(b"IEND", b"")
    )


class Recorder:
    def __init__(self, url: str, token: str, secrets: list[str]):
        self.url = url.rstrip("/")
        self.token = token
        self.secrets = [s for s in secrets if s]
        self.http = httpx.Client(timeout=300, trust_env=False)
        self.cases: dict[str, list[dict]] = defaultdict(list)

    # -- plumbing ---------------------------------------------------------
    def scrub(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, "TOKEN")
            return value.replace(self.url, EXAMPLE_URL)
        if isinstance(value, list):
            return [self.scrub(v) for v in value]
        if isinstance(value, dict):
            return {k: "TOKEN" if k == "userprivateaccesskey" else self.scrub(v) for k, v in value.items()}
        return value

    @staticmethod
    def decode(response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            return {"_raw": response.text[:2000], "_content_type": response.headers.get("content-type")}

    def store(self, file, name, function, fields, response, note) -> Any:
        body = self.decode(response)
        self.cases[file].append(
            {
                "name": name,
                "function": function,
                "params": self.scrub(dict(fields)),
                "http_status": response.status_code,
                "response": self.scrub(body),
                "note": note,
            }
        )
        return body

    def call(self, function, name=None, note="", token=None, file=None, **params) -> Any:
        """Call a function; recorded when a case name is given."""
        fields = {
            "wstoken": self.token if token is None else token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
        }
        fields.update(flatten(params))
        response = self.http.post(f"{self.url}/webservice/rest/server.php", data=fields)
        if name is None:
            return self.decode(response)
        return self.store(file or function, name, function, fields, response, note)

    def raw(self, file, name, note, fields, *, method="POST", query=None, **kw) -> Any:
        """A request that is deliberately not the normal shape."""
        url = f"{self.url}/webservice/rest/server.php"
        if method == "GET":
            response = self.http.get(url, params=fields)
        else:
            response = self.http.post(url, params=query, **(kw or {"data": fields}))
        shown = dict(fields)
        if query:
            shown = {**{f"(query) {k}": v for k, v in query.items()}, **shown}
        return self.store(file, name, fields.get("wsfunction", ""), shown, response, f"{note} [{method}]")

    def upload(self, name, note, files, itemid=0, token=None, filepath="/") -> Any:
        fields = {"token": token or self.token, "itemid": str(itemid), "filepath": filepath}
        multipart = [(f"file_{i}", item) for i, item in enumerate(files, 1)]
        response = self.http.post(f"{self.url}/webservice/upload.php", data=fields, files=multipart or None)
        if name is None:
            return self.decode(response)
        shown = {**fields, **{k: f"(file {v[0]}, {len(v[1])} bytes)" for k, v in multipart}}
        return self.store("webservice_upload", name, "webservice/upload.php", shown, response, note)


# -- fixtures
def user(name: str, **extra) -> dict:
    return {
        "username": f"ctr_{name}",
        "password": PASSWORD,
        "firstname": name.capitalize(),
        "lastname": "Contract",
        "email": f"ctr_{name}@example.org",
        **extra,
    }


def ids_of(rec: Recorder, *names: str) -> dict[str, int]:
    rows = rec.call("core_user_get_users_by_field", field="username", values=[f"ctr_{n}" for n in names])
    return {row["username"][4:]: row["id"] for row in rows}
