"""What a person is told of the columns of `enrolments`."""

from collections.abc import Mapping
from typing import Final

from docs.generators.texts import Text

_GROUP: Final = "by `group_identity`, a name by default; compared letter by letter"

ENROLMENTS: Final[Mapping[str, Text]] = {
    "rolename": Text(
        "short name of the role",
        "one of `roles` in the settings, else `error_unknown_role`; for `del` it may be empty or `*`: the whole "
        "enrolment ends, with every role, whatever role is named",
    ),
    "cid": Text("the course, by `course_identity`", "never the site home; several: `error_ambiguous`"),
    "uid": Text("the account, by `user_identity`", "several: `error_ambiguous`"),
    "cmd": Text(
        "`add`: enrol, or give the role to who is enrolled; `del`: unenrol; `shift`: the role becomes the only one",
        "without the column: `default_command`; empty: `error_bad_command`. What is given comes first: a role is "
        "taken only once the new one is there",
        "`add`, `del`, `delete`, `shift`",
    ),
    "enrol": Text(
        "enrolment method",
        "empty: `default_method`. Not in the course, or switched off there: `error_no_enrol_method`; another than "
        "`manual`: `error_unsupported`, no web service enrols by it",
    ),
    "starttime": Text(
        "begin of the enrolment; empty: at once",
        "Moodle does not tell it: sent when the row is new or has changed. `add` without times leaves those of who is "
        "enrolled, unless the enrolment is suspended or over: it is then in force again, without limits",
        "ISO 8601, `2026-09-01 08:00`, or Unix seconds",
    ),
    "endtime": Text("end of the enrolment; empty or 0: none", "as `starttime`; never before it", "as `starttime`"),
    "gcmd": Text(
        "what happens with the groups `g1` … `g9`: `gadd` adds to them, `greplace` also takes out of all others of the "
        "course, `…create` makes missing ones, `gdel` takes out of them; empty: nothing",
        "a part of its own: the enrolment stands when it fails. `greplace` that misses a group takes nobody out of "
        "any. With `protect_groups: true` only memberships that this package made are ended",
        "`gadd`, `gaddcreate`, `greplace`, `greplacecreate`, `gdel`",
    ),
    **{
        f"g{number}": Text("a group of the course", _GROUP if number == 1 else "as `g1`; gaps are fine")
        for number in range(1, 10)
    },
}
