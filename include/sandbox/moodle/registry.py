"""What a web-service function is, and the list of those this stand-in has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from include.sandbox.moodle.params import Struct
from include.sandbox.moodle.refusals import missing_capability
from include.sandbox.settings import SiteSettings
from include.sandbox.store import Store

# Titles as Moodle's English language pack words them in a refusal.
CAPABILITIES: Mapping[str, str] = {
    "moodle/user:create": "Create users",
    "moodle/user:update": "Update user profiles",
    "moodle/user:delete": "Delete users",
    "moodle/user:viewdetails": "View user profiles",
    "moodle/user:viewhiddendetails": "View hidden details of users",
    "moodle/user:viewalldetails": "View user full information",
    "moodle/site:viewuseridentity": "See full user identity in lists",
    "moodle/user:editprofile": "Edit user profile",
    "moodle/user:editownprofile": "Edit own user profile",
    "moodle/category:manage": "Manage categories",
    "moodle/category:viewhiddencategories": "See hidden categories",
    "moodle/course:view": "View courses without participation",
    "moodle/course:viewhiddencourses": "View hidden courses",
    "moodle/course:viewparticipants": "View participants",
    "moodle/course:create": "Create courses",
    "moodle/course:update": "Update course settings",
    "moodle/course:delete": "Delete courses",
    "moodle/course:visibility": "Hide/show courses",
    "moodle/course:changecategory": "Change course category",
    "moodle/course:changefullname": "Change course full name",
    "moodle/course:changeshortname": "Change course short name",
    "moodle/course:changeidnumber": "Change course ID number",
    "moodle/course:changesummary": "Change course summary",
    "moodle/course:manageactivities": "Manage activities",
    "moodle/course:managegroups": "Manage groups",
    "moodle/backup:backupcourse": "Back up courses",
    "moodle/backup:backuptargetimport": "Back up for import",
    "moodle/restore:restorecourse": "Restore courses",
    "moodle/restore:restoretargetimport": "Restore from files targeted as import",
    "moodle/site:accessallgroups": "Access all groups",
    "moodle/site:viewparticipants": "View participants",
    "moodle/role:assign": "Assign roles to users",
    "moodle/cohort:manage": "Create, delete and move cohorts",
    "moodle/cohort:assign": "Add and remove cohort members",
    "moodle/cohort:view": "View site-wide cohorts",
    "moodle/reportbuilder:viewall": "View all custom reports",
    "enrol/manual:enrol": "Enrol users",
    "enrol/manual:unenrol": "Unenrol users from the course",
    "enrol/meta:config": "Configure course meta link enrol instances",
    "enrol/meta:selectaslinked": "Select course as meta linked",
    "moodle/course:enrolconfig": "Configure enrol instances in courses",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The account behind a token, with what it may do."""

    user_id: int
    capabilities: frozenset[str]
    functions: frozenset[str]
    token: str

    def may(self, capability: str) -> bool:
        """Whether the account holds a capability in the system context."""
        return capability in self.capabilities

    def require(self, capability: str) -> None:
        """Refuse the call unless the account holds the capability."""
        if not self.may(capability):
            raise missing_capability(CAPABILITIES[capability])


@dataclass(frozen=True, slots=True)
class Call:
    """One call whose parameters have been checked."""

    store: Store
    settings: SiteSettings
    caller: Caller
    site_url: str
    params: Mapping[str, Any]


Run = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Function:
    """A declared function: what it takes, whether it writes, and what it does."""

    name: str
    params: Struct
    run: Run
    writes: bool
    capability: str


FUNCTIONS: dict[str, Function] = {}


def function(name: str, params: Struct, *, writes: bool = False, capability: str = "") -> Callable[[Run], Run]:
    """Declare the decorated body as web-service function `name`; `capability` is asked before it runs."""

    def declare(run: Run) -> Run:
        FUNCTIONS[name] = Function(name, params, run, writes, capability)
        return run

    return declare
