"""What zips of pictures come to, against a whole site."""

import csv
from collections import Counter

import pytest

from tests.end_to_end.pictures import ASK, SAMPLES, UPDATE, UPLOAD, image, sha, zipped

RED, BLUE, GREEN = image("red"), image("blue", "JPEG"), image("green", "GIF")


def test_every_entry_of_the_sample_does_what_it_says(open_pictures):
    pictures = open_pictures(user_identity="idnumber")
    pictures.give_picture("E2003", RED)
    pictures.writes()
    run = pictures.send((SAMPLES / "userpictures_demo.zip").read_bytes(), "userpictures_demo.zip")
    assert pictures.ends(run["run_id"]) == [
        ("E2001.png", "updated"),
        ("first-year/E2002.png", "updated"),
        ("E9999.png", "error_unknown_user"),
        ("E2003.png", "error_bad_image"),
        ("__MACOSX/._E2001.png", "skipped_junk"),
        ("README", "skipped_junk"),
    ]
    assert run["state"] == "done_with_errors"
    assert Counter(pictures.writes()) == {UPLOAD: 2, UPDATE: 2}
    assert pictures.shown().keys() == {"zoe", "yan", "xia"}
    assert pictures.shown()["xia"] == sha(RED)
    assert pictures.tryback().keys() == {"E9999.png", "E2003.png"}


def test_each_kind_of_image_in_any_folder_becomes_the_picture_of_its_account(pictures):
    entries = {"a/b/zoe.png": RED, "YAN.JPG": BLUE, "c\\xia.x.gif": b"", "xia.gif": GREEN}
    assert pictures.come_to(entries) == [
        ("a/b/zoe.png", "updated"),
        ("YAN.JPG", "updated"),
        ("c/xia.x.gif", "error_bad_image"),
        ("xia.gif", "updated"),
    ]
    assert pictures.shown() == {"zoe": sha(RED), "yan": sha(BLUE), "xia": sha(GREEN)}


@pytest.mark.parametrize("identity", ["id", "idnumber", "username", "email"])
def test_an_image_is_named_after_any_identifier(open_pictures, identity):
    pictures = open_pictures(user_identity=identity)
    names = {"id": str(pictures.users["E2001"]), "idnumber": "E2001", "username": "zoe", "email": "zoe@example.org"}
    assert pictures.come_to({f"{names[identity]}.png": RED, "nobody.png": RED}) == [
        (f"{names[identity]}.png", "updated"),
        ("nobody.png", "error_unknown_user"),
    ]


def test_what_was_given_before_costs_no_write_and_the_same_entry_not_even_a_look(pictures):
    first = {"zoe.png": RED, "yan.jpg": BLUE}
    pictures.send(first)
    pictures.calls()
    assert pictures.come_to(first) == []
    assert pictures.calls() == []
    pictures.send(first | {"xia.gif": GREEN}, "userpictures_b.zip")
    assert Counter(pictures.calls()) == {ASK: 1, UPLOAD: 1, UPDATE: 1}
    # By another name it must be found out whose it is; its content is still known.
    assert pictures.come_to({"new/zoe.png": RED}) == [("new/zoe.png", "unchanged")]
    assert pictures.come_to(first, mode="reconcile") == [("zoe.png", "unchanged"), ("yan.jpg", "unchanged")]
    assert UPLOAD not in pictures.calls()


def test_another_image_replaces_the_one_before_and_one_taken_away_in_moodle_comes_back(pictures):
    pictures.send({"zoe.png": RED})
    assert pictures.come_to({"zoe.png": BLUE}) == [("zoe.png", "updated")]
    assert pictures.shown() == {"zoe": sha(BLUE)}
    pictures.sandbox.control.change_row("users", pictures.users["E2001"], picture=0)
    assert pictures.come_to({"zoe.png": BLUE}, mode="reconcile") == [("zoe.png", "updated")]


def test_with_overwrite_off_a_picture_stays(open_pictures):
    pictures = open_pictures(overwrite=False)
    pictures.give_picture("E2001", RED)
    entries = {"zoe.png": BLUE, "yan.png": BLUE}
    assert pictures.come_to(entries) == [("zoe.png", "skipped_has_picture"), ("yan.png", "updated")]
    assert pictures.shown() == {"zoe": sha(RED), "yan": sha(BLUE)}


def test_of_two_images_for_one_account_the_first_good_one_counts_in_every_run(pictures):
    entries = {"a/zoe.svg": b"<svg/>", "b/zoe.png": RED, "c/ZOE.jpg": BLUE}
    ends = [("a/zoe.svg", "error_bad_image"), ("b/zoe.png", "updated"), ("c/ZOE.jpg", "error_duplicate")]
    run = pictures.send(entries)
    assert pictures.ends(run["run_id"]) == ends
    assert "`b/zoe.png` counts" in pictures.messages(run["run_id"])[2]
    pictures.writes()
    again = pictures.come_to(zipped({**entries, "README": b""}), name="userpictures_b.zip")
    assert again == [ends[0], ends[2], ("README", "skipped_junk")]
    assert pictures.writes() == []
    assert pictures.shown() == {"zoe": sha(RED)}


def test_failed_images_come_back_in_a_zip_that_the_command_does_not_take_by_itself(pictures):
    pictures.send({"zoe.png": RED, "sub/late.png": BLUE, "bad.png": b"text", "../out.png": RED})
    assert pictures.tryback() == {"sub/late.png": BLUE, "bad.png": b"text"}
    assert pictures.site.names("tryback") == ["userpictures_a.why.csv", "userpictures_a.zip"]
    (why,) = (pictures.site.depot / "tryback").rglob("*.why.csv")
    rows = list(csv.reader(why.read_text("utf-8-sig").splitlines()))
    assert [row[:2] for row in rows] == [
        ["entry", "code"],
        ["sub/late.png", "error_unknown_user"],
        ["bad.png", "error_bad_image"],
        ["../out.png", "error_unsafe_entry"],
    ]
    assert pictures.site.run("pictures") == {"state": "none", "runs": []}
    pictures.people({"E2004": "late"})
    (path,) = (pictures.site.depot / "tryback").rglob("*.zip")
    assert pictures.come_to(path.read_bytes(), name=path.name.partition("_")[2])[0] == ("sub/late.png", "updated")


def test_zips_run_one_after_another_by_name_and_no_other_file(pictures):
    for name in ("userpictures_b.ZIP", "userpictures_a.zip", "other.zip", "userpictures_c.csv"):
        pictures.site.put(name, zipped({"zoe.png": RED if "a" in name else BLUE}))
    pictures.site.capture()
    told = [pictures.site.run("pictures")["runs"] for _ in range(3)]
    assert [run["file"] for runs in told for run in runs] == ["userpictures_a.zip", "userpictures_b.ZIP"]
    assert pictures.shown() == {"zoe": sha(BLUE)}
    assert pictures.site.names("archives") == ["userpictures_a.zip", "userpictures_b.ZIP"]


def test_a_simulation_says_what_would_be_and_sends_nothing(pictures):
    run = pictures.send({"zoe.png": RED, "nobody.png": RED}, simulate=True)
    assert (run["state"], pictures.ends(run["run_id"])) == (
        "simulated",
        [("zoe.png", "updated"), ("nobody.png", "error_unknown_user")],
    )
    assert pictures.writes() == []


def test_first_pictures_are_counted_apart_from_those_that_replace_one(open_pictures):
    pictures = open_pictures(guards__pictures__update__count=1)
    assert pictures.send({"zoe.png": RED, "yan.png": RED})["state"] == "done"
    assert pictures.send({"zoe.png": BLUE, "yan.png": BLUE})["state"] == "held"
    assert pictures.shown() == {"zoe": sha(RED), "yan": sha(RED)}


@pytest.mark.parametrize(("limit", "code"), [(len(RED) - 1, "error_bad_image"), (len(RED), "updated")])
def test_an_image_beyond_moodles_limit_is_not_sent(pictures, limit, code):
    pictures.sandbox.control.set_site(max_upload_bytes=limit)
    assert pictures.come_to({"zoe.png": RED}) == [("zoe.png", code)]
    assert len(pictures.writes()) == (2 if code == "updated" else 0)


def test_accounts_that_nobody_may_touch_are_errors_of_their_own(pictures):
    entries = {"guest.png": RED, "admin.png": RED, "zoe.png": RED}
    run = pictures.send(entries)
    assert [code for _, code in pictures.ends(run["run_id"])] == ["error_save", "error_save", "updated"]
    assert [text.partition(": ")[2].partition(".")[0] for text in pictures.messages(run["run_id"])[:2]] == [
        "it is the guest account",
        "it is the account of an administrator",
    ]


@pytest.mark.parametrize("content", [b"no zip", zipped({"zoe.png": RED})[:-9]])
def test_what_is_no_whole_zip_goes_to_quarantine_with_the_reason(pictures, content):
    run = pictures.send(content)
    assert (run["state"], run["code"]) == ("refused", "error_bad_zip")
    assert pictures.site.names("quarantine") == ["userpictures_a.zip", "userpictures_a.zip.why.txt"]
    (why,) = (pictures.site.depot / "quarantine").rglob("*.why.txt")
    assert "it is no zip archive, or its end is missing" in why.read_text()


def test_hostile_entries_are_errors_by_name_and_cost_nobody_a_picture(pictures):
    pictures.give_picture("E2003", BLUE)
    pictures.writes()
    entries = {
        "../zoe.png": RED,
        "/zoe.png": RED,
        "yan.gif": image(kind="GIF", frames=500),
        "xia.jpg": b"",
        "xia.svg": b"<svg/>",
        "xia.png": bytes(30_000_000),
        "deep/er/zoe.png": RED,
    }
    ends = pictures.come_to(entries)
    assert [code.removeprefix("error_") for _, code in ends] == [
        "unsafe_entry", "unsafe_entry", "bad_image", "bad_image", "bad_image", "unsafe_entry", "updated",
    ]  # fmt: skip
    assert Counter(pictures.writes()) == {UPLOAD: 1, UPDATE: 1}
    assert pictures.shown() == {"zoe": sha(RED), "xia": sha(BLUE)}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_settled_by_a_look_and_never_sent_blindly(pictures, when):
    pictures.sandbox.control.drop_connection(when=when, of=UPDATE)
    assert pictures.come_to({"zoe.png": RED}) == [("zoe.png", "updated")]
    assert pictures.writes().count(UPDATE) == (2 if when == "before" else 1)
    assert pictures.shown() == {"zoe": sha(RED)}


def test_a_yes_that_took_the_picture_away_is_no_success(pictures, monkeypatch):
    pictures.give_picture("E2001", BLUE)
    # What we take for an image and Moodle does not.
    monkeypatch.setattr("sync_operators.tools.pictures.image_fault", lambda _: None)
    assert pictures.come_to({"zoe.png": b"text"}) == [("zoe.png", "error_save")]


def test_a_service_that_takes_no_files_is_told_before_anything_is_sent(pictures):
    pictures.sandbox.control.set_uploads(on=False)
    pictures.site.put("userpictures_a.zip", zipped({"zoe.png": RED}))
    pictures.site.capture()
    assert pictures.site.tick("pictures")["red"]
    assert [type(error).__name__ for error in pictures.site.errors] == ["UploadsOff"]
    pictures.sandbox.control.set_uploads(on=True)
    assert pictures.site.tick("pictures")["run"]["state"] == "done"
