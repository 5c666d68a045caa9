"""Courses through the web service, one typed function per call (`moodle/ws-functions.md`, Courses).

Which call answers which question: by id, `core_course_get_courses` tells many in one call and leaves out what is not
there (`core_course_get_courses_by_field` fails for one unknown id among others); by shortname or idnumber only
`core_course_get_courses_by_field` can be asked, one value a call (about 15 a second); the whole list comes with one
`core_course_get_courses` (about 180 courses a second): `moodle/baseline.md` (g).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from sync_operators.moodle import rules
from sync_operators.moodle.batching import batches
from sync_operators.moodle.client import FIXED_FIELDS, MoodleClient
from sync_operators.moodle.errors import BadAnswer
from sync_operators.moodle.parallel import in_parallel

GET: Final = "core_course_get_courses"
GET_BY_FIELD: Final = "core_course_get_courses_by_field"
GET_CONTENTS: Final = "core_course_get_contents"

CourseIdentity = Literal["id", "idnumber", "shortname"]

_LOOKUP_ROWS: Final = 200  # a second of Moodle's time
_NOT_FIELDS: Final = frozenset({"id", "customfields", "courseformatoptions"})


@dataclass(frozen=True, slots=True)
class Course:
    """A course as Moodle tells it; its names are formatted (see `answered.plain`)."""

    id: int
    shortname: str = ""
    fullname: str = ""
    idnumber: str = ""
    categoryid: int = 0
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """All that was told, format options included, as form fields carry it; what is not told is not in it."""
    customfields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_site(self) -> bool:
        """Whether it is the site home, which Moodle keeps as a course outside of every category."""
        return self.fields.get("format") == "site" or not self.categoryid


def courses_by_id(client: MoodleClient, ids: Iterable[str]) -> list[Course]:
    """The courses that have one of the ids, each once; ids that are no numbers find nothing."""
    wanted = [value for value in dict.fromkeys(ids) if rules.entity_id(value) is None]
    groups = list(
        batches(
            wanted,
            max_rows=client.pressure.rows(_LOOKUP_ROWS),
            max_fields=client.max_fields,
            fixed=FIXED_FIELDS + 1,
            fields=lambda _: 1,
        )
    )
    found = in_parallel(lambda group: _listed(client, group), groups, client.connections)
    return [course for courses in found for course in courses]


def all_courses(client: MoodleClient) -> list[Course]:
    """Every course of the site, the site home included."""
    return _listed(client, ())


def courses_by_field(
    client: MoodleClient, field: Literal["idnumber", "shortname"], values: Iterable[str]
) -> dict[str, list[Course]]:
    """The courses of each value, one call a value.

    The value is told apart by what was asked: names come back formatted, and databases differ in whether letter case
    counts. An empty value is not asked: it would find all courses without one, the site home too.
    """
    wanted = [value for value in dict.fromkeys(values) if value.strip() and "\0" not in value]
    answers = in_parallel(lambda value: _by_field(client, field, value), wanted, client.connections)
    return dict(zip(wanted, answers, strict=True))


def courses_in(client: MoodleClient, category_id: int) -> list[Course]:
    """The courses of a category that the service account sees, those of categories below it not."""
    return _by_field(client, "category", str(category_id))


def course_modules(client: MoodleClient, course_id: int) -> list[tuple[str, str]]:
    """Kind and name of each activity of a course."""
    answer = client.read(GET_CONTENTS, {"courseid": course_id})
    try:
        return [(str(each["modname"]), str(each["name"])) for section in answer for each in section["modules"]]
    except (KeyError, TypeError) as error:
        raise BadAnswer(GET_CONTENTS, f"it is no list of sections ({error!r})") from error


def _by_field(client: MoodleClient, field: str, value: str) -> list[Course]:
    answer = client.read(GET_BY_FIELD, {"field": field, "value": value})
    return _courses(GET_BY_FIELD, answer.get("courses") if isinstance(answer, Mapping) else answer)


def _listed(client: MoodleClient, ids: Sequence[str]) -> list[Course]:
    return _courses(GET, client.read(GET, {"options": {"ids": list(ids)}} if ids else {}))


def _courses(function: str, answer: Any) -> list[Course]:
    if not isinstance(answer, list):
        raise BadAnswer(function, f"it is no list of courses but {type(answer).__name__}")
    try:
        return [_course(entry) for entry in answer]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(function, f"it is no list of courses ({error!r})") from error


def _course(entry: Mapping[str, Any]) -> Course:
    told = {
        name: _text(value)
        for name, value in entry.items()
        if name not in _NOT_FIELDS and isinstance(value, str | int | float)
    }
    options = {part["name"]: _text(part["value"]) for part in entry.get("courseformatoptions") or ()}
    # One function calls it `theme`, the others, and all that write, `forcetheme`.
    theme = {"forcetheme": told["theme"]} if "theme" in told else {}
    custom = {part["shortname"]: _text(part["valueraw"]) for part in entry.get("customfields") or ()}
    return Course(
        id=int(entry["id"]),
        shortname=told.get("shortname", ""),
        fullname=told.get("fullname", ""),
        idnumber=told.get("idnumber", ""),
        categoryid=int(told.get("categoryid") or 0),
        fields=MappingProxyType({**options, **theme, **told}),
        customfields=MappingProxyType(custom),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
