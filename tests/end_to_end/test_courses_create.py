"""Files of `courses_create` against the sandbox: what is made, what is changed, what is left alone."""

from contextlib import ExitStack

import pytest

from tests.end_to_end.courses import SAMPLES, CourseSite
from tests.end_to_end.site import site as open_site

HEADER = "shortname;fullname;category"


@pytest.fixture
def open_courses(sandbox, tmp_path):
    """Opens a site with settings of `courses_create` (others by `section__key`)."""
    with ExitStack() as stack:

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'COURSES_CREATE__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            opened_site = open_site(sandbox, tmp_path, environ=environ, sleep=lambda _: None)
            return CourseSite(stack.enter_context(opened_site), sandbox)

        yield opened


@pytest.fixture
def courses(open_courses):
    return open_courses()


@pytest.fixture
def samples(sandbox):
    """The Moodle that the samples are read on."""
    control = sandbox.control
    control.reset(bare=True)
    science = control.add_row("categories", name="Science", idnumber="SCI")
    humanities = control.add_row("categories", name="Humanities")
    for place, shortname, idnumber in (
        (science, "CHEM-101", "C-101"),
        (science, "CHEM-TPL", ""),
        (humanities, "HIST-110", "C-110"),
    ):
        control.add_row("courses", shortname=shortname, fullname=shortname, idnumber=idnumber, categoryid=place)


# -- the samples ------------------------------------------------------------------------------------------------------


def test_the_valid_sample_makes_what_is_missing_and_leaves_what_is_there(samples, courses):
    run = courses.run(content=(SAMPLES / "courses_create_valid.csv").read_bytes())
    assert courses.outcomes(run) == [(2, "skipped_exists"), (3, "category_created"), (4, "skipped_exists")]
    assert courses.parts(run) == [[], ["category_created", "created_from_template", "updated"], []]
    made = courses.course("CHEM-102")
    assert (made["fullname"], made["idnumber"], made["visible"]) == ("Organic chemistry", "C-102", 0)
    assert made["categoryid"] == courses.category("Science/Chemistry")["id"]


def test_the_valid_sample_with_updates_changes_what_differs(samples, open_courses):
    courses = open_courses(update=True)
    run = courses.run(content=(SAMPLES / "courses_create_valid.csv").read_bytes())
    assert courses.outcomes(run) == [(2, "category_created"), (3, "created_from_template"), (4, "updated")]
    assert courses.parts(run)[0] == ["category_created", "updated"]
    changed = courses.course("CHEM-101")
    assert (changed["fullname"], changed["categoryid"]) == (
        "General chemistry",
        courses.category("Science/Chemistry")["id"],
    )


def test_an_end_moves_alone_although_moodle_takes_it_only_with_its_beginning(open_courses):
    courses = open_courses(update=True)
    courses.run("shortname;fullname;startdate;enddate", "TERM;Term;2026-09-01;2027-01-31")
    courses.run("shortname;fullname;startdate;enddate", "TERM;Term;2026-09-01;2027-02-28")
    courses.run("shortname;fullname;enddate", "TERM;Term;2027-03-31")
    moved = courses.course("TERM")
    assert (moved["startdate"], moved["enddate"]) == (1788220800, 1806451200)


def test_each_line_of_the_faulty_sample_has_its_own_end(samples, open_courses):
    courses = open_courses(identity="idnumber")
    run = courses.run(content=(SAMPLES / "courses_create_faults.csv").read_bytes())
    assert courses.outcomes(run) == [
        (2, "error_missing_value"),
        (3, "error_shortname_collision"),
        (4, "error_invalid_value"),
        (5, "error_invalid_value"),
        (6, "error_bad_row"),
        (7, "created"),
        (8, "created"),
        (9, "error_missing_value"),
    ]
    assert courses.course("BIO-303")["fullname"] == "Comma, in quotes"
    assert courses.course("/BIO-304")["idnumber"] == "C-304"


# -- creating ---------------------------------------------------------------------------------------------------------


def test_a_new_course_gets_what_the_row_gives_and_nothing_else(courses):
    run = courses.run(
        "shortname;fullname;summary;format;startdate;enddate;visible;groupmode;theme;coursedisplay;newsitems;timecreated",
        "NEW;A new one;<p>Hello</p>;weeks;2026-09-01;;0;2;;1;0;2001-01-01",
    )
    assert courses.outcomes(run) == [(2, "created")]
    assert courses.journal("core_course_create_courses") == [
        {
            "courses": [
                {
                    "shortname": "NEW",
                    "fullname": "A new one",
                    "summary": "<p>Hello</p>",
                    "format": "weeks",
                    "startdate": 1788220800,
                    "visible": 0,
                    "groupmode": 2,
                    "newsitems": 0,
                    "categoryid": 1,
                    "courseformatoptions": [{"name": "coursedisplay", "value": "1"}],
                }
            ]
        }
    ]
    assert courses.site.find_run(run["run_id"]).warnings == {"warn_ignored_column": 1}


def test_each_missing_category_of_a_path_is_made_once_and_parents_first(courses):
    rows = courses.rows(
        HEADER, "A;A;Arts/Music/Jazz", "B;B;/Arts/Music/", "C;C;Skills / Jazz", "D;D;Arts/Music/Jazz", "E;E;Skills"
    )
    assert [name for _, name in rows] == ["category_created", "created", "category_created", "created", "created"]
    made = [[row["name"] for row in call["categories"]] for call in courses.journal("core_course_create_categories")]
    assert made == [["Arts", "Jazz"], ["Music"], ["Jazz"]]
    places = {name: courses.course(name)["categoryid"] for name in "ABCDE"}
    assert places == {
        "A": courses.category("Arts/Music/Jazz")["id"],
        "B": courses.category("Arts/Music")["id"],
        "C": courses.category("Skills/Jazz")["id"],
        "D": courses.category("Arts/Music/Jazz")["id"],
        "E": courses.category("Skills")["id"],
    }


def test_two_hundred_courses_in_ten_new_categories_take_twelve_writes_and_the_same_file_again_none(courses):
    file = [HEADER, *(f"C{at};Course {at};Faculty/Year {at % 9}" for at in range(180))]
    file += [f"F{at};Course {at};Faculty" for at in range(20)]
    run = courses.run(*file)
    assert run["counts"] == {"category_created": 9, "created": 191}
    assert courses.writes() == {"core_course_create_categories": 2, "core_course_create_courses": 10}
    before = courses.sandbox.control.counts().total
    assert courses.run(*file)["counts"] == {"unchanged": 200}
    assert courses.sandbox.control.counts().total == before


def test_courses_that_are_skipped_are_looked_at_once(courses):
    file = ["shortname;fullname", "ONB;Other name", "FIRE;Other name"]
    assert courses.codes(*file) == ["skipped_exists", "skipped_exists"]
    assert courses.run(*file, "GDPR;Other name")["counts"] == {"unchanged": 2, "skipped_exists": 1}
    assert courses.course("ONB")["fullname"] == "Onboarding"


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (
            "path",
            {
                "1": "created",
                "Skills/Leadership": "created",
                "99": "error_unknown_category",
                "Skills//Leadership": "error_invalid_value",
                "x" * 256: "error_invalid_value",
            },
        ),
        ("idnumber", {"CAT-LEAD": "created", "CAT-NONE": "error_unknown_category"}),
        ("id", {"1": "created", "Skills": "error_unknown_category", "0": "error_unknown_category"}),
    ],
)
def test_a_category_is_named_in_three_ways(open_courses, identity, expected):
    file = [HEADER, *(f"N{at};New;{value}" for at, value in enumerate(expected))]
    assert open_courses(category_identity=identity).codes(*file) == list(expected.values())


def test_the_idnumber_of_a_category_says_more_than_its_path(courses):
    rows = courses.codes("shortname;fullname;category;category_idnumber", "A;A;Arts;CAT-LEAD", "B;B;Arts;NONE")
    assert rows == ["created", "error_unknown_category"]
    assert courses.course("A")["categoryid"] == courses.category("Skills/Leadership")["id"]
    assert courses.category("Arts")["id"] == -1


def test_two_categories_of_one_name_in_one_place_are_never_the_first(courses):
    courses.sandbox.control.add_row("categories", name="Skills", idnumber="")
    assert courses.codes(HEADER, "A;A;Skills", "B;B;Skills/New") == ["error_ambiguous", "error_ambiguous"]


def test_a_hidden_category_is_made_only_where_it_will_be_hidden(open_courses):
    courses = open_courses(new_categories_visible=False)
    assert courses.messages(HEADER, "A;A;Archive/2019/Spring", "B;B;Arts", "C;C;Archive") == [
        "A category was created for the course.",
        "This is not supported here: Arts: no web service makes a hidden category.",
        "Created.",
    ]
    assert courses.category("Archive/2019/Spring")["visible"] == 0


def test_the_courses_of_a_category_that_moodle_refuses_are_all_errors(courses):
    courses.sandbox.control.remove_capability("moodle/category:manage")
    run = courses.run(HEADER, "A;A;Arts", "B;B;Arts", "C;C;Skills")
    assert courses.outcomes(run) == [(2, "error_category_create"), (3, "error_category_create"), (4, "created")]
    assert (courses.site.depot / run["tryback"]).read_text() == f"{HEADER}\nA;A;Arts\nB;B;Arts\n"


def test_a_row_is_refused_with_its_reason_before_any_call(courses):
    expected = {
        "ONB2;New;C-101;;;": "Another course has the idnumber `C-101` (id: 2).",
        "NEW;New;;;2026-09-01;2026-08-01": "`enddate` has a value that is not allowed: "
        "the course would end before it begins.",
        "SITE;New;;;;": "This is protected and was not touched: shortname `SITE` (the site home).",
        "N2;New <b>one</b>;;;;": "`fullname` has a value that is not allowed: `New <b>one</b>`: it holds a tag (`<…`).",
        "N3;New;;Topics!;;": "`format` has a value that is not allowed: `Topics!`: "
        "a short name takes letters, digits, `_` and `-` only.",
    }
    assert courses.messages("shortname;fullname;idnumber;format;startdate;enddate", *expected) == list(
        expected.values()
    )
    assert courses.writes() == {}


def test_what_moodle_refuses_alone_is_told_with_its_reason_and_the_others_are_made(courses):
    rows = [f"N{at};New {at};" for at in range(9)]
    run = courses.run("shortname;fullname;lang", *rows, "BAD;Bad;tlh")
    (refused,) = [entry for entry in courses.entries(run) if entry.code != "created"]
    assert courses.message(refused) == (
        "Moodle refused to create it: the site may not have this course format, language or theme: "
        'The param "lang" is invalid.'
    )
    assert run["counts"] == {"created": 9, "error_create": 1}


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("idnumber", {"ONB;X;C-101": "skipped_exists", "ONB;X;C-NEW": "error_shortname_collision"}),
        (
            "id",
            {"ONB;X;2": "skipped_exists", "NEW;X;4711": "error_unknown_course", "SITE;X;1": "error_protected"},
        ),
    ],
)
def test_a_course_is_found_by_each_identity(open_courses, identity, expected):
    courses = open_courses(identity=identity)
    assert courses.codes(f"shortname;fullname;{identity}", *expected) == list(expected.values())


def test_two_courses_of_one_idnumber_are_never_the_first(open_courses):
    courses = open_courses(identity="idnumber", update=True)
    courses.sandbox.control.change_row("courses", courses.course("FIRE")["id"], idnumber="C-101")
    assert courses.codes("shortname;fullname;idnumber", "ONB;X;C-101") == ["error_ambiguous"]


def test_a_custom_field_is_set_and_one_that_moodle_does_not_know_is_told(courses):
    run = courses.run("shortname;fullname;customfield_costcentre;customfield_none", "A;A;42;7", "B;B;43;")
    assert courses.outcomes(run) == [(2, "created"), (3, "created")]
    assert [entry.warnings for entry in courses.entries(run)] == [("warn_not_stored",), ()]
    assert courses.course("A")["customfields"] == {"costcentre": "42"}


def test_sections_are_made_and_their_titles_are_told_to_be_left_out(courses):
    run = courses.run("shortname;fullname;topic0;topic1;topic2;topic3", "A;A;;Atoms|From Dalton;Bonds;")
    (entry,) = courses.entries(run)
    assert (entry.code, entry.warnings, entry.args) == (
        "created",
        ("warn_ignored_column",),
        {"columns": "topic1, topic2"},
    )
    sections = [row for row in courses.sandbox.control.rows("sections") if row["courseid"] == courses.course("A")["id"]]
    assert len(sections) == 3


def test_a_method_of_enrolment_is_an_error_beside_the_course_that_is_made(courses):
    run = courses.run("shortname;fullname;self;guest", "A;A;1;0", "B;B;0;0")
    assert courses.outcomes(run) == [(2, "error_unsupported"), (3, "created")]
    assert courses.parts(run) == [["created", "error_unsupported"], []]
    assert courses.course("A")


def test_a_later_row_sees_the_course_that_an_earlier_one_makes(open_courses):
    courses = open_courses(update=True)
    rows = courses.rows("shortname;fullname;idnumber", "A;First;A-1", "A;Second;A-1", "B;Third;A-1")
    assert rows == [(2, "created"), (3, "updated"), (4, "error_idnumber_collision")]
    assert courses.course("A")["fullname"] == "Second"


def test_a_repeated_row_holds_until_its_course_is_gone(courses):
    file = ["shortname;fullname", "A;First", "A;First"]
    assert courses.codes(*file) == ["created", "skipped_exists"]
    assert courses.run(*file)["counts"] == {"unchanged": 2}
    courses.run("A", command="courses_delete")
    assert courses.codes(*file) == ["created", "skipped_exists"]


# -- people -----------------------------------------------------------------------------------------------------------

PEOPLE = "shortname;fullname;teacher1_account;teacher1_role;teacher2_account"


def people(courses, shortname):
    """User name and role of everybody in a course."""
    return courses.sandbox.control.site_state()["courses"][shortname]["roles"]


def test_teachers_are_enrolled_with_their_role_in_the_course_that_is_made(courses):
    run = courses.run(
        PEOPLE,
        "A;A;E1001;editingteacher;mei.tanaka@example.org",
        "B;B;mei.tanaka;;",
        "C;C;nobody;;mei.tanaka",
        "D;D;E1001;boss;",
    )
    assert courses.parts(run) == [
        ["created", "enrolled", "enrolled"],
        ["created", "enrolled"],
        ["created", "enrolled", "error_unknown_user"],
        ["created", "error_unknown_role"],
    ]
    assert people(courses, "A") == ["amelie.laurent: editingteacher", "mei.tanaka: teacher"]
    assert people(courses, "B") == people(courses, "C") == ["mei.tanaka: teacher"]


def test_a_teacher_of_a_known_course_is_enrolled_once(open_courses):
    courses = open_courses(update=True)
    file = [PEOPLE, "XLS;Spreadsheets;mei.tanaka;;"]
    assert courses.codes(*file) == ["enrolled"]
    assert courses.run(*file, mode="reconcile")["counts"] == {"unchanged": 1}
    courses.sandbox.control.cut(of="enrol_manual_enrol_users")
    assert courses.codes(PEOPLE, "NEW;New;mei.tanaka;;", "AID;First aid;mei.tanaka;;") == ["created", "enrolled"]
    assert len(courses.journal("enrol_manual_enrol_users")) == 3


# -- changing ---------------------------------------------------------------------------------------------------------


def test_an_update_sends_what_differs_and_nothing_else(open_courses):
    courses = open_courses(update=True)
    rows = courses.rows(
        "shortname;fullname;idnumber;category;visible;startdate;summary",
        "ONB;On & off;C-101;1;;;",
        "FIRE;Fire safety;C-102;Compliance;1;;",
    )
    assert rows == [(2, "updated"), (3, "unchanged")]
    (sent,) = courses.journal("core_course_update_courses")
    assert sent == {"courses": [{"id": 2, "fullname": "On & off"}]}
    assert courses.run("shortname;fullname", "ONB;On & off", mode="reconcile")["counts"] == {"unchanged": 1}


def test_an_update_moves_a_course_into_a_category_that_it_makes(open_courses):
    courses = open_courses(update=True)
    run = courses.run(HEADER, "ONB;Onboarding;Arts/Music", "FIRE;Fire safety;Arts/Music")
    assert courses.parts(run) == [["category_created", "category_created", "updated"], []]
    assert {courses.course(name)["categoryid"] for name in ("ONB", "FIRE")} == {courses.category("Arts/Music")["id"]}


def test_a_protected_category_moves_no_course_and_makes_no_category(open_courses):
    courses = open_courses(update=True, protect_category=True)
    assert courses.codes(HEADER, "ONB;Onboarding;Arts", "FIRE;Fire;Arts") == ["unchanged", "updated"]
    assert courses.category("Arts")["id"] == -1


@pytest.mark.parametrize(("clears", "code", "left"), [(False, "unchanged", "Old"), (True, "updated", "")])
def test_an_empty_cell_clears_only_where_the_settings_say_so_and_never_an_identifier(open_courses, clears, code, left):
    courses = open_courses(update=True, empty_clears=clears)
    courses.sandbox.control.change_row("courses", 2, summary="Old")
    assert courses.codes("shortname;fullname;idnumber;summary", "ONB;Onboarding;;") == [code]
    assert [courses.course("ONB")[name] for name in ("idnumber", "summary")] == ["C-101", left]


def test_a_short_name_changes_by_another_identity_and_frees_the_old_one(open_courses):
    courses = open_courses(update=True, identity="idnumber")
    rows = courses.codes("idnumber;shortname;fullname", "C-101;WELCOME;Onboarding", "NEW-1;ONB;Another", "C-103;FIRE;x")
    assert rows == ["updated", "created", "error_shortname_collision"]
    assert courses.course("ONB")["idnumber"] == "NEW-1"


# -- templates --------------------------------------------------------------------------------------------------------

TEMPLATE = "shortname;fullname;idnumber;template"


def test_a_template_is_copied_live_and_the_row_written_over_it(courses):
    courses.sandbox.control.add_row(
        "modules", courseid=2, modname="quiz", name="Entry test", sectionid=_section(courses)
    )
    run = courses.run(TEMPLATE, "A;A course;A-1;ONB", "B;B course;;ONB")
    assert courses.parts(run) == [["created_from_template", "updated"], []]
    assert courses.outcomes(run) == [(2, "created_from_template"), (3, "created_from_template")]
    assert "Entry test" in _activities(courses, "A")
    assert courses.course("A")["idnumber"] == "A-1"


def _section(courses):
    return next(row["id"] for row in courses.sandbox.control.rows("sections") if row["courseid"] == 2)


def _activities(courses, shortname):
    course_id = courses.course(shortname)["id"]
    return [row["name"] for row in courses.sandbox.control.rows("modules") if row["courseid"] == course_id]


def test_a_template_that_cannot_be_copied_makes_no_course(courses):
    expected = {
        "FIRST;First;;": "Created.",
        "A;A;;NONE": "No course has the short name `NONE` to be the template.",
        "B;B;;a/b.mbz": "This is not supported here: a/b.mbz: no web service reads a backup file.",
        "C;C;;FIRST": "This is not supported here: FIRST: an earlier row of the file makes it.",
        "D;D;;SITE": "No course has the short name `SITE` to be the template.",
    }
    assert courses.messages(TEMPLATE, *expected) == list(expected.values())
    assert [courses.course(name) for name in "ABCD"] == [{}] * 4


@pytest.mark.parametrize(("mode", "code"), [("add", "content_added"), ("replace", "content_replaced")])
def test_the_content_of_a_template_goes_into_a_known_course_once(open_courses, mode, code):
    courses = open_courses(update=True, template_mode=mode)
    courses.sandbox.control.add_row(
        "modules", courseid=2, modname="quiz", name="Entry test", sectionid=_section(courses)
    )
    assert courses.codes(TEMPLATE, "FIRE;Fire safety;;ONB") == [code]
    assert "Entry test" in _activities(courses, "FIRE")
    again = courses.run(TEMPLATE, "FIRE;Fire safety;;ONB", mode="reconcile")
    assert again["counts"] == {"unchanged": 1}
    assert courses.codes(TEMPLATE, "ONB;Onboarding;;ONB") == ["error_invalid_value"]


def test_without_a_template_mode_a_known_course_keeps_its_content(open_courses):
    courses = open_courses(update=True)
    assert courses.codes(TEMPLATE, "FIRE;Fire safety;;ONB") == ["unchanged"]


# -- lost answers -----------------------------------------------------------------------------------------------------

LOST = {
    "core_course_create_categories": ({}, [HEADER, "A;A;Arts/Music"]),
    "core_course_create_courses": ({}, [HEADER, "A;A;1", "B;B;1"]),
    "core_course_update_courses": ({"update": True}, ["shortname;fullname", "ONB;New name"]),
    "core_course_duplicate_course": ({}, [TEMPLATE, "A;A;;ONB"]),
    "core_course_import_course": ({"update": True, "template_mode": "add"}, [TEMPLATE, "FIRE;Fire safety;;ONB"]),
}


@pytest.mark.parametrize("function", LOST)
@pytest.mark.parametrize("lost", ["the answer", "the call"])
def test_a_write_that_is_lost_is_looked_for_and_done_once(open_courses, function, lost):
    settings, file = LOST[function]
    courses = open_courses(**settings)
    courses.sandbox.control.add_row(
        "modules", courseid=2, modname="quiz", name="Entry test", sectionid=_section(courses)
    )
    losing = courses.sandbox.control.cut if lost == "the answer" else courses.sandbox.control.drop_connection
    losing(of=function)
    assert courses.run(*file)["state"] == "done"
    # One call a level of categories, and two courses go by halves when they are sent again. A second sending that
    # Moodle refuses would be in no journal: calls count, too.
    in_two = (function, lost) == ("core_course_create_courses", "the call")
    calls = 2 if in_two or function == "core_course_create_categories" else 1
    assert len(courses.journal(function)) == calls
    assert courses.writes()[function] == calls + (lost == "the call")
