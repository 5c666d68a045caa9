"""The command `enrolments`, put together from its parts.

Calls: accounts in batches and courses as their finders find cheapest, the methods of a hundred courses in one call,
then of each course named in a changed row its participants with roles and groups (one call, few fields, in pages).
Only where a row asks, its groups, and whose enrolments are in force. Writes go in batches over all courses at once.
"""

from typing import Final

from sync_operators.moodle import enrolments, groups, roles
from sync_operators.moodle.courses import GET, GET_BY_FIELD
from sync_operators.moodle.users import GET_BY_FIELD as GET_USERS_BY_FIELD
from sync_operators.settings import Verb as GuardVerb
from sync_operators.tools.enrolment_columns import key_of, schema
from sync_operators.tools.enrolment_rows import EnrolmentPlanner
from sync_operators.tools.enrolment_undo import ENROLMENT_UNDO
from sync_operators.tools.enrolment_verbs import ENROLMENT_VERBS
from sync_operators.tools.member_verbs import MEMBER_VERBS
from sync_operators.tools.tool import Tool

GUARDED_AS: Final[dict[str, GuardVerb]] = {
    "enrol": "create",
    "renew": "update",
    "assign": "update",
    "unassign": "remove",
    "unenrol": "unenrol",
    "make_group": "create",
    "join": "create",
    "remove": "remove",
    "clear": "remove",
}

ENROLMENTS: Final = Tool(
    command="enrolments",
    entity="enrolment",
    schema=schema,
    key_of=key_of,
    planner=EnrolmentPlanner,
    verbs={**ENROLMENT_VERBS, **MEMBER_VERBS},
    guarded_as=GUARDED_AS,
    functions=(
        GET_USERS_BY_FIELD,
        GET,
        GET_BY_FIELD,
        "core_course_get_categories",
        enrolments.GET_ENROLLED,
        enrolments.ENROL,
        enrolments.UNENROL,
        roles.ASSIGN,
        roles.UNASSIGN,
        groups.GET_COURSE_GROUPS,
        groups.GET_MEMBERS,
        groups.CREATE,
        groups.ADD_MEMBERS,
        groups.DELETE_MEMBERS,
    ),
    undo=ENROLMENT_UNDO,
)
