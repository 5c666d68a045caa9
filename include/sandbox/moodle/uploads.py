"""`webservice/upload.php`: files into a draft area of the caller (source: ws-functions.md, "Files").

Not a web-service function: its errors have another shape, and what is wrong with one file stands in the list of files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from include.sandbox.moodle.drafts import add_draft, new_item
from include.sandbox.moodle.exchange import Site, check_state
from include.sandbox.moodle.refusals import Refusal, access_denied
from include.sandbox.store import Row

NAME = "webservice/upload.php"
# Where PHP has put the file until now.
_TEMPORARY = "/tmp/phpupload"


@dataclass(slots=True)
class _Upload:
    """One request to the page."""

    site: Site
    fields: dict[str, str]
    files: Sequence[tuple[str, bytes]]
    name: str = NAME
    writes: bool = True
    token: str = ""

    def result(self) -> Response:
        caller = self.site.caller(self.fields.get("token", ""))
        self.token = caller.token
        check_state(self.site.settings())
        if not self.site.settings().uploads:
            raise access_denied()
        with self.site.store.transaction():
            listed = self._keep_all(caller.user_id)
            taken = sum(1 for one in listed if "error" not in one)
            if taken:
                self.site.store.add_to_journal(NAME, {"files": [name for name, _ in self.files]}, taken)
        return JSONResponse(listed)

    def refused(self, refusal: Refusal) -> Response:
        facts = {"stacktrace": None, "debuginfo": None, "reproductionlink": None}
        return JSONResponse({"error": refusal.message, "errorcode": refusal.errorcode, **facts})

    def _keep_all(self, user_id: int) -> list[dict[str, Any]]:
        sent = self.fields.get("itemid", "0")
        item = int(sent) if sent.isdecimal() and int(sent) else new_item(self.site.store, user_id)
        return [self._keep(user_id, item, name, content) for name, content in self.files]

    def _keep(self, user_id: int, item: int, name: str, content: bytes) -> dict[str, Any]:
        fault = {"filename": name, "filepath": _TEMPORARY, "size": len(content)}
        if len(content) > self.site.settings().max_upload_bytes:
            return {**fault, "errortype": "fileoversized", "error": f"The file {name} is too large."}
        kept = add_draft(self.site.store, user_id, item, (self.fields.get("filepath", "/"), name), content)
        if kept is None:
            return {**fault, "errortype": "filenameexist", "error": f"File name already exists: {name}"}
        return self._told(kept)

    def _told(self, kept: Row) -> dict[str, Any]:
        author = self.site.store.user(kept["userid"]) or {}
        name = kept["filename"]
        return {
            "component": kept["component"],
            "contextid": kept["contextid"],
            "userid": str(kept["userid"]),
            "filearea": kept["filearea"],
            "filename": name,
            "filepath": kept["filepath"],
            "itemid": kept["itemid"],
            "license": "unknown",
            "author": f"{author['firstname']} {author['lastname']}",
            "source": f'O:8:"stdClass":1:{{s:6:"source";s:{len(name.encode())}:"{name}";}}',
            "filesize": kept["size"],
        }


async def read_upload(site: Site, request: Request) -> _Upload:
    """The request's fields and files; files may have any field name."""
    form = await request.form()
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    return _Upload(site, fields, [(file.filename or "", await file.read()) for file in files])
