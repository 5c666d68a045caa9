"""Uploads, draft areas and pictures, beyond what was recorded."""

import hashlib

import httpx
import pytest

from tests.contract.record_contract import png

NAME, PICTURE = "webservice/upload.php", "core_user_update_picture"
RED, BLUE = png(200, 0, 0), png(0, 0, 200)
JPEG = b"\xff\xd8\xff\xe0 pixels \xff\xd9"
GIF = b"GIF89a pixels ;"


@pytest.fixture
def upload(sandbox, moodle):
    def send(*files, token=None, itemid=0):
        fields = {"token": token or sandbox.token, "itemid": str(itemid), "filepath": "/"}
        parts = [(f"file_{number}", file) for number, file in enumerate(files)]
        return moodle.http.post(f"{sandbox.moodle_url}/{NAME}", data=fields, files=parts).json()

    return send


def pictures(sandbox):
    return sandbox.control.site_state()["pictures"]


def sha(content):
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [RED, JPEG, GIF])
def test_an_uploaded_picture_becomes_the_accounts_own(upload, moodle, sandbox, content):
    (kept,) = upload(("a.png", content, "image/png"))
    answer = moodle.call(PICTURE, draftitemid=kept["itemid"], userid=14)
    assert answer["success"] is True
    assert pictures(sandbox) == {"wei.zhang": sha(content)}


@pytest.mark.parametrize("content", [RED[:-1], RED.replace(b"IDAT", b"IDAX"), b"<svg/>", b"", JPEG[:-2], GIF[:-1]])
def test_what_is_no_picture_takes_the_present_one_away(upload, moodle, sandbox, content):
    for draft in (RED, content):
        (kept,) = upload(("a.png", draft, "image/png"))
        assert moodle.call(PICTURE, draftitemid=kept["itemid"], userid=14)["success"] is True
    assert pictures(sandbox) == {}
    assert moodle.call(PICTURE, draftitemid=kept["itemid"], userid=14)["success"] is False


def test_an_area_with_two_files_changes_nothing(upload, moodle, sandbox):
    kept = upload(("a.png", RED, "image/png"), ("b.png", BLUE, "image/png"))
    assert moodle.call(PICTURE, draftitemid=kept[0]["itemid"], userid=14)["success"] is False
    one = {"filepath": "/", "filename": "b.png"}
    moodle.call("core_files_delete_draft_files", draftitemid=kept[0]["itemid"], files=[one])
    assert moodle.call(PICTURE, draftitemid=kept[0]["itemid"], userid=14)["success"] is True
    assert pictures(sandbox) == {"wei.zhang": sha(RED)}


def test_a_draft_area_belongs_to_who_uploaded_it(upload, moodle, sandbox):
    (kept,) = upload(("a.png", RED, "image/png"), token=sandbox.nocaps_token)
    assert moodle.call(PICTURE, draftitemid=kept["itemid"], userid=14)["success"] is False


def test_pictures_come_and_go_with_updates_of_accounts(upload, moodle, sandbox):
    (kept,) = upload(("a.png", RED, "image/png"))
    moodle.call("core_user_update_users", users=[{"id": 14, "userpicture": kept["itemid"]}])
    assert pictures(sandbox) == {"wei.zhang": sha(RED)}
    first = moodle.call("core_user_get_users_by_field", field="id", values=[14])[0]["profileimageurl"]
    moodle.call("core_user_update_users", users=[{"id": 14, "userpicture": kept["itemid"]}])
    assert moodle.call("core_user_get_users_by_field", field="id", values=[14])[0]["profileimageurl"] != first
    moodle.call("core_user_update_users", users=[{"id": 14, "userpicture": 0}])
    assert pictures(sandbox) == {}


def test_a_file_over_the_limit_and_uploads_switched_off_are_refused_in_their_own_shapes(upload, sandbox):
    sandbox.control.set_site(max_upload_bytes=90)
    (refused,) = upload(("a.png", RED, "image/png"))
    assert (refused["filename"], refused["errortype"]) == ("a.png", "fileoversized")
    sandbox.control.set_uploads(on=False)
    assert upload(("a.png", RED, "image/png"))["errorcode"] == "accessexception"
    assert sandbox.control.journal() == []


def test_uploads_are_counted_and_go_wrong_like_calls(upload, sandbox):
    sandbox.control.drop_connection(of=NAME, when="after")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        upload(("a.png", RED, "image/png"))
    upload(("a.png", RED, "image/png"))
    counts = sandbox.control.counts()
    assert (counts.by_function[NAME], counts.writes, len(sandbox.control.journal())) == (2, 2, 2)


def test_uploads_know_the_states_of_the_site(upload, sandbox):
    sandbox.control.set_state("maintenance_admin")
    assert upload(("a.png", RED, "image/png"))["errorcode"] == "sitemaintenance"
