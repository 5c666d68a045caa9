"""Who takes part in which course (source: ws-functions.md, core_enrol_get_enrolled_users and its neighbours)."""

from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.access import ACTIVE, SITE_COURSE, course, course_context, enter, enter_or_explain, now
from include.sandbox.moodle.answers import NULL
from include.sandbox.moodle.course_details import image_url, names, shown_to_participants
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import coding_error, invalid_parameter
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.roles import roles_of
from include.sandbox.moodle.user_details import details
from include.sandbox.store import Row

_ENROLLED = "SELECT {what} FROM user_enrolments ue JOIN enrol e ON e.id = ue.enrolid WHERE e.courseid = :course"
_SORTS = {"id": "u.id", "firstname": "u.firstname", "lastname": "u.lastname", "siteorder": "u.lastname, u.firstname"}
_COURSE_FIELDS = ("groups", "roles", "enrolledcourses")
# What enrolled users are not told of one another.
_ELSEWHERE = (
    "auth",
    "suspended",
    "confirmed",
    "lang",
    "calendartype",
    "theme",
    "timezone",
    "mailformat",
    "trackforums",
)


@function(
    "core_enrol_get_enrolled_users",
    Struct(
        {
            "courseid": Value("int"),
            "options": Many(Struct({"name": Value("alphanumext"), "value": Value("raw")}), required=False, default=()),
        }
    ),
)
def get_enrolled_users(call: Call) -> list[dict[str, Any]]:
    """Participants of a course, suspended ones too; of the site home: every account."""
    one = course(call, call.params["courseid"])
    options = {option["name"]: option["value"] for option in call.params["options"]}
    enter_or_explain(call, one["id"])
    home = one["id"] == SITE_COURSE
    call.caller.require("moodle/site:viewparticipants" if home else "moodle/course:viewparticipants")
    wanted = set(filter(None, options.get("userfields", "").split(",")))
    seen = (_participant(call, one, user, wanted) for user in _people(call, one, options))
    return [user for user in seen if user is not None]


def _people(call: Call, one: Row, options: Mapping[str, str]) -> list[Row]:
    where, order = _condition(one, options), _order(options)
    if "withcapability" in options:
        raise coding_error("withcapability is no part of this stand-in")
    limit = _number(options, "limitnumber") or -1
    values = {"course": one["id"], "now": now(call), "group": _number(options, "groupid")}
    values |= {"limit": limit, "skip": _number(options, "limitfrom")}
    sql = f"SELECT u.* FROM users u WHERE u.deleted = 0 {where} ORDER BY {order} LIMIT :limit OFFSET :skip"
    return call.store.query(sql, values)


def _condition(one: Row, options: Mapping[str, str]) -> str:
    active, suspended = (_number(options, name) for name in ("onlyactive", "onlysuspended"))
    if active and suspended:
        raise coding_error("onlyactive and onlysuspended exclude one another")
    if one["id"] == SITE_COURSE:
        if suspended:
            raise coding_error("nobody is suspended at the site home")
        return ""
    enrolled = _ENROLLED.format(what="ue.userid")
    where = f"AND u.id IN ({enrolled}{f' AND {ACTIVE}' if active else ''})"
    if suspended:
        where += f" AND u.id NOT IN ({enrolled} AND {ACTIVE})"
    if _number(options, "groupid"):
        where += " AND u.id IN (SELECT userid FROM groups_members WHERE groupid = :group)"
    return where


def _order(options: Mapping[str, str]) -> str:
    columns, direction = options.get("sortby", "id"), options.get("sortdirection", "ASC").upper()
    if columns not in _SORTS or direction not in {"ASC", "DESC"}:
        raise invalid_parameter()
    return ", ".join(f"{column} {direction}" for column in _SORTS[columns].split(", "))


def _number(options: Mapping[str, str], name: str) -> int:
    value = options.get(name, "0")
    if not value.isdecimal():
        raise invalid_parameter()
    return int(value)


def _participant(call: Call, one: Row, user: Row, wanted: set[str]) -> dict[str, Any] | None:
    seen = details(call, user)
    if seen is None:
        return None
    told = _with_course_access({name: value for name, value in seen.items() if name not in _ELSEWHERE})
    told["customfields"] = [_without_display(field) for field in seen["customfields"]]
    asked = [name for name in _COURSE_FIELDS if not wanted or name in wanted]
    told |= _of_course(call, one, user, asked)
    return {name: value for name, value in told.items() if not wanted or name in {"id", "fullname", *wanted}}


def _with_course_access(told: dict[str, Any]) -> dict[str, Any]:
    before = list(told)
    before.insert(before.index("lastaccess") + 1, "lastcourseaccess")
    return {name: told.get(name, 0) for name in before}


def _without_display(field: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in field.items() if name != "displayvalue"}


def _of_course(call: Call, one: Row, user: Row, asked: list[str]) -> dict[str, Any]:
    """Groups (left out when there are none), roles, and the courses the account is active in."""
    found: dict[str, Any] = {}
    if "groups" in asked and call.caller.may("moodle/site:accessallgroups"):
        found["groups"] = groups_of(call, one["id"], user["id"]) or None
    if "roles" in asked:
        found["roles"] = roles_of(call.store, course_context(call, one["id"]), user["id"])
    if "enrolledcourses" in asked:
        mine = active_courses(call, user["id"])
        found["enrolledcourses"] = [
            {"id": one["id"], "fullname": formatted(one["fullname"]), "shortname": formatted(one["shortname"])}
            for one in mine
        ]
    return found


def groups_of(call: Call, course_id: int, user_id: int) -> list[dict[str, Any]]:
    """The groups of a course an account is in, by name."""
    sql = (
        "SELECT g.* FROM groups g JOIN groups_members gm ON gm.groupid = g.id "
        "WHERE g.courseid = ? AND gm.userid = ? ORDER BY g.name, g.id"
    )
    shown = ("description", "descriptionformat")
    return [
        {"id": group["id"], "name": formatted(group["name"]), **{name: group[name] for name in shown}}
        for group in call.store.query(sql, (course_id, user_id))
    ]


def active_courses(call: Call, user_id: int) -> list[Row]:
    """Courses an account takes part in now; hidden ones only for who may see them."""
    sql = (
        "SELECT DISTINCT c.* FROM courses c JOIN enrol e ON e.courseid = c.id JOIN user_enrolments ue "
        f"ON ue.enrolid = e.id WHERE ue.userid = :user AND {ACTIVE} ORDER BY c.sortorder, c.id"
    )
    found = call.store.query(sql, {"user": user_id, "now": now(call)})
    return [one for one in found if one["visible"] or call.caller.may("moodle/course:viewhiddencourses")]


@function(
    "core_enrol_get_users_courses",
    Struct({"userid": Value("int"), "returnusercount": optional("bool", default=True)}),
)
def get_users_courses(call: Call) -> list[dict[str, Any]]:
    """Courses an account takes part in now; nobody knows an unknown account's."""
    own = call.params["userid"] == call.caller.user_id
    mine = active_courses(call, call.params["userid"])
    if not own and not call.caller.may("moodle/course:viewparticipants"):
        return []
    return [_users_course(call, one, counted=call.params["returnusercount"]) for one in mine]


def _users_course(call: Call, one: Row, *, counted: bool) -> dict[str, Any]:
    count = call.store.scalar(_ENROLLED.format(what="COUNT(DISTINCT ue.userid)"), {"course": one["id"]})
    shown = names(one)
    return {
        "id": one["id"],
        "shortname": shown["shortname"],
        "fullname": shown["fullname"],
        "displayname": shown["displayname"],
        "enrolledusercount": count if counted else None,
        **{name: one[name] for name in ("idnumber", "visible", "summary", "summaryformat", "format")},
        "courseimage": image_url(call, one),
        "showgrades": bool(one["showgrades"]),
        "lang": one["lang"],
        "enablecompletion": bool(one["enablecompletion"]),
        **_progress(one),
        **shown_to_participants(one),
        "timemodified": one["timemodified"],
    }


def _progress(one: Row) -> dict[str, Any]:
    return {
        "completionhascriteria": False,
        "completionusertracked": bool(one["enablecompletion"]),
        "category": one["categoryid"],
        "progress": NULL,
        "completed": False,
        "startdate": one["startdate"],
        "enddate": one["enddate"],
        "marker": 0,
        "lastaccess": NULL,
        "isfavourite": False,
        "hidden": False,
        "overviewfiles": [],
    }


@function("core_enrol_get_course_enrolment_methods", Struct({"courseid": Value("int")}))
def get_course_enrolment_methods(call: Call) -> list[dict[str, Any]]:
    """Methods that tell people how to come in; manual, meta and cohort never do."""
    one = enter(call, course(call, call.params["courseid"]))
    shown = {"self": "Self enrolment (Student)", "guest": "Guest access"}
    methods = call.store.records("enrol", order="sortorder, id", courseid=one["id"], status=0)
    return [
        {
            "id": method["id"],
            "courseid": one["id"],
            "type": method["enrol"],
            "name": formatted(method["name"]) or shown[method["enrol"]],
            "status": True,
            "wsfunction": f"enrol_{method['enrol']}_get_instance_info",
        }
        for method in methods
        if method["enrol"] in shown
    ]


@function(
    "core_user_get_course_user_profiles",
    Struct({"userlist": Many(Struct({"userid": Value("int"), "courseid": Value("int")}))}),
)
def get_course_user_profiles(call: Call) -> list[dict[str, Any]]:
    """Accounts with their groups and roles in a course; unknown and deleted ones are left out."""
    seen = (_profile(call, pair) for pair in call.params["userlist"])
    return [profile for profile in seen if profile is not None]


def _profile(call: Call, pair: Mapping[str, int]) -> dict[str, Any] | None:
    one = enter(call, course(call, pair["courseid"]))
    user = call.store.user(pair["userid"])
    seen = details(call, user) if user and not user["deleted"] else None
    return {**seen, **_of_course(call, one, user, list(_COURSE_FIELDS))} if seen and user else None
