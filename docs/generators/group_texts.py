"""What a person is told of the columns of `groups` and `group_members`."""

from collections.abc import Mapping
from typing import Final

from docs.generators.texts import Text

GROUPS: Final[Mapping[str, Text]] = {
    "courseid": Text("the course, by `course_identity`", "never the site home; several: `error_ambiguous`"),
    "name": Text(
        "name of the group or grouping",
        "unique in the course, a taken one is an error. Without `idnumber` and `updateid` it finds the group; a "
        "grouping is always found by it",
        "no tags but those of several languages",
    ),
    "type": Text("whether the row is about a group or a grouping", "empty: `group`", "`group`, `grouping`"),
    "idnumber": Text("its idnumber, unique in the course", "finds the group where `updateid` does not; never cleared"),
    "description": Text("text about it, HTML", "can be cleared"),
    "updateid": Text(
        "what is to be changed, by `group_identity` or `grouping_identity`",
        "name, idnumber and description become those of the row; without it, what is there stays as it is. Not there: "
        "made, with this as its idnumber where that identifies, but an unknown id is an error; in another course that "
        "the file names: `error_wrong_course`. What identifies a grouping is not changed",
    ),
    "selfgrouping": Text("also a grouping of the group's own name, with the group in it", "made when it is missing"),
    "grouping": Text(
        "idnumber of a grouping of the course to put the group into",
        "the row of the grouping comes before; unknown: a part in error, the group is made all the same",
    ),
}

GROUP_MEMBERS: Final[Mapping[str, Text]] = {
    "courseid": Text(
        "the course, by `course_identity`", "every row needs it; never the site home; several: `error_ambiguous`"
    ),
    "groupid": Text(
        "the group, by `group_identity`",
        "always of this course: one of another that the file names is `error_wrong_course`. Never made",
    ),
    "userid": Text("the account, by `user_identity`", "must be enrolled in the course, else `error_not_enrolled`"),
    "cmd": Text(
        "`add`: put into the group; `shift`: also take out of all other groups of the course that this package has put "
        "the account into; `del`: take out of the group, whoever put the account there",
        "empty: `add`. A shift takes only once the new membership is there",
        "`add`, `shift`, `del`",
    ),
}
