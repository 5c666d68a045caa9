"""Answers as Moodle writes them: JSON or XML, HTTP 200 for errors too.

In an answer, None in a struct stands for an optional key without a value: JSON leaves it out, XML writes `null`; an
empty tuple stands for an optional list without one, which XML writes as an empty list. `NULL` is a key that is there,
with the value null.
Source: ws-functions.md, "Protocol"; shapes as in the recorded contract.
"""

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from include.sandbox.moodle.refusals import Refusal


class _Null:
    """The one value of its kind."""


NULL = _Null()
_HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n'


def answer(value: Any, *, as_json: bool) -> Response:
    """What a function answered."""
    if as_json:
        return _json(_present(value))
    body = _xml(value) if value is not None else ""
    return _xml_response(f"<RESPONSE>\n{body}</RESPONSE>\n")


def error(refusal: Refusal, *, as_json: bool) -> Response:
    """Why a call was refused; debug information is off, as on a production site."""
    if as_json:
        # A PHP error inside Moodle has no code.
        code = {"errorcode": refusal.errorcode} if refusal.errorcode else {}
        return _json({"exception": refusal.exception, **code, "message": refusal.message})
    return _xml_response(
        f"<EXCEPTION class={quoteattr(refusal.exception)}>\n<ERRORCODE>{escape(refusal.errorcode)}</ERRORCODE>\n"
        f"<MESSAGE>{escape(refusal.message)}</MESSAGE>\n</EXCEPTION>\n"
    )


def page(status: int, title: str) -> Response:
    """An HTML page, as web servers and proxies in front of Moodle write them."""
    body = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Response(body, status_code=status, media_type="text/html")


def _json(value: Any) -> Response:
    return Response(json.dumps(value, separators=(",", ":")), media_type="application/json")


def _xml_response(body: str) -> Response:
    return Response(_HEAD + body, media_type="application/xml; charset=utf-8")


def _present(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _present(item) for key, item in value.items() if item is not None and item != ()}
    if isinstance(value, list):
        return [_present(item) for item in value]
    return None if value is NULL else value


def _xml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "<MULTIPLE>\n" + "".join(_xml(item) for item in value) + "</MULTIPLE>\n"
    if isinstance(value, dict):
        keys = "".join(f"<KEY name={quoteattr(key)}>{_xml(item)}</KEY>\n" for key, item in value.items())
        return f"<SINGLE>\n{keys}</SINGLE>\n"
    if value is None or value is NULL:
        return '<VALUE null="null"/>\n'
    plain = str(int(value)) if isinstance(value, bool) else str(value)
    return f"<VALUE>{escape(plain)}</VALUE>\n"
