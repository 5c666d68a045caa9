"""Draft areas: where an account's uploads wait until a call uses them (source: ws-functions.md, "Files")."""

import hashlib
import secrets
import time

from include.sandbox.moodle.contexts import context_id
from include.sandbox.store import Row, Store

_LARGEST_ITEM = 999_999_999


def new_item(store: Store, user_id: int) -> int:
    """An item id that no file of the account has."""
    context = context_id(store, "user", user_id)
    while True:
        item = secrets.randbelow(_LARGEST_ITEM) + 1
        if store.record("files", contextid=context, itemid=item) is None:
            return item


def draft_files(store: Store, user_id: int, item: int) -> list[Row]:
    """The files of a draft area."""
    return store.records("files", **_area(store, user_id, item))


def add_draft(store: Store, user_id: int, item: int, path: tuple[str, str], content: bytes) -> Row | None:
    """Put a file, named by folder and name, into a draft area; None when it has one of that name."""
    place = {**_area(store, user_id, item), "filepath": path[0], "filename": path[1]}
    made = add_file(store, place, user_id, content)
    return store.record("files", id=made) if made else None


def _area(store: Store, user_id: int, item: int) -> Row:
    context = context_id(store, "user", user_id)
    return {"contextid": context, "component": "user", "filearea": "draft", "itemid": item}


def add_file(store: Store, place: Row, user_id: int, content: bytes) -> int:
    """Keep a file at a place; 0 when the place is taken."""
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "content": content}
    return store.insert("files", {**place, **facts, "userid": user_id, "timecreated": int(time.time())}, ignore=True)
