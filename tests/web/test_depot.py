"""The file manager: what it shows, what it takes in, what it lets people do, and what it refuses."""

import hashlib
import re

import pytest

from sync_operators.ledger import events, files, folders
from sync_operators.ledger.tables import files as table

CSV = b"username;firstname\nnew;New\n"


def names(answer):
    """The files that a folder shows, in its order."""
    return re.findall(r'href="[./]*files/\d+"><bdi>(.*?)</bdi>', answer.text.replace("<wbr>", ""))


def version(story, place):
    with story.store.ledger.read() as tx:
        return files.at_place(tx, place)


def told(story, file_id):
    """Who did what to a file."""
    with story.store.ledger.read() as tx:
        return [(event.what, event.who) for event in events.of_file(tx, file_id)]


def upload(pages, name, content=CSV, folder=""):
    return pages.request("POST", f"depot/files?folder={folder}", files=[("files", (name, content))])


def make_folder(pages, name, folder=""):
    return pages.post("depot/folders", {"name": name, "folder": folder})


class TestLooking:
    def test_a_folder_shows_what_waits_is_held_or_stored_there(self, pages):
        assert names(pages.get("depot")) == ["userimport.csv", "usersuspend.csv"]

    FILTERS = (
        ("state=held", ["userimport.csv"]),
        ("state=waiting", ["usersuspend.csv"]),
        ("state=done", ["userimport.csv"]),
        ("q=SUSP", ["usersuspend.csv"]),
        ("q=%25", []),
        ("sort=-name", ["usersuspend.csv", "userimport.csv"]),
        ("sort=size", ["usersuspend.csv", "userimport.csv"]),
        ("sort=nonsense", ["userimport.csv", "usersuspend.csv"]),
    )

    @pytest.mark.parametrize(("query", "left"), FILTERS)
    def test_a_filter_leaves_and_a_sorting_orders(self, pages, query, left):
        assert names(pages.fragment(f"depot?{query}")) == left

    def test_which_command_a_file_feeds_and_what_it_waits_for_are_said(self, pages):
        text = pages.get("depot").text
        assert "Users: suspend" in text
        assert "after others" not in text

    MANAGED = (("archives", 1), ("quarantine", 1), ("reports", 8), ("tryback", 1))

    @pytest.mark.parametrize(("folder", "least"), MANAGED)
    def test_folders_of_ours_are_shown_without_anything_to_change(self, pages, folder, least):
        text = pages.get(f"depot/{folder}").text
        assert text.count('<tr class="locked">') >= least
        assert "ask=delete&id" not in text.replace("&amp;", "&")

    @pytest.mark.parametrize("path", ["no-such", "..", "..%2f..%2fetc", ".ledger", ".queued", "archives/2026", "%00"])
    def test_what_is_no_folder_of_the_depot_is_not_there(self, pages, path):
        assert pages.get(f"depot/{path}").status_code in {404, 307}

    def test_a_preview_shows_dialect_and_rows(self, pages, story):
        held = version(story, "userimport.csv")
        text = pages.fragment(f"depot?preview={held.id}").text
        assert "utf-8" in text
        assert "many.0" in text
        assert "<html" not in text

    def test_a_viewer_sees_why_nothing_can_be_changed(self, pages):
        text = pages.as_("viewer").get("depot").text
        assert text.count('aria-disabled="true" title="You can look but not change: this needs the right to edit') == 2
        assert 'class="veil"' not in text


class TestUploading:
    def test_a_file_is_kept_hashed_and_waits_for_the_command_that_takes_it(self, own_pages, own_story):
        assert upload(own_pages, "cohorts.csv").status_code == 303
        kept = version(own_story, "cohorts.csv")
        assert (kept.state, kept.origin, kept.bytes) == ("waiting", "upload", len(CSV))
        assert kept.sha256 == hashlib.sha256(CSV).hexdigest()
        assert (own_story.site.depot / "cohorts.csv").read_bytes() == CSV
        assert told(own_story, kept.id) == [("uploaded", "ann")]

        # The same name again is queued behind it, and nothing is replaced.
        upload(own_pages, "cohorts.csv", b"other")
        shown = own_pages.get("depot?q=cohorts")
        assert names(shown) == ["cohorts.csv", "cohorts.csv"]
        assert "behind an earlier version" in shown.text
        assert (own_story.site.depot / "cohorts.csv").read_bytes() == CSV

        # When the first goes, the next takes its place.
        own_pages.post("files/delete", {"id": [str(kept.id)]})
        assert (own_story.site.depot / "cohorts.csv").read_bytes() == b"other"
        assert version(own_story, "cohorts.csv").state == "waiting"
        assert told(own_story, kept.id)[-1] == ("deleted", "ann")

        self.what_no_command_takes_is_stored(own_pages, own_story)
        self.several_come_at_once(own_pages, own_story)
        self.names_stay_in_the_depot(own_pages, own_story)
        self.too_large_is_not_kept(own_pages, own_story)
        self.forms_that_are_none_are_refused(own_pages)
        assert list((own_story.site.depot / ".uploads").iterdir()) == []

    def what_no_command_takes_is_stored(self, pages, story):
        upload(pages, "notes.txt", b"x")
        assert version(story, "notes.txt").state == "stored"

    def several_come_at_once(self, pages, story):
        sent = [("files", ("a.csv", b"1" * 300_000)), ("files", ("é b.csv", b"2")), ("files", ("", b""))]
        assert pages.request("POST", "depot/files", files=sent).status_code == 303
        assert (story.site.depot / "a.csv").read_bytes() == b"1" * 300_000
        assert (story.site.depot / "é b.csv").read_bytes() == b"2"

    def names_stay_in_the_depot(self, pages, story):
        before = {path.name for path in story.site.folder.iterdir()}
        for name in (
            "../../out.csv",
            "..\\out2.csv",
            "/etc/out3.csv",
            "..",
            ".hidden",
            "a\u202egnp.csv",
            "archives",
            "con.csv",
        ):
            assert upload(pages, name, name.encode()).status_code == 303, name
        assert {path.name for path in story.site.folder.iterdir()} == before
        there = {path.name for path in story.site.depot.iterdir()}
        assert {"out.csv", "out2.csv", "out3.csv"} <= there
        assert ".hidden" not in there

    def too_large_is_not_kept(self, pages, story):
        limit = story.store.settings.depot.largest_upload
        try:
            story.store.settings.depot.__dict__["largest_upload"] = 1000
            answer = upload(pages, "large.csv", b"1" * 1001)
        finally:
            story.store.settings.depot.__dict__["largest_upload"] = limit
        assert answer.status_code == 413
        assert version(story, "large.csv") is None
        assert not (story.site.depot / "large.csv").exists()

    def forms_that_are_none_are_refused(self, pages):
        assert pages.post("depot/files", {"files": "x"}).status_code == 422
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert pages.request("POST", "depot/files", content=b"nonsense", headers=broken).status_code == 422
        assert pages.request("POST", "depot/files", files=[("files", ("", b""))]).status_code == 422


class TestArranging:
    def test_folders_are_made_files_move_and_are_renamed_each_with_who_did_it(self, own_pages, own_story):
        assert make_folder(own_pages, "erp tests").status_code == 303
        assert make_folder(own_pages, "é", "erp tests").headers["location"].startswith("../depot/erp%20tests/%C3%A9?")
        assert own_pages.get("depot/erp%20tests/%C3%A9").status_code == 200
        assert "erp tests" in own_pages.get("depot").text

        waiting = version(own_story, "usersuspend.csv")
        own_pages.post("files/move", {"id": [str(waiting.id)], "to": "erp tests"})
        moved = version(own_story, "erp tests/usersuspend.csv")
        assert (moved.id, moved.folder, moved.state) == (waiting.id, "erp tests", "stored")
        own_pages.post("files/rename", {"id": [str(waiting.id)], "name": "later.csv", "folder": "erp tests"})
        assert version(own_story, "erp tests/later.csv").name == "later.csv"
        assert (own_story.site.depot / "erp tests" / "later.csv").exists()
        own_pages.post("files/move", {"id": [str(waiting.id)], "to": ""})
        own_pages.post("files/rename", {"id": [str(waiting.id)], "name": "usersuspend.csv"})
        assert version(own_story, "usersuspend.csv").state == "waiting"
        done = [("moved", "ann"), ("renamed", "ann"), ("moved", "ann"), ("renamed", "ann")]
        assert told(own_story, waiting.id)[-4:] == done

        self.a_folder_moves_with_all_that_is_in_it(own_pages, own_story, waiting)
        self.what_is_taken_is_left_as_it_is(own_pages, own_story, waiting)
        self.names_that_are_none_are_refused(own_pages, own_story, waiting)
        self.folders_of_ours_refuse_every_write(own_pages, own_story, waiting)
        self.what_a_run_has_in_its_hands_stays(own_pages, own_story)
        self.a_folder_is_deleted_with_all_that_is_in_it(own_pages, own_story)

    def a_folder_moves_with_all_that_is_in_it(self, pages, story, waiting):
        upload(pages, "one.csv", folder="erp%20tests")
        upload(pages, "two.csv", folder="erp%20tests/é")
        pages.post("files/rename", {"sub": ["erp tests"], "name": "tests"})
        assert version(story, "tests/one.csv").folder == "tests"
        assert version(story, "tests/é/two.csv").folder == "tests/é"
        with story.store.ledger.read() as tx:
            assert folders.below(tx) == ["tests", "tests/é"]
        assert pages.post("files/move", {"sub": ["tests"], "to": "tests/é"}).status_code == 422

    def what_is_taken_is_left_as_it_is(self, pages, story, waiting):
        for form in ({"name": "userimport.csv"}, {"name": "tests"}):
            assert pages.post("files/rename", {"id": [str(waiting.id)], **form}).status_code == 409
        assert make_folder(pages, "tests").status_code == 409
        assert make_folder(pages, "userimport.csv").status_code == 409
        assert version(story, "usersuspend.csv").id == waiting.id

    def names_that_are_none_are_refused(self, pages, story, waiting):
        for name in ("../out", "a/b", "..", ".", "", ".hidden", "a\\b", "a\nb", "con", "x" * 201):
            assert pages.post("files/rename", {"id": [str(waiting.id)], "name": name}).status_code == 422, name
            assert make_folder(pages, name).status_code in {403, 422}, name
        for folder in ("..", "../..", "tests/../..", "/etc", "tests//x"):
            assert pages.post("files/move", {"id": [str(waiting.id)], "to": folder}).status_code in {403, 422}, folder
            assert make_folder(pages, "x", folder).status_code in {403, 422}, folder
        assert version(story, "usersuspend.csv").id == waiting.id
        assert pages.post("files/delete", {"id": ["999999"]}).status_code == 404
        assert pages.post("files/delete", {"sub": ["no-such"]}).status_code == 404

    def folders_of_ours_refuse_every_write(self, pages, story, waiting):
        with story.store.ledger.read() as tx:
            (archived,) = [row.id for row in tx.execute(table.select().where(table.c.state == "done"))]
        for ours in ("archives", "reports", "quarantine", "tryback", "undo", ".queued", ".ledger", "Archives"):
            assert upload(pages, "x.csv", folder=ours).status_code == 403, ours
            assert make_folder(pages, "x", ours).status_code == 403, ours
            assert make_folder(pages, ours).status_code == 403, ours
            assert pages.post("files/move", {"id": [str(waiting.id)], "to": ours}).status_code == 403, ours
            assert pages.post("files/delete", {"sub": [ours]}).status_code == 403, ours
            assert pages.post("files/rename", {"sub": [ours], "name": "mine"}).status_code == 403, ours
        for what in ("delete", "rename", "move"):
            answer = pages.post(f"files/{what}", {"id": [str(archived)], "name": "x.csv", "to": ""})
            assert answer.status_code == 403, what

    def what_a_run_has_in_its_hands_stays(self, pages, story):
        held = version(story, "userimport.csv")
        for what in ("delete", "rename", "move"):
            answer = pages.post(f"files/{what}", {"id": [str(held.id)], "name": "x.csv", "to": "tests"})
            assert answer.status_code == 409, what
        assert version(story, "userimport.csv").state == "held"

    def a_folder_is_deleted_with_all_that_is_in_it(self, pages, story):
        asked = pages.fragment("depot?ask=delete&sub=tests").text
        assert "2 files" in asked
        assert "There is no way back" in asked
        assert pages.post("files/delete", {"sub": ["tests"]}).status_code == 303
        assert [path for path in (story.site.depot / "tests").rglob("*") if path.is_file()] == []
        assert pages.get("depot/tests").status_code == 404

    def test_what_would_follow_is_said_before(self, pages, story):
        waiting = version(story, "usersuspend.csv")
        deleting = pages.get(f"depot?ask=delete&id={waiting.id}").text
        assert "was to run" in deleting
        assert "Users: suspend looks for" in pages.fragment(f"depot?ask=rename&id={waiting.id}").text
        assert "Nothing is selected" in pages.fragment("depot?ask=delete&id=999999").text
        assert pages.as_("viewer").get(f"depot?ask=delete&id={waiting.id}").status_code == 403
