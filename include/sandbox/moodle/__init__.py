"""The stand-in Moodle: one module per area of web-service functions.

Importing the package declares every function; a new area is a new module beside these.
"""

from importlib import import_module

# Areas in the order of ws-functions.md.
AREAS = (
    "site",
    "users_read",
    "users_write",
    "pictures",
    "files",
    "categories",
    "courses",
    "courses_write",
    "course_copies",
    "course_contents",
    "manual_enrolments",
    "participants",
    "meta_links",
    "roles",
    "cohorts",
    "cohort_members",
    "groups",
    "group_members",
    "groupings",
    "reports",
)
for area in AREAS:
    import_module(f"{__name__}.{area}")
