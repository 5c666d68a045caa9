"""What a person is told of the columns of the commands about courses."""

from collections.abc import Mapping
from typing import Final

from docs.generators.texts import Text

_KEPT: Final = "never cleared"
_MOMENT: Final = "ISO 8601, `2026-09-01 08:00`, or Unix seconds"
_BY_HAND: Final = "no web service does it: `unsupported_part`, the row is `reset_partial`; by hand: the course, Reset"
_OPTION: Final = Text("a reset option of one kind of activity", _BY_HAND)

_IDENTIFIED: Final = Text(
    "the course, by `identity`", "never the site home; several: `error_ambiguous`; none: `error_unknown_course`"
)

COURSES_CREATE: Final[Mapping[str, Text]] = {
    "id": Text("Moodle's own id of the course; only with `identity: id`", "never made: an unknown one is an error"),
    "shortname": Text(
        "short name",
        "only one course may have it: `error_shortname_collision`; changes by another identity",
        "no tags (`<…`)",
    ),
    "fullname": Text("full name", _KEPT, "no tags (`<…`)"),
    "idnumber": Text("the course's number in the ERP", f"{_KEPT}; used by another course: `error_idnumber_collision`"),
    "summary": Text("description, HTML", "by its words alone where the row was applied before; can be cleared"),
    "format": Text("course format: `topics`, `weeks` …", f"{_KEPT}; Moodle takes one it does not have, too", "letters"),
    "showgrades": Text("whether people see their grades", _KEPT),
    "showreports": Text("whether people see reports of their activity", _KEPT),
    "newsitems": Text("announcements shown", _KEPT, "0 … 10"),
    "startdate": Text("begin of the course", _KEPT, _MOMENT),
    "enddate": Text("end of the course", "never before it begins; can be cleared", _MOMENT),
    "maxbytes": Text("largest upload in bytes; 0: the site's", _KEPT, "a number"),
    "visible": Text("whether people see the course", "in a hidden category never"),
    "groupmode": Text("0 no groups, 1 separate, 2 visible", _KEPT, "0, 1, 2"),
    "groupmodeforce": Text("whether activities must use that mode", _KEPT),
    "lang": Text("language that the course forces", f"lower-cased, without `_utf8`; {_KEPT}", "installed on the site"),
    "theme": Text("theme", "where the site lets courses have one", "installed on the site"),
    "coursedisplay": Text("0 all sections on a page, 1 one", "an option of the course format", "0, 1"),
    "enablecompletion": Text("whether completion is tracked", _KEPT),
    "defaultgroupingid": Text("id of the default grouping", _KEPT, "a number"),
    "category": Text(
        "the category, by `category_identity`: names from the top with `/` between, an idnumber, or an id",
        "of a path, what is missing is made (`category_created`), once, parents first; a number alone is an id. "
        "Hidden ones can be made only below a hidden one. Empty: `default_category` for a new course",
        "names of 255 characters",
    ),
    "category_idnumber": Text("idnumber of the category", "says more than `category`; must be there"),
    "template": Text(
        "short name of a course to copy, as it is now, without its people",
        "a new course: `created_from_template`, then the row is written over it. A known one: see `template_mode`; "
        "`replace` also takes its enrolments, groups and enrolment methods, and no web service gives the methods "
        "back. A `.mbz` file: `error_unsupported`",
    ),
    "self": Text("whether people may enrol themselves", "yes: `error_unsupported` beside the new course; no: nothing"),
    "guest": Text("whether guests may enter", "yes: `error_unsupported` beside the new course; no: nothing"),
    "topic0": Text("title of the general section", "as `topic<n>`"),
    "topic<n>": Text(
        "title of section n, then its summary behind `|`",
        "a new course without template gets sections up to the last one filled; no web service writes their titles: "
        "`warn_ignored_column`",
    ),
    "customfield_<short>": Text(
        "custom course field, by its short name",
        "read back after writing: a value that Moodle drops is `warn_not_stored`; can be cleared",
        "short name: letters, digits, `_`, `-`",
    ),
    "teacher<n>_account": Text(
        "somebody to enrol: user name, e-mail address, idnumber or id, whichever one account alone has",
        "`enrolled` beside the course; not found: the course is made, and the row is `error_unknown_user`",
    ),
    "teacher<n>_role": Text("short name of the role; empty: `teacher`", "one of `roles` in the settings"),
}

_FIRST: Final = Text(
    "the first value of a line, which has no header: the course by `identity` (here `id`; `shortname` by default)",
    "never the site home",
)

COURSES_DELETE: Final[Mapping[str, Text]] = {
    "id": _FIRST._replace(
        moodle="the whole line, whatever marks are in it; only a tab parts values. The site home and "
        "`courses_delete.protected`: `error_protected`; with the course goes everything in it"
    )
}
COURSES_CHECK: Final[Mapping[str, Text]] = {
    "id": _FIRST,
    "description": Text("whatever you call it; may be left out", "stands in the message of a course that is not found"),
}

COURSES_META: Final[Mapping[str, Text]] = {
    "cmd": Text("`add`: link; `del`: unlink; empty: `add`", "else `error_bad_command`", "`add`, `del`"),
    "master": Text("the course whose participants come, by `identity`", "as `meta`"),
    "course": Text("the old name of `master`, for a file without that column", "as `meta`"),
    "meta": Text(
        "the course that gets them, by `identity`",
        "never the site home, nor the master itself (`error_self_link`); what Moodle has already is `unchanged`",
    ),
}

COURSES_RESET: Final[Mapping[str, Text]] = {
    "id": _IDENTIFIED,
    "groupings": Text(
        "`all`, `groups` or `groupings`: delete the groupings; `members`: take the groups out of them; else nothing",
        "first of all",
        "`all`, `groups`, `groupings`, `members`, `none`",
    ),
    "groups": Text(
        "`all` or `groups`: delete the groups; `members`: empty them; else nothing",
        "after the groupings",
        "`all`, `groups`, `members`, `none`",
    ),
    "roles": Text(
        "`all`, or short names of roles with blanks between: unenrol who holds one of them",
        "last. Manual enrolments only: whoever stays is counted in `reset_partial`. A role that is not in `roles` of "
        "the settings keeps the row from anything: `error_unknown_role`",
    ),
    **{
        name: Text(what, _BY_HAND)
        for name, what in {
            "events": "calendar events",
            "logs": "logs",
            "notes": "notes about people",
            "completion": "completion data",
            "blog_associations": "links from blog entries",
            "comments": "comments",
            "grades": "`all`, `items`: grade items and grades; `grades`: grades",
            "local_roles": "`all`, `roles`, `overrides`: roles and permissions of the course's own",
            "modules": "data of activities: `all`, names, or `-` names for all but these",
        }.items()
    },
    **dict.fromkeys(
        (
            "forum_all", "forum_subscriptions", "glossary_all", "chat", "data", "slots", "apointments",
            "assignment_submissions", "assign_submissions", "survey_answers", "lesson", "choice", "scorm",
            "quiz_attempts",
        ),
        _OPTION,
    ),
}  # fmt: skip
