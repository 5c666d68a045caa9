"""Which course a row names, and how few calls it takes to know."""

from urllib.parse import parse_qsl

import httpx
import pytest

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.course_finder import FEW, CourseFinder


class Courses:
    """A Moodle in memory that knows courses; counts the calls by what they ask."""

    def __init__(self):
        self.courses = [{"id": 1, "shortname": "site", "idnumber": "", "categoryid": 0, "format": "site"}]
        self.asked = []
        client = MoodleClient("http://moodle.test", "t" * 32, transport=httpx.MockTransport(self._answer))
        self.reader = MoodleReader(client)

    def add(self, key, shortname, idnumber=""):
        self.courses.append(
            {"id": key, "shortname": shortname, "idnumber": idnumber, "categoryid": 1, "format": "topics"}
        )

    def _answer(self, request):
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        return httpx.Response(200, json=getattr(self, f"_{form['wsfunction']}")(form))

    def _core_course_get_courses(self, form):
        ids = [value for name, value in form.items() if name.startswith("options[ids]")]
        self.asked.append(("ids", len(ids)) if ids else ("all",))
        return [self._shown(one) for one in self.courses if not ids or str(one["id"]) in ids]

    def _core_course_get_courses_by_field(self, form):
        self.asked.append((form["field"], form["value"]))
        return {"courses": [self._shown(one) for one in self.courses if one[form["field"]] == form["value"]]}

    def _core_course_get_categories(self, form):
        self.asked.append(("categories",))
        return [{"id": 1, "name": "Science", "parent": 0, "coursecount": len(self.courses) - 1}]

    @staticmethod
    def _shown(one):
        return one | {"shortname": one["shortname"].replace("&", "&amp;")}


@pytest.fixture
def moodle():
    return Courses()


@pytest.mark.parametrize(("identity", "value"), [("shortname", "CHEM"), ("idnumber", "C-1"), ("id", "7")])
def test_a_course_is_found_by_each_identity(moodle, identity, value):
    moodle.add(7, "CHEM", "C-1")
    finder = CourseFinder(identity, moodle.reader)
    finder.look_up([value, "99"])
    assert finder.find(value).id == 7
    assert _refused(finder, "99") == ("error_unknown_course", {"identity": identity, "value": "99"})


def test_several_courses_of_one_idnumber_are_never_the_first(moodle):
    moodle.add(7, "A", "C-1")
    moodle.add(8, "B", "C-1")
    finder = CourseFinder("idnumber", moodle.reader)
    finder.look_up(["C-1"])
    assert _refused(finder, "C-1") == ("error_ambiguous", {"column": "idnumber", "value": "C-1", "count": "2"})


@pytest.mark.parametrize(("identity", "value"), [("shortname", "site"), ("id", "1"), ("idnumber", "")])
def test_the_site_home_is_no_course(moodle, identity, value):
    finder = CourseFinder(identity, moodle.reader)
    finder.look_up([value])
    assert _refused(finder, value)[0] == "error_unknown_course"


def test_each_value_is_asked_once(moodle):
    moodle.add(7, "CHEM")
    finder = CourseFinder("shortname", moodle.reader)
    finder.look_up(["CHEM", "CHEM", "", "NONE"])
    finder.look_up(["CHEM", "NONE"])
    assert sorted(moodle.asked) == [("shortname", "CHEM"), ("shortname", "NONE")]


def test_many_values_of_a_small_site_take_the_whole_list_once(moodle):
    for at in range(FEW + 1):
        moodle.add(10 + at, f"C{at}")
    finder = CourseFinder("shortname", moodle.reader)
    finder.look_up([f"C{at}" for at in range(FEW + 1)])
    finder.look_up(["elsewhere"])
    assert moodle.asked == [("categories",), ("all",)]
    assert finder.find("C3").id == 13


def test_many_values_of_a_much_larger_site_are_asked_one_by_one(moodle):
    for at in range(1000):
        moodle.add(10 + at, f"C{at}")
    finder = CourseFinder("shortname", moodle.reader)
    finder.look_up([f"C{at}" for at in range(FEW + 1)])
    assert ("all",) not in moodle.asked
    assert finder.find("C3").id == 13


def test_ids_take_one_call(moodle):
    moodle.add(7, "CHEM")
    finder = CourseFinder("id", moodle.reader)
    finder.look_up(["7", "8", "no number", *(str(at) for at in range(100, 150))])
    assert moodle.asked == [("ids", 52)]


def test_a_name_that_moodle_formats_is_found_in_the_list(moodle):
    for at in range(FEW + 1):
        moodle.add(10 + at, f"R&D {at}")
    finder = CourseFinder("shortname", moodle.reader)
    finder.look_up([f"R&D {at}" for at in range(FEW + 1)])
    assert finder.find("R&D 3").id == 13
    assert moodle.asked == [("categories",), ("all",)]


def _refused(finder, value):
    with pytest.raises(Refusal) as refused:
        finder.find(value)
    return refused.value.fault.code, dict(refused.value.fault.args)
