"""Refused rows come home: a tryback is dropped again, as it is or mended, under its own name or the command's."""

from contextlib import ExitStack

import pytest

from tests.end_to_end.aftermath import Aftermath
from tests.end_to_end.scenes import WITH_FILE
from tests.end_to_end.site import site as open_site

HEAD = "username,firstname,lastname,email,idnumber,city"
BOB_WITHOUT_MAIL = "bob,Bob,Ray,not-an-address,E1,Rome"
BOB_IN_ROME = "bob,Bob,Ray,bob@example.org,E1,Rome"
BOB_IN_PARIS = "bob,Bob,Ray,bob@example.org,E1,Paris"
ANN = "ann,Ann,Lee,ann@example.org,E2,Oslo"

NO_SERVICE = "cohort_links"
"""The command whose every row is refused: no web service links cohorts."""

every_file = pytest.mark.parametrize("scene", WITH_FILE, ids=str)


@pytest.fixture
def play(sandbox, tmp_path):
    """Opens a site for a scene; several one after another, each on a Moodle as it was at first."""
    with ExitStack() as stack:

        def opened(scene, name="one"):
            sandbox.control.reset()
            return stack.enter_context(open_site(sandbox, tmp_path / name, environ=scene.environ))

        yield opened


def state(site):
    return Aftermath(site.sandbox, site.folder).state()


def own_name(run):
    """The name under which a tryback lies in the depot."""
    return run["tryback"].rpartition("/")[2]


def tryback(site, run):
    return (site.depot / run["tryback"]).read_bytes()


def csv(*lines):
    return "".join(f"{line}\n" for line in lines)


@every_file
def test_a_mended_tryback_comes_home_under_its_own_name(play, scene):
    """I8."""
    correct = play(scene, "correct")
    correct.deliver(scene.file, scene.correct, scene.command)
    wanted = state(correct)
    site = play(scene)
    run = site.deliver(scene.file, scene.content, scene.command)
    again = site.deliver(own_name(run), scene.mended(tryback(site, run)), scene.command)
    assert state(site) == wanted
    assert (again["tryback"] is None) == (scene.command != NO_SERVICE)
    assert sum(again["counts"].values()) == len(scene.bad)


# Of pictures that were refused as second ones for an account, one alone is well.
@pytest.mark.parametrize("scene", [scene for scene in WITH_FILE if scene.command != "pictures"], ids=str)
def test_a_tryback_as_it_is_says_the_same_again_and_leaves_the_same_again(play, scene):
    site = play(scene)
    run = site.deliver(scene.file, scene.content, scene.command)
    before, refused = state(site), tryback(site, run)
    again = site.deliver(own_name(run), refused, scene.command)
    assert (state(site), again["state"]) == (before, "done_with_errors")
    assert tryback(site, again) == refused


@every_file
def test_a_mended_tryback_again_writes_nothing(play, scene):
    site = play(scene)
    run = site.deliver(scene.file, scene.content, scene.command)
    mended = scene.mended(tryback(site, run))
    site.deliver(own_name(run), mended, scene.command)
    before = state(site)
    site.deliver(own_name(run), mended, scene.command)
    assert state(site) == before


@pytest.fixture
def refused(users):
    """A site, and the run of a file that has set Ann's town and not Bob's."""
    run = users.run(HEAD, BOB_WITHOUT_MAIL, ANN)
    assert users.report(run)[1]["code"] == "error_invalid_value"
    return users, run


def again(users, run, *lines, name=None):
    """The codes of the rows of a tryback, mended to these lines, and its run."""
    told = users.site.deliver(name or own_name(run), csv(HEAD, *lines))
    return [code for _, code, _ in users.rows(told["run_id"])], told


def test_a_row_that_a_newer_file_has_set_is_not_set_back(refused):
    users, run = refused
    newer = users.run(HEAD, BOB_IN_PARIS)
    codes, told = again(users, run, BOB_IN_ROME)
    assert (codes, users.person("bob")["city"]) == (["skipped_superseded"], "Paris")
    assert newer["run_id"] in users.report(told)[1]["message"]


def test_what_the_newer_file_has_set_is_remembered_as_before(refused):
    users, run = refused
    users.run(HEAD, BOB_IN_PARIS)
    again(users, run, BOB_IN_ROME)
    writes = users.sandbox.control.counts().writes
    assert users.run(HEAD, BOB_IN_PARIS)["counts"] == {"unchanged": 1}
    assert users.sandbox.control.counts().writes == writes


def test_a_row_that_is_still_at_fault_does_not_undo_what_a_newer_file_has_set(refused):
    users, run = refused
    users.run(HEAD, BOB_IN_PARIS)
    codes, _ = again(users, run, BOB_WITHOUT_MAIL)
    assert codes == ["skipped_superseded"]
    assert users.run(HEAD, BOB_IN_PARIS)["counts"] == {"unchanged": 1}


def test_the_bytes_of_a_tryback_are_known_under_the_commands_name_too(refused):
    users, run = refused
    users.run(HEAD, BOB_IN_PARIS)
    codes, _ = again(users, run, BOB_WITHOUT_MAIL, name="userimport.csv")
    assert codes == ["skipped_superseded"]


def test_other_bytes_under_the_commands_name_are_a_new_file(refused):
    users, run = refused
    users.run(HEAD, BOB_IN_PARIS)
    codes, _ = again(users, run, BOB_IN_ROME, name="userimport.csv")
    assert (codes, users.person("bob")["city"]) == (["updated"], "Rome")


def test_a_row_that_is_as_the_newer_file_has_set_it_is_unchanged(refused):
    users, run = refused
    users.run(HEAD, BOB_IN_PARIS)
    told = users.site.deliver(own_name(run), csv(HEAD, BOB_IN_PARIS))
    assert told["counts"] == {"unchanged": 1}


def test_a_row_that_no_newer_file_has_set_comes_home(refused):
    users, run = refused
    users.run(HEAD, ANN.replace("Oslo", "Bergen"))
    codes, _ = again(users, run, BOB_IN_ROME, ANN)
    assert codes == ["updated", "skipped_superseded"]
    assert (users.person("bob")["city"], users.person("ann")["city"]) == ("Rome", "Bergen")


def test_whom_a_newer_file_has_deleted_is_not_made_anew(refused):
    users, run = refused
    users.run(HEAD + ",deleted", "bob,Bob,Ray,bob@example.org,E1,,1")
    codes, _ = again(users, run, BOB_IN_ROME)
    assert (codes, users.person("bob")) == (["skipped_superseded"], None)


def test_a_tryback_that_is_mended_a_second_time_is_set(refused):
    users, run = refused
    again(users, run, BOB_IN_ROME)
    codes, _ = again(users, run, BOB_IN_PARIS)
    assert (codes, users.person("bob")["city"]) == (["updated"], "Paris")


def test_the_tryback_of_a_tryback_is_as_old_as_the_first_file(refused):
    users, run = refused
    _, second = again(users, run, BOB_WITHOUT_MAIL)
    users.run(HEAD, BOB_IN_PARIS)
    codes, _ = again(users, second, BOB_IN_ROME)
    assert codes == ["skipped_superseded"]


def test_what_was_undone_may_come_home(refused):
    users, run = refused
    newer = users.run(HEAD, BOB_IN_PARIS)
    users.site.run("users", file=newer["undo"][0]["file"])
    codes, _ = again(users, run, BOB_IN_ROME)
    assert codes == ["updated"]


def test_an_undo_file_is_only_run_when_somebody_asks(open_users):
    users = open_users(file="*.csv")
    run = users.run(HEAD, BOB_IN_PARIS)
    name = run["undo"][0]["file"]
    users.site.put(name.rpartition("/")[2], (users.site.depot / name).read_bytes())
    users.site.capture()
    assert users.site.run("users")["state"] == "none"


def test_a_tryback_is_no_file_that_shrank(open_users):
    many = [f"u{number},U,{number},u{number}@example.org,X{number},Oslo" for number in range(120)]
    users = open_users(guards__users__shrunk__floor=0, guards__users__all_changed__floor=0)
    run = users.run(HEAD, *many, BOB_WITHOUT_MAIL)
    users.run(HEAD, *many, BOB_WITHOUT_MAIL)
    _, told = again(users, run, BOB_IN_ROME)
    assert told["state"] == "done"
    assert users.run(HEAD, *many, BOB_IN_ROME)["state"] == "done"
