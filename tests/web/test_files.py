"""The page of a file: what is in it, what happened to it, read another way, planned and run through Airflow's DAGs."""

import re

import pytest

from sync_operators.ledger import events, files
from sync_operators.ledger.tables import files as table

SECRET = (
    b"username;password;firstname;lastname;email\nann;geheim1;Ann;Lee;ann@example.org\nbob;geheim2\n"
    b"bob;shifted;geheim3;Bob;Ray;b@example.org\n"
)


def find(story, **columns):
    with story.store.ledger.read() as tx:
        rows = [row._mapping for row in tx.execute(table.select().order_by(table.c.id))]
    return next(row for row in rows if all(row[name] == value for name, value in columns.items()))


def upload(pages, story, name, content):
    assert pages.request("POST", "depot/files", files=[("files", (name, content))]).status_code == 303
    return find(story, name=name)["id"]


@pytest.fixture(scope="module")
def dags(airflow_home, auth_manager):
    """The DAGs of users in Airflow's database, as its parser puts them there."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    from include.sandbox.environment import ROOT

    DagBundlesManager().sync_bundles_to_db()
    for name in ("sync_users", "sync_capture"):
        bag = DagBag(ROOT / "dags" / f"{name}.py", bundle_name="dags-folder")
        sync_bag_to_db(bag, "dags-folder", None)


def started(dag_id):
    """Conf and person of the last run that Airflow was asked for."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        newest = select(DagRun).where(DagRun.dag_id == dag_id).order_by(DagRun.id.desc()).limit(1)
        found = session.scalars(newest).one()
        return found.conf, found.triggering_user_name


class TestLooking:
    def test_a_file_tells_state_content_and_chain_of_custody(self, pages, story):
        text = pages.get(f"files/{find(story, state='done')['id']}").text
        link = f"reports/{story.runs['done']}"
        for told in ("captured from the drop", "run begun", "planned", "Users", "sha-256", link):
            assert told in text, told
        assert "Run the tryback" in text

    def test_a_held_file_leads_to_its_plan(self, pages, story):
        assert f"plans/{story.runs['held']}" in pages.get(f"files/{find(story, state='held')['id']}").text

    def test_a_number_that_is_none_is_not_there(self, pages):
        for place in ("files/999999", "files/999999/raw", "files/999999/rows", "files/x", "files/1%2f..%2f2"):
            assert pages.get(place).status_code == 404, place

    def test_rows_that_cannot_run_stand_with_line_value_and_reason(self, pages, story):
        text = pages.fragment(f"files/{find(story, state='done')['id']}/rows").text
        wrong = [str(line) for line, code in story.site.outcomes(story.runs["done"]) if code.startswith("error_")]
        assert re.findall(r'class="flag"><td class="ln">(\d+)', text) == wrong
        assert "<mark><bdi>no-address</bdi></mark>" in text
        assert "error_invalid_value" in text
        assert "<b onmouseover" not in text

    def test_the_download_is_an_attachment_with_the_bytes_themselves(self, pages, story):
        held = find(story, state="held")
        answer = pages.get(f"files/{held['id']}/raw")
        assert answer.content == (story.site.depot / held["place"]).read_bytes()
        assert answer.headers["content-disposition"].startswith("attachment;")


class TestSecrets:
    def test_no_page_shows_a_password_and_the_file_goes_only_to_who_may_change_it(self, own_pages, own_story):
        number = upload(own_pages, own_story, "secret.csv", SECRET)
        other = upload(own_pages, own_story, "wrong.csv", SECRET.replace(b";", b"|"))
        places = [
            f"files/{number}", f"files/{number}?command=users", f"files/{number}/rows?command=users",
            f"depot?preview={number}", f"files/{other}", f"files/{other}/rows?command=users", f"depot?preview={other}",
        ]  # fmt: skip
        for place in places:
            assert "geheim" not in own_pages.get(place).text, place
        assert "not shown" in own_pages.get(f"files/{number}").text
        assert own_pages.as_("viewer").get(f"files/{number}/raw").status_code == 403
        assert own_pages.as_("viewer").get(f"files/{other}/raw").status_code == 403
        assert own_pages.get(f"files/{number}/raw").content == SECRET

        said = {"encoding": "utf-16-le", "separator": ":"}
        own_pages.post(f"files/{number}/dialect", said)
        for place in places:
            assert "geheim" not in own_pages.get(place).text, place


class TestReadingAnotherWay:
    def test_what_a_person_says_holds_for_page_plan_and_run_of_this_version(self, own_pages, own_story):
        content = "username:firstname:lastname:email\nzoë:Zo;ë:Lee:zoe@example.org\n".encode("cp1252")
        number = upload(own_pages, own_story, "odd.csv", content)
        assert (
            own_pages.post(f"files/{number}/dialect", {"encoding": "windows-1252", "separator": ":"}).status_code == 303
        )
        text = own_pages.get(f"files/{number}?command=users").text
        assert "said by a person" in text
        assert "<td><bdi>Zo;ë</bdi></td>" in text
        with own_story.store.ledger.read() as tx:
            assert files.get(tx, number).read_as == {"encoding": "windows-1252", "separator": ":"}
            assert [(event.what, event.who) for event in events.of_file(tx, number)][-1] == ("read_as", "ann")

        told = own_story.site.run("users", file="odd.csv")["runs"][0]
        assert own_story.site.find_run(told["run_id"]).code != "error_separator"
        with own_story.store.ledger.read() as tx:
            assert files.get(tx, number).dialect["separator"] == ":"

    def test_what_is_no_dialect_or_no_file_to_be_run_is_refused(self, own_pages, own_story):
        held, waiting = find(own_story, state="held")["id"], find(own_story, name="usersuspend.csv")["id"]
        assert own_pages.post(f"files/{held}/dialect", {"separator": ","}).status_code == 409
        assert own_pages.post(f"files/{waiting}/dialect", {"encoding": "klingon"}).status_code == 422
        assert own_pages.post(f"files/{waiting}/dialect", {"separator": "x"}).status_code == 422


class TestRunning:
    def test_plan_and_run_start_the_dag_of_the_tool_in_the_persons_name(self, own_pages, own_story, dags):
        waiting = find(own_story, name="usersuspend.csv")["id"]
        assert own_pages.post(f"files/{waiting}/plan").status_code == 303
        conf = {"command": "users_suspend", "file": "usersuspend.csv", "simulate": True}
        assert started("sync_users") == (conf, "ann")
        assert own_pages.post(f"files/{waiting}/run", {"command": "users_delete"}).status_code == 303
        assert started("sync_users")[0] == {"command": "users_delete", "file": "usersuspend.csv", "simulate": False}
        with own_story.store.ledger.read() as tx:
            assert [event.what for event in events.of_file(tx, waiting)][-2:] == ["asked_to_run", "asked_to_run"]

    def test_the_rows_that_failed_are_run_from_a_copy_that_is_known_as_their_tryback(self, own_pages, own_story, dags):
        done = find(own_story, state="done")["id"]
        assert own_pages.post(f"files/{done}/tryback").status_code == 303
        copy = find(own_story, origin="generated", folder="")
        # As if it had been dropped again: its command takes it, should the run that is started never come.
        assert copy["state"] == "waiting"
        assert started("sync_users")[0] == {"command": "users", "file": copy["place"], "simulate": False}
        tryback = own_story.run("done").products["tryback"]
        assert (own_story.site.depot / copy["place"]).read_bytes() == (own_story.site.depot / tryback).read_bytes()

    def test_what_is_held_done_or_without_a_tool_is_not_started(self, own_pages, own_story, dags):
        for state in ("held", "done", "quarantined"):
            number = find(own_story, state=state)["id"]
            assert own_pages.post(f"files/{number}/run").status_code == 409, state
        stored = upload(own_pages, own_story, "notes.txt", b"a;b\n1;2\n")
        assert own_pages.post(f"files/{stored}/run").status_code == 422
        assert own_pages.post(f"files/{stored}/run", {"command": "no_such"}).status_code == 422
        assert own_pages.post(f"files/{stored}/tryback").status_code == 404

    def test_capture_is_started_from_the_depot(self, own_pages, dags):
        assert own_pages.post("capture").status_code == 303
        assert started("sync_capture") == ({}, "ann")
