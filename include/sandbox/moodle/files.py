"""Files into and out of the caller's draft areas (source: ws-functions.md, "Files")."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from include.sandbox.moodle.contexts import context_id
from include.sandbox.moodle.drafts import add_draft, draft_files, new_item
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, coding_error, invalid_parameter
from include.sandbox.moodle.registry import Call, function

_UPLOAD = "core_files_upload"
_DELETE = "core_files_delete_draft_files"


@function(
    _UPLOAD,
    Struct(
        {
            "contextid": optional("int"),
            "component": Value("component"),
            "filearea": Value("area"),
            "itemid": Value("int"),
            "filepath": Value("path"),
            "filename": Value("file"),
            "filecontent": Value("text"),
            "contextlevel": optional("alpha"),
            "instanceid": optional("int"),
        }
    ),
    writes=True,
)
def upload(call: Call) -> dict[str, Any]:
    """One file, content in base64, into a draft area of the caller."""
    sent = call.params
    if (sent["component"], sent["filearea"]) != ("user", "draft"):
        raise coding_error("File can be uploaded to user draft area only")
    item = sent["itemid"] or new_item(call.store, call.caller.user_id)
    content = _content(call)
    with call.store.transaction():
        kept = add_draft(call.store, call.caller.user_id, item, (sent["filepath"], sent["filename"]), content)
        if kept is None:
            raise Refusal("fileexist", "error/fileexist")
        call.store.add_to_journal(_UPLOAD, {**sent, "filecontent": f"({len(content)} bytes)"}, 1)
    shown = {name: kept[name] for name in ("contextid", "component", "filearea", "itemid", "filepath", "filename")}
    return {**shown, "url": _url(call, kept["contextid"], item, f"{sent['filepath']}{sent['filename']}")}


def _content(call: Call) -> bytes:
    own = context_id(call.store, "user", call.caller.user_id)
    wanted = call.params.get("contextid") or own
    if wanted != own or call.params.get("instanceid", call.caller.user_id) != call.caller.user_id:
        raise Refusal("nofile", "File not specified")
    try:
        return base64.b64decode(call.params["filecontent"])
    except binascii.Error as exc:
        raise invalid_parameter() from exc


def _url(call: Call, context: int, item: int, path: str) -> str:
    return f"{call.site_url}/draftfile.php/{context}/user/draft/{item}{quote(path)}"


@function("core_files_get_unused_draft_itemid", Struct({}))
def get_unused_draft_itemid(call: Call) -> dict[str, Any]:
    """An item id for a new draft area."""
    user_id = call.caller.user_id
    return {
        "component": "user",
        "contextid": context_id(call.store, "user", user_id),
        "userid": user_id,
        "filearea": "draft",
        "itemid": new_item(call.store, user_id),
        "warnings": [],
    }


@function(
    _DELETE,
    Struct(
        {"draftitemid": Value("int"), "files": Many(Struct({"filepath": Value("path"), "filename": Value("file")}))}
    ),
    writes=True,
)
def delete_draft_files(call: Call) -> dict[str, Any]:
    """Files out of a draft area; those that are not there are passed over."""
    wanted = [(one["filepath"], one["filename"]) for one in call.params["files"]]
    with call.store.transaction():
        there = draft_files(call.store, call.caller.user_id, call.params["draftitemid"])
        going = [one for one in there if (one["filepath"], one["filename"]) in wanted]
        for one in going:
            call.store.delete("files", id=one["id"])
        call.store.add_to_journal(_DELETE, dict(call.params), len(going))
    return {"parentpaths": sorted({one["filepath"] for one in going}), "warnings": []}
