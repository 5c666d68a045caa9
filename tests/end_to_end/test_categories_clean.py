"""Empty categories against the sandbox: which go, which stay, and what is said of each."""

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial

import pytest

from sync_operators import walk
from sync_operators.codes import code
from sync_operators.ledger import operations
from sync_operators.plans.request import Request
from tests.end_to_end.site import site as open_site
from tests.end_to_end.walker import Order

COMMAND = "categories_clean"
TREE, DELETE = "core_course_get_categories", "core_course_delete_categories"
COURSES = "core_course_get_courses_by_field"
SWITCH_OFF = {"SYNC__CATEGORIES_CLEAN__IGNORE_EMPTY_SUBCATEGORIES": "false"}


class Cleaning:
    """A bare site with one category, whose path is empty here; others are grown by path from the top."""

    def __init__(self, site, sandbox):
        self.site, self.sandbox = site, sandbox
        self.ids = {"": 1}

    def grow(self, *paths):
        """Make categories, `A/B` below `A`; an ending `*` puts a course into the last one."""
        for path in paths:
            self._grow(path.rstrip("*"))
            if path.endswith("*"):
                self.fill(path.rstrip("*"))
        return self

    def _grow(self, path):
        above, _, name = path.rpartition("/")
        if path not in self.ids:
            parent = self._grow(above) if above else 0
            self.ids[path] = self.sandbox.control.add_row("categories", name=name, parent=parent, sortorder=10**9)
        return self.ids[path]

    def fill(self, path, **course):
        name = f"in {path}"
        return self.sandbox.control.add_row(
            "courses", shortname=name, fullname=name, categoryid=self.ids[path], **course
        )

    @property
    def courses(self):
        return {row["shortname"]: row["id"] for row in self.sandbox.control.rows("courses")}

    @property
    def left(self):
        """The paths that are still there."""
        there = {row["id"] for row in self.sandbox.control.rows("categories")}
        return sorted(path for path, number in self.ids.items() if number in there)

    def run(self, **wishes):
        told = self.site.run(COMMAND, **wishes)
        return told["runs"][0]

    def outcomes(self, run):
        """The code of each category that was grown, by path."""
        paths = {number: path for path, number in self.ids.items()}
        with self.site.work.ledger.read() as tx:
            rows = list(operations.rows(tx, run["run_id"]))
        return {paths[int(row.identifiers["id"])]: row.code for row in rows if int(row.identifiers["id"]) in paths}

    def messages(self, run):
        with self.site.work.ledger.read() as tx:
            return [code(row.code).message("en", row.args) for row in operations.rows(tx, run["run_id"])]

    def deletions(self):
        """What was deleted: (path, with all that is in it), in order."""
        paths = {number: path for path, number in self.ids.items()}
        calls = [each for each in self.sandbox.control.journal() if each["function"] == "core_course_delete_categories"]
        return [(paths[row["id"]], bool(row.get("recursive"))) for each in calls for row in each["args"]["categories"]]


@pytest.fixture
def open_cleaning(sandbox, tmp_path):
    """Opens a site with settings of `categories_clean` (others by `section__key`)."""
    with ExitStack() as stack:
        sandbox.control.reset(bare=True)

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'CATEGORIES_CLEAN__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            return Cleaning(
                stack.enter_context(open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None)), sandbox
            )

        yield opened


@pytest.fixture
def cleaning(open_cleaning):
    return open_cleaning()


# -- which are empty --------------------------------------------------------------------------------------------------


def test_where_no_category_is_empty_each_is_listed_and_none_goes(cleaning):
    cleaning.grow("*", "A*", "A/B*")
    run = cleaning.run()
    assert (run["state"], run["file"], run["tryback"]) == ("done", None, None)
    assert cleaning.outcomes(run) == dict.fromkeys(("", "A", "A/B"), "skipped_not_empty")
    assert cleaning.deletions() == []


@pytest.mark.parametrize(
    ("ignore", "paths", "left"),
    [
        (True, ["A/B/C", "D"], []),
        (True, ["A/B/C*", "A/D"], ["A", "A/B", "A/B/C"]),
        (True, ["A*", "A/B/C"], ["A"]),
        (False, ["A/B/C", "D"], ["A", "A/B"]),
        (False, ["A/B*", "A/C"], ["A", "A/B"]),
        (False, ["A*", "A/B"], ["A"]),
    ],
)
def test_a_category_is_empty_by_the_switch(open_cleaning, ignore, paths, left):
    cleaning = open_cleaning(ignore_empty_subcategories=ignore).grow("*", *paths)
    run = cleaning.run()
    assert cleaning.left == ["", *left]
    assert run["counts"]["category_deleted"] == len(cleaning.ids) - len(cleaning.left)


def test_what_is_below_goes_first_and_only_a_top_category_with_all_that_is_in_it(cleaning):
    cleaning.grow("*", "A/B/C", "A/D", "A/B/E/F")
    # Whoever does not wait for the first deletion finds something in the next category.
    cleaning.sandbox.control.slow(300, of=DELETE)
    assert cleaning.run()["counts"] == {"category_deleted": 6, "skipped_not_empty": 1}
    order = cleaning.deletions()
    places = {path: at for at, (path, _) in enumerate(order)}
    assert all(places[path] < places[above] for path in places for above in places if path.startswith(f"{above}/"))
    assert [path for path, whole in order if whole] == ["A"]


def test_a_category_to_keep_stays_with_those_above_it(open_cleaning):
    cleaning = open_cleaning().grow("*", "A/B/C", "A/D", "E")
    kept = [cleaning.ids["A/B"], cleaning.ids["E"]]
    run = cleaning.run(asked={"keep": kept})
    assert cleaning.left == ["", "A", "A/B", "E"]
    assert cleaning.messages(run) == [
        "The empty category `A / B / C` was deleted.",
        "The category `A / B` stays: it is one of those to keep.",
        "The empty category `A / D` was deleted.",
        "The category `Category 1` stays: courses are in it.",
        "The category `A` stays: not all below it is empty.",
        "The category `E` stays: it is one of those to keep.",
    ]


def test_only_what_is_below_the_start_is_looked_at_and_the_start_counts_itself(cleaning):
    cleaning.grow("*", "A/B", "A/C/D", "E")
    run = cleaning.run(asked={"start": cleaning.ids["A/C"]})
    assert list(cleaning.outcomes(run)) == ["A/C/D", "A/C"]
    assert run["counts"] == {"category_deleted": 2}
    assert cleaning.left == ["", "A", "A/B", "E"]


def test_an_unknown_start_refuses_the_run_with_a_report(cleaning):
    run = cleaning.run(asked={"start": 99})
    assert (run["state"], run["code"], run["counts"]) == ("refused", "error_unknown_category", {})
    report = (cleaning.site.depot / run["report"]).with_suffix(".jsonl").read_text()
    assert json.loads(report.splitlines()[0])["message"] == "No category has this identifier: start `99`."


def test_what_a_run_is_asked_for_goes_before_the_settings(open_cleaning):
    cleaning = open_cleaning(start=1, ignore_empty_subcategories=False, keep="[1]").grow("*", "A/B")
    run = cleaning.run(asked={"start": 0, "ignore_empty_subcategories": True, "keep": []})
    assert run["counts"] == {"category_deleted": 2, "skipped_not_empty": 1}


# -- what is not seen -------------------------------------------------------------------------------------------------


def test_a_course_that_is_hidden_from_the_service_account_is_in_its_category(cleaning):
    cleaning.grow("*", "A").fill("A", visible=0)
    cleaning.sandbox.control.remove_capability("moodle/course:viewhiddencourses")
    assert cleaning.outcomes(cleaning.run())["A"] == "skipped_not_empty"


def test_a_sub_category_that_is_hidden_from_the_service_account_keeps_a_top_category(cleaning):
    cleaning.grow("*", "A/B*")
    cleaning.sandbox.control.change_row("categories", cleaning.ids["A/B"], visible=0)
    cleaning.sandbox.control.remove_capability("moodle/category:viewhiddencategories")
    run = cleaning.run()
    assert (run["state"], run["counts"]) == ("done_with_errors", {"error_category_delete": 1, "skipped_not_empty": 1})
    assert cleaning.messages(run)[1] == "Moodle did not delete the empty category `A`: You cannot delete category A."
    assert cleaning.left == ["", "A", "A/B"]


def test_what_moodle_refuses_is_an_error_and_there_is_nothing_to_mend(cleaning):
    cleaning.grow("*", "A/B")
    cleaning.sandbox.control.remove_capability("moodle/category:manage")
    run = cleaning.run()
    assert (run["state"], run["tryback"]) == ("done_with_errors", None)
    assert cleaning.outcomes(run) == {"": "skipped_not_empty", "A": "skipped_not_empty", "A/B": "error_category_delete"}


# -- between plan and apply -------------------------------------------------------------------------------------------


def steps(cleaning, between, **wishes):
    """Plan and gate; something happens; apply and close."""
    step = walk.plan(cleaning.site.work, Request(COMMAND, **wishes))
    walk.gate(cleaning.site.work, step.run_id)
    between()
    walk.apply(cleaning.site.work, step.run_id)
    walk.close(cleaning.site.work, step.run_id)
    return {"run_id": step.run_id}


def test_a_category_that_is_filled_after_the_plan_stays_with_those_above_it_and_says_so(cleaning):
    cleaning.grow("*", "A/B/C", "A/D")
    run = steps(cleaning, lambda: cleaning.grow("A/B/C*"))
    assert cleaning.left == ["", "A", "A/B", "A/B/C"]
    assert cleaning.messages(run) == [
        "The category `A / B / C` stays: courses are in it.",
        "The category `A / B` stays: sub-categories are in it.",
        "The empty category `A / D` was deleted.",
        "The category `Category 1` stays: courses are in it.",
        "The category `A` stays: sub-categories are in it.",
    ]


def test_a_category_that_went_by_itself_is_no_error(cleaning):
    cleaning.grow("*", "A")
    run = steps(cleaning, lambda: cleaning.sandbox.control.delete_row("categories", cleaning.ids["A"]))
    assert cleaning.outcomes(run)["A"] == "category_deleted"
    assert cleaning.deletions() == []


def test_a_simulation_says_what_would_go_and_changes_nothing(cleaning):
    cleaning.grow("*", "A/B")
    run = cleaning.run(simulate=True)
    assert (run["state"], run["counts"]) == ("simulated", {"category_deleted": 2, "skipped_not_empty": 1})
    assert cleaning.sandbox.control.counts().writes == 0


@pytest.mark.parametrize("lost", ["cut", "drop_connection"])
def test_a_deletion_whose_answer_is_lost_is_looked_for_and_done_once(cleaning, lost):
    cleaning.grow("*", "A/B", "C")
    getattr(cleaning.sandbox.control, lost)(of=DELETE)
    run = cleaning.run()
    assert run["counts"] == {"category_deleted": 3, "skipped_not_empty": 1}
    assert sorted(cleaning.deletions()) == [("A", True), ("A/B", False), ("C", True)]


def test_a_category_filled_while_an_answer_was_lost_stays_and_says_so(cleaning):
    cleaning.grow("*", "A")
    cleaning.sandbox.control.drop_connection(of=DELETE)
    # The first look after the lost answer is the first pause of the walk.
    cleaning.site.work = replace(cleaning.site.work, sleep=lambda _: "in A" in cleaning.courses or cleaning.fill("A"))
    assert cleaning.outcomes(cleaning.run())["A"] == "skipped_not_empty"
    assert cleaning.left == ["", "A"]


# -- the run ----------------------------------------------------------------------------------------------------------


def test_the_report_is_named_by_the_command_and_its_rows_have_no_line(cleaning):
    run = cleaning.grow("*", "A").run()
    assert run["report"].endswith(f"/{run['run_id']}_categories_clean.html")
    report = (cleaning.site.depot / run["report"]).with_suffix(".jsonl").read_text()
    first, *rows, last = map(json.loads, report.splitlines())
    assert (first["command"], first["file"], last["counts"]) == (COMMAND, None, run["counts"])
    assert [(row["line"], row["key"]) for row in rows] == [(None, {"id": "1"}), (None, {"id": str(cleaning.ids["A"])})]
    assert cleaning.site.names("archives") == cleaning.site.names("tryback") == []


def test_a_deletion_costs_three_looks_and_a_write_and_the_tree_comes_twice(cleaning):
    cleaning.grow("*", *"ABCD")
    cleaning.run()
    calls = Counter(call["function"] for call in cleaning.sandbox.control.calls())
    assert calls == {"core_webservice_get_site_info": 1, TREE: 2 + 2 * 4, COURSES: 4, DELETE: 4}


def test_too_many_deletions_are_held_and_a_rejection_ends_the_run(open_cleaning):
    cleaning = open_cleaning(guards__categories_clean__delete__count=1).grow("*", "A/B")
    run = cleaning.run()
    assert (run["state"], run["counts"]) == ("held", {"planned": 2, "skipped_not_empty": 1})
    question = walk.question(cleaning.site.work, run["run_id"])
    assert question.subject.startswith("categories_clean: delete 2? Plan ")
    assert "1. delete `id=" in question.body
    assert "**Reject** ends the run and changes nothing." in question.body
    walk.decide(cleaning.site.work, run["run_id"], approved=False, who="ann", reason="not yet")
    ended = cleaning.run(answered=run["run_id"])
    assert (ended["run_id"], ended["state"], cleaning.left) == (run["run_id"], "rejected", ["", "A", "A/B"])


def held(open_cleaning, **asked):
    cleaning = open_cleaning(guards__categories_clean__delete__count=1).grow("*", "A/B/C", "D*")
    return cleaning, cleaning.run(asked=asked)


def answered(cleaning, run_id):
    walk.decide(cleaning.site.work, run_id, approved=True, who="ann", reason="")
    return cleaning.run(answered=run_id)


def test_an_approved_plan_is_carried_out_with_what_it_was_asked_for(open_cleaning):
    cleaning, run = held(open_cleaning, keep=[1])
    ended = answered(cleaning, run["run_id"])
    assert (ended["state"], ended["counts"]) == (
        "done",
        {"category_deleted": 3, "skipped_kept": 1, "skipped_not_empty": 1},
    )
    assert cleaning.left == ["", "D"]


def test_whoever_asks_for_the_same_meets_the_held_plan_and_whoever_asks_otherwise_begins_anew(open_cleaning):
    cleaning, run = held(open_cleaning, keep=[1])
    assert cleaning.run(asked={"keep": [1]})["run_id"] == run["run_id"]
    assert cleaning.run(asked={"keep": [2]})["run_id"] != run["run_id"]


def test_an_approved_plan_whose_categories_have_been_filled_is_asked_anew(open_cleaning):
    cleaning, run = held(open_cleaning)
    cleaning.grow("A/E*")
    ended = answered(cleaning, run["run_id"])
    assert (ended["state"], ended["counts"]) == ("held", {"planned": 2, "skipped_not_empty": 3})
    assert cleaning.deletions() == []


def test_a_category_that_has_become_empty_since_the_run_began_is_left_to_the_next(open_cleaning):
    cleaning, run = held(open_cleaning)
    cleaning.sandbox.control.delete_row("courses", cleaning.courses["in D"])
    assert answered(cleaning, run["run_id"])["counts"] == {"category_deleted": 3, "skipped_not_empty": 2}
    assert cleaning.left == ["", "D"]
    assert cleaning.run()["counts"] == {"category_deleted": 1, "skipped_not_empty": 1}


def test_a_run_that_failed_is_gone_on_with_before_anything_else_is_begun(open_cleaning):
    cleaning = open_cleaning().grow("*", "A/B", "C/D")
    asked = {"start": cleaning.ids["A"]}
    cleaning.sandbox.control.page(of=TREE, times=10)
    failed = cleaning.site.tick(COMMAND, asked=asked)["run"]
    cleaning.sandbox.control.clear_faults()
    again = cleaning.site.tick(COMMAND)["run"]
    assert (failed["state"], again["state"], again["run_id"]) == ("failed", "done", failed["run_id"])
    assert cleaning.left == ["", "C", "C/D"]
    assert walk.asked_otherwise(cleaning.site.work, again["run_id"], Request(COMMAND))
    assert not walk.asked_otherwise(cleaning.site.work, again["run_id"], Request(COMMAND, asked=asked))


def test_a_plan_made_again_half_way_deletes_nothing_that_was_not_empty_at_first(open_cleaning):
    """With the switch off, the category above a deleted one stays, although there is nothing in it any more."""
    cleaning = open_cleaning(ignore_empty_subcategories=False).grow("*", "A/B", "A/C")
    cleaning.sandbox.control.page(of=TREE, nth=4, times=20)
    failed = cleaning.site.tick(COMMAND)["run"]
    cleaning.sandbox.control.clear_faults()
    with open_site(
        cleaning.sandbox, cleaning.site.folder, environ={"SYNC__CATEGORIES_CLEAN__KEEP": "[99]", **SWITCH_OFF}
    ) as site:
        ended = site.tick(COMMAND)["run"]
    assert (failed["state"], ended["run_id"]) == ("failed", failed["run_id"])
    assert ended["counts"] == {"category_deleted": 2, "skipped_not_empty": 2}
    assert cleaning.left == ["", "A"]


# -- killed -----------------------------------------------------------------------------------------------------------


def killed(cleaning, walkers, before=lambda _: None, **kill):
    """One walk that is killed, and one that is not."""
    sandbox, folder = cleaning.sandbox, cleaning.site.folder
    sftp = asdict(sandbox.sftp) | {"client_key": ""}
    order = Order(str(folder), sandbox.moodle_url, sandbox.token, sftp, commands=(COMMAND,), environ=SWITCH_OFF)
    ends = walkers.run(replace(order, **kill), before), walkers.run(order)
    return [ended.status for ended in ends]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_walk_killed_at_a_deletion_ends_as_an_undisturbed_one(cleaning, walkers, when):
    cleaning.grow("*", "A/B", "A/C", "D")
    kill = partial(cleaning.sandbox.control.kill_caller, of=DELETE, nth=2, when=when)
    assert killed(cleaning, walkers, kill) == [-9, 0]
    assert cleaning.left == ["", "A"]
    assert sorted(cleaning.deletions()) == [("A/B", False), ("A/C", False), ("D", True)]


@pytest.mark.torture
@pytest.mark.parametrize("die_at", range(1, 40, 2))
def test_a_walk_killed_at_any_effect_ends_as_an_undisturbed_one(cleaning, walkers, die_at):
    cleaning.grow("*", "A/B", "A/C", "D")
    assert killed(cleaning, walkers, die_at=die_at)[1] == 0
    assert cleaning.left == ["", "A"]
    assert sorted(cleaning.deletions()) == [("A/B", False), ("A/C", False), ("D", True)]
