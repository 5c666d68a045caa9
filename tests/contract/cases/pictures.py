# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Uploads and pictures."""

from __future__ import annotations

import base64

from tests.contract.record_contract import ABSENT_ID, Recorder, ids_of, png, user


def pictures(rec: Recorder, nocaps: str | None) -> None:
    rec.call("core_user_create_users", users=[user("pia"), user("pod")])
    who = ids_of(rec, "pia", "pod")
    red, blue = png(200, 0, 0), png(0, 0, 200)
    draft = rec.upload("one file, new draft area", "itemid 0 makes a new draft area", [("pia.png", red, "image/png")])
    itemid = draft[0]["itemid"]
    rec.upload("second file, same draft area", "", [("pod.png", blue, "image/png")], itemid=itemid)
    rec.upload("same name again", "reported inside a normal answer", [("pod.png", blue, "image/png")], itemid=itemid)
    rec.upload("two files in one request", "", [("a.png", red, "image/png"), ("b.png", blue, "image/png")])
    rec.upload("no file", "", [])
    rec.upload("invalid token", "", [("x.png", red, "image/png")], token="0" * 32)

    fn = "core_user_update_picture"
    one = rec.upload(None, "", [("pia.png", red, "image/png")])[0]["itemid"]
    rec.call(fn, "set a picture", "", draftitemid=one, userid=who["pia"])
    rec.call(fn, "same draft area again", "the draft area still exists", draftitemid=one, userid=who["pod"])
    rec.call(fn, "unknown draft area", "", draftitemid=ABSENT_ID, userid=who["pia"])
    rec.call(
        fn, "delete the picture", "success false although it is deleted?", draftitemid=0, delete=1, userid=who["pod"]
    )
    rec.call(
        "core_user_get_users_by_field",
        "after deleting the picture",
        "the address shows the default picture",
        file=fn,
        field="id",
        values=[who["pod"]],
    )
    rec.call(fn, "delete when there is none", "", draftitemid=0, delete=1, userid=who["pod"])
    text = rec.upload(None, "", [("note.txt", b"plain text", "text/plain")])[0]["itemid"]
    rec.call(fn, "draft holds a text file", "", draftitemid=text, userid=who["pia"])
    fake = rec.upload(None, "", [("fake.png", b"not a picture at all", "image/png")])[0]["itemid"]
    rec.call(fn, "draft holds a broken picture", "", draftitemid=fake, userid=who["pia"])
    rec.call(
        "core_user_get_users_by_field",
        "after text file and broken picture",
        "",
        file=fn,
        field="id",
        values=[who["pia"]],
    )
    rec.call(fn, "unknown user", "", draftitemid=one, userid=ABSENT_ID)
    rec.call(fn, "site administrator by a non-admin", "", draftitemid=one, userid=2)
    if nocaps:
        rec.call(fn, "missing capability", "", token=nocaps, draftitemid=one, userid=who["pia"])
    again = rec.upload(None, "", [("pia.png", blue, "image/png")])[0]["itemid"]
    rec.call(
        "core_user_update_users",
        "picture through core_user_update_users",
        "userpicture = draft item id",
        file=fn,
        users=[{"id": who["pod"], "userpicture": again}],
    )
    rec.call(
        "core_user_get_users_by_field",
        "picture address after that",
        "rev= changes with each picture",
        file=fn,
        field="id",
        values=[who["pod"], who["pia"]],
    )
    me = rec.call("core_webservice_get_site_info")["userid"]
    fn = "core_files_upload"
    common = {"component": "user", "filearea": "draft", "filepath": "/", "contextlevel": "user", "instanceid": me}
    got = rec.call(
        fn,
        "picture into a new draft area",
        "content is base64",
        itemid=0,
        filename="u.png",
        filecontent=base64.b64encode(red).decode(),
        **common,
    )
    rec.call(
        fn,
        "same name in the same area",
        "",
        itemid=got.get("itemid", 0),
        filename="u.png",
        filecontent=base64.b64encode(red).decode(),
        **common,
    )
    rec.call(
        fn,
        "another file area",
        "only draft (and private) are possible",
        itemid=0,
        filename="u.png",
        filecontent=base64.b64encode(red).decode(),
        **{**common, "filearea": "icon"},
    )
    rec.call("core_files_get_unused_draft_itemid", "success", "")
