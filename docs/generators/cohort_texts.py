"""What a person is told of the columns of `cohorts`."""

from collections.abc import Mapping
from typing import Final

from docs.generators.texts import Text

_PLACE: Final = "empty: a new cohort lives in no category, a known one stays where it is"

COHORTS: Final[Mapping[str, Text]] = {
    "cidnumber": Text(
        "the cohort's number; names the cohort with `identity: idnumber`, the default",
        "changed where it does not name the cohort, never cleared; a new cohort needs one; another's: `error_conflict`",
    ),
    "cname": Text(
        "its name; names the cohort with `identity: name`",
        "changed where it does not name the cohort, never cleared; a new cohort needs one; another's: `error_conflict`",
    ),
    "cid": Text(
        "Moodle's id of the cohort with `identity: id`; else another name of the column that names the cohort, where "
        "the file does not have that",
        "never creates",
    ),
    "cmd": Text(
        "`add`: create or change the cohort, and put the account into it; `del`: take the account out, or, without "
        "one, delete the cohort; `free`: take everybody out",
        "empty: `add`. An account that is not known never deletes a cohort: `error_unknown_user`",
        "`add`, `del`, `free`",
    ),
    "userid": Text("the account, by `user_identity`", "empty: the row is about the cohort alone"),
    "cdescription": Text("description", "can be cleared"),
    "ccatcontext": Text("id of the category it lives in; `0`: none, a known cohort moves out", _PLACE),
    "ccatcontextidnumber": Text("idnumber of that category", f"where `ccatcontext` is empty. Both {_PLACE}"),
}

_NO_SERVICE: Final = "checked only: no web service makes or changes a link, the row is `error_unsupported`"

COHORT_LINKS: Final[Mapping[str, Text]] = {
    "cohort": Text(
        "the cohort, by `cohort_identity`",
        "one without an idnumber is not in the file for Moodle's course upload, which lies beside the report "
        "(`…_for_uploadcourse.csv`)",
    ),
    "course": Text("the course, by `course_identity`", "never the site home; several: `error_ambiguous`"),
    "cmd": Text(
        "`add` a link, `del`: switch it off, `restore`: switch it on again, `fulldel`: delete it; empty: `add`",
        _NO_SERVICE,
        "`add`, `del`, `restore`, `fulldel`",
    ),
    "role": Text(
        "short name of the role that members get; empty: `student`; `*`: whatever role, not for `add`",
        "one of `roles` in the settings, else `error_unknown_role`; `*` is not in that file",
    ),
    "enrol": Text("enrolment method; empty: `cohort`", "another one is not in that file"),
    "makegroup": Text("a group for the members", "not in that file: choose it in the course"),
}
