"""The pictures of accounts: a draft area's one file becomes the picture when it can be read as one.

Source: ws-functions.md, core_user_update_picture: a file that cannot takes the present picture away; nothing happens
for an empty area or one with several files.
"""

import struct
import zlib

from include.sandbox.moodle.contexts import context_id
from include.sandbox.moodle.drafts import add_file, draft_files
from include.sandbox.store import Store


def set_picture(store: Store, user_id: int, uploader_id: int, item: int) -> bool:
    """Take the picture from a draft area of the uploader, item 0 deletes it; whether anything has changed."""
    if not item:
        return delete_picture(store, user_id)
    files = draft_files(store, uploader_id, item)
    if len(files) != 1:
        return False
    if not is_picture(files[0]["content"]):
        return delete_picture(store, user_id)
    delete_picture(store, user_id)
    place = {"contextid": context_id(store, "user", user_id), "component": "user", "filearea": "icon", "itemid": 0}
    made = add_file(store, {**place, "filename": files[0]["filename"]}, uploader_id, files[0]["content"])
    store.change("users", user_id, {"picture": made})
    return True


def delete_picture(store: Store, user_id: int) -> bool:
    """Back to the default picture; whether there was another."""
    store.delete("files", contextid=context_id(store, "user", user_id), component="user", filearea="icon")
    return bool(store.execute("UPDATE users SET picture = 0 WHERE id = ? AND picture <> 0", (user_id,)))


def is_picture(content: bytes) -> bool:
    """Whether PHP could decode it: a PNG, JPEG or GIF from its first bytes to its last."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _is_png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return content.rstrip(b"\0").endswith(b"\xff\xd9")
    return content.startswith((b"GIF87a", b"GIF89a")) and content.endswith(b";")


def _is_png(content: bytes) -> bool:
    place, pixels = 8, b""
    while place + 12 <= len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        body = content[place + 8 : place + 8 + length]
        if content[place + 8 + length : place + 12 + length] != struct.pack(">I", zlib.crc32(kind + body)):
            return False
        pixels += body if kind == b"IDAT" else b""
        place += 12 + length
        if kind == b"IEND":
            return _inflates(pixels)
    return False


def _inflates(pixels: bytes) -> bool:
    try:
        return bool(zlib.decompress(pixels))
    except zlib.error:
        return False
