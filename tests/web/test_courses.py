"""The page of courses: what is found, what stays chosen, and the file that comes of it."""

import io
import json
import re
from dataclasses import replace

import pytest

from sync_operators import course_list
from sync_operators.hooks.workplace import Store
from sync_operators.ledger import events, files
from sync_operators.plans.opening import input_file
from sync_operators.tools import tool
from sync_operators.web.models import course_files
from sync_operators.web.models.course_files import Wish
from tests.end_to_end.site import site as open_site
from tests.web.browsing import Pages

SETTINGS = {"SYNC__COURSES_DELETE__PROTECTED": "[FIRE]"}


@pytest.fixture(scope="module")
def campus(running_sandbox, tmp_path_factory):
    """A site of its own without a past, its courses read from Moodle once."""
    running_sandbox.control.reset()
    with open_site(running_sandbox, tmp_path_factory.mktemp("campus"), environ=SETTINGS) as site:
        read(site)
        yield site


@pytest.fixture
def own_campus(running_sandbox, tmp_path):
    """The same, to be changed; its courses were not read yet."""
    running_sandbox.control.reset()
    with open_site(running_sandbox, tmp_path, environ=SETTINGS) as site:
        yield site


def store_of(site):
    work = site.work
    return Store(work.settings, work.depot, work.ledger, "pages", work.clock)


def read(site):
    """What the DAG of the list does."""
    found = course_list.read_courses(site.work.moodle, site.work.clock)
    course_list.keep(site.work.depot, found)
    return found


@pytest.fixture
def browser(campus, auth_manager):
    with Pages.over(store_of(campus)) as opened:
        yield opened


@pytest.fixture
def own_browser(own_campus, auth_manager):
    with Pages.over(store_of(own_campus)) as opened:
        yield opened


def ids_of(site):
    listed = course_list.load(site.work.depot, course_list.newest(site.work.depot))
    return {course.shortname: course.id for course in listed.courses}


def shown(answer):
    """The short names in the list, in its order."""
    return re.findall(r'<th scope="row" class="mono nowrap"><bdi>([^<]*)</bdi>', answer.text)


def chosen(answer):
    kept = re.search(r'name="kept" value="([^"]*)"', answer.text)
    return {int(one) for one in kept[1].split(",") if one}


def cells(answer, shortname):
    row = re.search(rf"<bdi>{shortname}</bdi></th>(.*?)</tr>", answer.text, re.DOTALL)[1]
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


def test_before_the_first_reading_the_page_says_how_it_begins(own_browser):
    answer = own_browser.get("courses")
    assert answer.status_code == 200
    assert "The courses were not read yet" in answer.text
    assert 'action="./courses/refresh"' in answer.text


def test_a_course_is_shown_with_category_people_and_visibility(browser):
    answer = browser.get("courses")
    assert cells(answer, "ONB") == ["Onboarding", "Category 1", "1", "3", "0", "never", "yes"]
    assert cells(answer, "OLD")[-1] == "no"
    assert cells(answer, "LEAD")[1] == "Skills / Leadership"
    assert "Protected" in cells(answer, "FIRE")[0]


def test_the_site_home_is_no_course_to_choose(campus):
    assert 1 not in ids_of(campus).values()


FILTERS = [
    ("q=sécurité", ["SEC-FR"]),
    ("q=c-103", ["GDPR"]),
    ("visible=no", ["OLD"]),
    ("visible=no&visible=yes", ["AID", "FIRE", "GDPR", "LEAD", "ONB", "SEC-FR", "XLS"]),
    ("empty=true", ["AID", "GDPR", "LEAD", "OLD", "SEC-FR", "XLS"]),
    ("idle=2026-01-01&q=lead", ["LEAD"]),
    ("idle=nonsense&q=lead", ["LEAD"]),
    ("sort=-shortname&q=a", ["XLS", "SEC-FR", "ONB", "LEAD", "GDPR", "FIRE", "AID"]),
    ("q=%25", []),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_a_filter_leaves_what_it_says(browser, query, names):
    assert shown(browser.fragment(f"courses?{query}")) == names


def test_a_category_holds_the_courses_of_those_below_it(campus, browser):
    listed = course_list.load(campus.work.depot, course_list.newest(campus.work.depot))
    skills = next(one.id for one in listed.categories if one.name == "Skills")
    assert shown(browser.fragment(f"courses?cat={skills}")) == ["AID", "LEAD", "XLS"]


def test_the_choice_is_kept_across_pages_and_filters(campus, browser):
    ids = ids_of(campus)
    first = browser.post(
        "courses", {"ids": [ids["ONB"]], "kept": f"{ids['XLS']}", "shown": f"{ids['ONB']}", "q": "lead"}
    )
    assert chosen(first) == {ids["ONB"], ids["XLS"]}
    assert shown(first) == ["LEAD"]
    unticked = browser.post("courses", {"kept": f"{ids['ONB']},{ids['XLS']}", "shown": f"{ids['ONB']}"})
    assert chosen(unticked) == {ids["XLS"]}


def test_all_that_match_can_be_chosen_at_once_and_the_choice_cleared(campus, browser):
    ids = ids_of(campus)
    every = browser.post("courses", {"q": "a", "pick": "all", "kept": f"{ids['ONB']}"})
    assert chosen(every) == {ids[name] for name in ("ONB", "XLS", "SEC-FR", "LEAD", "GDPR", "FIRE", "AID")}
    assert chosen(browser.post("courses", {"kept": f"{ids['ONB']}", "pick": "none"})) == set()


def test_what_is_no_course_of_the_list_is_not_chosen(browser):
    assert chosen(browser.post("courses", {"ids": [1, 4711], "kept": "1,x,99"})) == set()


def test_the_address_tells_the_filters_and_never_the_choice(campus, browser):
    answer = browser.post("courses", {"ids": [ids_of(campus)["ONB"]], "q": "on & off", "cat": [3, 4], "page": 1})
    assert answer.headers["content-location"] == "courses?cat=3&cat=4&q=on+%26+off"


HEADER = "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings;modules"
PREVIEWS = [
    ({"kind": "check"}, "ONB\nFIRE"),
    ({"kind": "delete"}, "ONB"),
    ({"kind": "reset", "roles": ["student", "guest"], "groups": "all"},
     f"{HEADER}\nONB;;;;;student guest;;all;;\nFIRE;;;;;student guest;;all;;"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "text"), PREVIEWS)
def test_the_preview_is_the_text_of_the_file_without_what_is_protected(campus, browser, form, text):
    ids = ids_of(campus)
    answer = browser.post("courses?part=file", {**form, "ids": [ids["ONB"], ids["FIRE"]]}, x_fragment="1")
    assert "<html" not in answer.text
    assert re.search(r"<pre[^>]*>(.*?)</pre>", answer.text, re.DOTALL)[1].rstrip() == text
    assert ("It is protected." in answer.text) == (form["kind"] == "delete")


WRITTEN = [
    ({"kind": "check"}, r"courses_\d{8}T\d{6}Z\.csv", "ONB\nGDPR\n", "courses_check"),
    ({"kind": "delete"}, r"deletecourses_\d{8}T\d{6}Z\.txt", "ONB\nGDPR\n", "courses_delete"),
    (
        {"kind": "reset", "roles": ["student"], "groupings": "members"},
        r"resetcourses_\d{8}T\d{6}Z\.csv",
        f"{HEADER}\nONB;;;;;student;;;members;\nGDPR;;;;;student;;;members;\n",
        "courses_reset",
    ),
]


@pytest.mark.parametrize(("form", "name", "text", "command"), WRITTEN)
def test_a_file_is_written_under_review_and_runs_when_it_is_pointed_to(
    own_campus, own_browser, form, name, text, command
):
    read(own_campus)
    ids = ids_of(own_campus)
    answer = own_browser.post("courses/files", {**form, "ids": [ids["GDPR"], ids["ONB"]]})
    assert answer.status_code == 303, answer.text
    version = written(own_campus, answer)
    assert (version.folder, version.state, version.origin) == ("review", "stored", "generated")
    assert re.fullmatch(name, version.name)
    assert (own_campus.depot / version.place).read_text() == text
    assert own_campus.run(command)["state"] == "none"
    run = own_campus.run(command, file=version.place, simulate=True)["runs"][0]
    assert sum(run["counts"].values()) == 2
    assert not any(code.startswith("error") for code in run["counts"]), run["counts"]


def written(site, answer):
    assert re.fullmatch(r"\.\./files/\d+", answer.headers["location"]), answer.headers["location"]
    with site.work.ledger.read() as tx:
        return files.get(tx, int(answer.headers["location"].rpartition("/")[2]))


def test_who_wrote_a_file_stands_in_the_ledger(own_campus, own_browser):
    read(own_campus)
    version = written(own_campus, own_browser.post("courses/files", {"ids": [ids_of(own_campus)["ONB"]]}))
    with own_campus.work.ledger.read() as tx:
        (event,) = events.of_file(tx, version.id)
    assert (event.what, event.who, event.detail["command"]) == ("generated", "ann", "courses_check")


def test_the_page_of_a_written_file_shows_its_lines_as_its_command_reads_them(own_campus, own_browser):
    read(own_campus)
    version = written(
        own_campus, own_browser.post("courses/files", {"kind": "delete", "ids": [ids_of(own_campus)["ONB"]]})
    )
    text = own_browser.get(f"files/{version.id}").text
    assert "error_header_only" not in text
    assert "ONB" in text
    assert '<option value="courses_delete" selected>' in text


REFUSED = [
    ({"kind": "check"}, "No course is chosen"),
    ({"kind": "delete", "ids": ["FIRE"]}, "No course is chosen"),
    ({"kind": "reset", "ids": ["ONB"]}, "Nothing is to be cleared"),
    ({"kind": "check", "ids": ["ONB"], "folder": "archives"}, "There is no such folder"),
    ({"kind": "check", "ids": ["ONB"], "folder": "../x"}, "There is no such folder"),
]


@pytest.mark.parametrize(("form", "says"), REFUSED)
def test_a_file_that_makes_no_sense_is_not_written(campus, browser, form, says):
    ids = ids_of(campus)
    answer = browser.post("courses/files", {**form, "ids": [ids[name] for name in form.get("ids", ())]})
    assert (answer.status_code, says in answer.text) == (422, True)


def test_a_name_that_a_setting_takes_is_refused_as_it_would_run_unseen(own_campus, auth_manager):
    read(own_campus)
    settings = own_campus.work.settings
    greedy = settings.model_copy(
        update={"courses_check": settings.courses_check.model_copy(update={"file": "review/c*"})}
    )
    with Pages.over(replace(store_of(own_campus), settings=greedy)) as pages:
        answer = pages.post("courses/files", {"ids": [ids_of(own_campus)["ONB"]]})
    assert answer.status_code == 422
    assert "courses_check.file" in answer.text
    assert not (own_campus.depot / "review").exists()


def course(number, shortname, **fields):
    return course_list.ListedCourse(number, shortname, "", fields.get("idnumber", ""), 1, visible=True)


NAMES = ["plain", "with space", "a;b", "a,b", "a:b", "é ü 漢字", "x" * 250, "O'Hara", "1+1", "=1+1", "-dash", "(old)"]
UNFIT = ["", " lead", "#remark", 'qu"ote', "tab\there", "line\nend", "\u202eturned"]


@pytest.mark.parametrize("kind", ["check", "reset", "delete"])
def test_every_name_in_a_file_is_read_back_by_its_command_as_moodle_tells_it(campus, kind):
    settings = campus.work.settings
    listed = [course(number, name) for number, name in enumerate([*NAMES, *UNFIT], 2)]
    made = course_files.make(settings, Wish(kind, {"roles": "student"}), listed, campus.work.clock())
    assert [one.course.shortname for one in made.left_out] == UNFIT
    assert read_back(campus, made) == NAMES


def read_back(site, made):
    """The names as the command's own reader finds them."""
    its_tool = tool(made.command)
    file = input_file(
        site.work.settings, its_tool, site.work.tool_settings(made.command), lambda: io.BytesIO(made.content)
    )
    bound = its_tool.schema(site.work.tool_settings(made.command)).bind(file.header)
    return [bound.check(record)[0][made.identity] for record in file.records()]


def test_a_command_that_names_courses_by_another_field_gets_that_field(campus):
    settings = campus.work.settings
    by_idnumber = settings.model_copy(
        update={"courses_check": settings.courses_check.model_copy(update={"identity": "idnumber"})}
    )
    made = course_files.make(
        by_idnumber, Wish("check", {}), [course(2, "A", idnumber="N1"), course(3, "B")], campus.work.clock()
    )
    assert made.text == "N1\n"
    assert [one.course.shortname for one in made.left_out] == ["B"]


RIGHTS = [(None, 401), ("viewer", 403), ("user", 303), ("op", 303), ("admin", 303)]


@pytest.mark.parametrize(("role", "status"), RIGHTS)
def test_who_may_write_a_file_into_the_depot(own_campus, own_browser, role, status):
    read(own_campus)
    answer = own_browser.as_(role).post("courses/files", {"ids": [ids_of(own_campus)["ONB"]]})
    assert answer.status_code == status
    assert (own_campus.depot / "review").exists() == (status == 303)


def test_a_viewer_sees_the_buttons_greyed_with_the_reason(campus, browser):
    text = browser.as_("viewer").post("courses", {"ids": [ids_of(campus)["ONB"]]}).text
    assert 'formaction="./courses/files"' not in text
    assert "Needs the right to edit sync_courses_check" in text
    assert "Needs the right to run sync_course_list" in text


def test_a_new_reading_takes_the_place_of_the_old_one(own_campus, own_browser):
    read(own_campus)
    assert "ONB" in shown(own_browser.get("courses"))
    own_campus.sandbox.control.change_row(
        "courses", ids_of(own_campus)["ONB"], shortname="ONB2", fullname="<b>&amp; Co</b>"
    )
    read(own_campus)
    answer = own_browser.get("courses")
    assert "ONB2" in shown(answer)
    assert (
        "<b>" not in answer.text.replace("<b>" + "Courses selected", "").partition("ctable")[2].partition("</table>")[0]
    )
    assert len(list((own_campus.depot / course_list.FOLDER).iterdir())) == 1


def test_a_course_whose_people_we_may_not_see_says_so(own_campus, own_browser):
    own_campus.sandbox.control.remove_capability("moodle/course:viewparticipants")
    read(own_campus)
    assert "not told" in cells(own_browser.get("courses"), "ONB")
    assert shown(own_browser.fragment("courses?empty=true")) == []


def test_without_the_function_that_tells_of_people_the_list_is_there_all_the_same(own_campus):
    own_campus.sandbox.control.remove_function("core_enrol_get_enrolled_users")
    assert [one.people for one in read(own_campus).courses] == [None] * 8


def test_the_list_is_kept_from_adoption(own_campus):
    read(own_campus)
    own_campus.capture()
    assert own_campus.run("users")["state"] == "none"
    with own_campus.work.ledger.read() as tx:
        assert files.waiting(tx) == []
    assert json.loads((own_campus.depot / course_list.newest(own_campus.work.depot)).read_text())["courses"]


@pytest.mark.parametrize("denied", ["sync_courses_check", "sync_capture"])
def test_a_file_needs_the_right_to_edit_its_tool_and_the_depot(own_campus, own_browser, monkeypatch, denied):
    class Lets:
        """An auth manager with rights by DAG, as FAB has them."""

        def is_authorized_dag(self, *, method, details, **_):
            return method == "GET" or details.id != denied

    read(own_campus)
    monkeypatch.setattr("sync_operators.web.access.get_auth_manager", Lets)
    answer = own_browser.post("courses/files", {"ids": [ids_of(own_campus)["ONB"]]})
    assert (answer.status_code, denied in answer.text) == (403, True)
