"""Which capabilities each function of the web service asks of the account behind the token (`moodle/ws-functions.md`).

The one table behind the doctor, the message of a missing capability and the manual.
"""

from collections.abc import Iterable, Mapping
from typing import Final

REST: Final = "webservice/rest:use"
"""Needed for any call."""

# Seen on a Moodle 4.5.6: without the first two nobody is found by name, without the third addresses are left out. The
# fourth matters where the site hides fields from profiles (`hiddenuserfields`).
_SIGHT: Final = (
    "moodle/user:viewdetails",
    "moodle/user:viewalldetails",
    "moodle/site:viewuseridentity",
    "moodle/user:viewhiddendetails",
)
_GROUPS: Final = ("moodle/course:managegroups",)
_COURSES: Final = ("moodle/course:view", "moodle/course:update", "moodle/course:viewhiddencourses")
_MANAGE_CATEGORIES: Final = ("moodle/category:manage", "moodle/category:viewhiddencategories")
_ENTRY: Final = ("moodle/course:view", "moodle/course:viewhiddencourses")
"""Who acts in a course must be able to enter it."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "core_webservice_get_site_info": (),
    "core_user_create_users": ("moodle/user:create",),
    "core_user_update_users": ("moodle/user:update",),
    "core_user_delete_users": ("moodle/user:delete",),
    "core_user_get_users": _SIGHT,
    "core_user_get_users_by_field": _SIGHT,
    "core_user_update_picture": ("moodle/user:editprofile",),
    "core_files_upload": (),
    "core_files_get_unused_draft_itemid": (),
    "core_files_delete_draft_files": (),
    "core_course_create_categories": _MANAGE_CATEGORIES,
    "core_course_update_categories": _MANAGE_CATEGORIES,
    "core_course_delete_categories": _MANAGE_CATEGORIES,
    "core_course_get_categories": ("moodle/category:viewhiddencategories",),
    "core_course_create_courses": ("moodle/course:create", "moodle/course:visibility"),
    "core_course_update_courses": (
        "moodle/course:update",
        "moodle/course:changecategory",
        "moodle/course:changefullname",
        "moodle/course:changeshortname",
        "moodle/course:changeidnumber",
        "moodle/course:changesummary",
        "moodle/course:visibility",
        *_ENTRY,
    ),
    "core_course_delete_courses": ("moodle/course:delete", *_ENTRY),
    "core_course_get_courses": _COURSES,
    "core_course_get_courses_by_field": ("moodle/course:viewhiddencourses",),
    "core_course_get_contents": _COURSES,
    "core_course_duplicate_course": (
        "moodle/backup:backupcourse",
        "moodle/restore:restorecourse",
        "moodle/course:create",
    ),
    "core_course_import_course": ("moodle/backup:backuptargetimport", "moodle/restore:restoretargetimport", *_ENTRY),
    "enrol_manual_enrol_users": ("enrol/manual:enrol", "moodle/role:assign", *_ENTRY),
    "enrol_manual_unenrol_users": ("enrol/manual:unenrol", *_ENTRY),
    "enrol_meta_add_instances": (
        "enrol/meta:config",
        "enrol/meta:selectaslinked",
        "moodle/course:enrolconfig",
        *_ENTRY,
    ),
    "enrol_meta_delete_instances": ("enrol/meta:config", *_ENTRY),
    "core_enrol_get_enrolled_users": (
        "moodle/course:viewparticipants",
        "moodle/course:enrolreview",
        "moodle/site:accessallgroups",
        "moodle/user:viewdetails",
        *_ENTRY,
    ),
    "core_role_assign_roles": ("moodle/role:assign", *_ENTRY),
    "core_role_unassign_roles": ("moodle/role:assign", *_ENTRY),
    "core_cohort_create_cohorts": ("moodle/cohort:manage",),
    "core_cohort_update_cohorts": ("moodle/cohort:manage",),
    "core_cohort_delete_cohorts": ("moodle/cohort:manage",),
    "core_cohort_get_cohorts": ("moodle/cohort:view",),
    "core_cohort_search_cohorts": ("moodle/cohort:view",),
    "core_cohort_get_cohort_members": ("moodle/cohort:view",),
    "core_cohort_add_cohort_members": ("moodle/cohort:assign",),
    "core_cohort_delete_cohort_members": ("moodle/cohort:assign",),
    **dict.fromkeys(
        (
            "core_group_create_groups",
            "core_group_update_groups",
            "core_group_delete_groups",
            "core_group_get_course_groups",
            "core_group_get_groups",
            "core_group_add_group_members",
            "core_group_delete_group_members",
            "core_group_get_group_members",
            "core_group_create_groupings",
            "core_group_update_groupings",
            "core_group_delete_groupings",
            "core_group_get_course_groupings",
            "core_group_get_groupings",
            "core_group_assign_grouping",
            "core_group_unassign_grouping",
        ),
        (*_GROUPS, *_ENTRY),
    ),
}

IN_SYSTEM: Final = (
    "core_user_create_users",
    "core_user_update_users",
    "core_user_delete_users",
    "core_user_get_users",
    "core_user_get_users_by_field",
)
"""Functions that check in the system context: there a missing capability is the account's, not a row's."""


def capabilities(functions: Iterable[str]) -> tuple[str, ...]:
    """All that an account needs to call these functions, each once; KeyError for a function without an entry."""
    return tuple(dict.fromkeys([REST, *(each for function in functions for each in NEEDED[function])]))
