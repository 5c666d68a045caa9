"""The section of each command: its file, its identities, its switches."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sync_operators.configuration.base import Section, setting
from sync_operators.configuration.sections import (
    Count,
    CourseIdentity,
    Dialect,
    NamedIdentity,
    UserIdentity,
)
from sync_operators.configuration.values import Numbers, Texts

_USER = "The field that names an account."
_COURSE = "The field that names a course."
_COHORT = "The field that names a cohort."
_GROUP = "The field that names a group."
_GROUPING = "The field that names a grouping."


def _file(name: str) -> Any:
    return setting(
        name, "The depot's file to run: a path, several with commas between, or a pattern such as `in/*.csv`."
    )


class FileCommand(Section):
    """A command that reads a CSV file."""

    file: str = _file("")
    unknown_columns: Literal["refuse", "ignore"] = setting(
        "refuse", "A file with an unknown column is refused, or that column ignored with a warning."
    )
    empty_clears: bool = setting(
        False, "An empty cell clears the stored value instead of leaving it; never a name or identifier."
    )
    dialect: Dialect = setting(Dialect(), "What is different from the section `dialect` in this command's files.")

    @model_validator(mode="before")
    @classmethod
    def _an_empty_name_is_the_default(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("file") == "":
            return {key: value for key, value in values.items() if key != "file"}
        return values


class Users(FileCommand):
    """Create, update and rename accounts."""

    file: str = _file("userimport.csv")
    identity: UserIdentity = setting("idnumber", _USER)
    course_identity: CourseIdentity = setting("shortname", _COURSE)
    create_passwords: bool = setting(False, "Moodle makes the password of a new account without one, and mails it.")
    update_passwords: bool = setting(False, "Also give existing accounts the file's password.")
    allow_rename: bool = setting(False, "Take `oldusername` and change usernames.")
    allow_admins: bool = setting(
        False, "Also change the accounts in `users.protected`; never the service account or the guest."
    )
    protect_emails: bool = setting(True, "Keep an e-mail address an account already has.")
    protected: Texts = setting(("admin",), "Usernames that are never changed, suspended or deleted.")


class UsersDelete(FileCommand):
    """Delete accounts."""

    file: str = _file("userdelete.csv")
    identity: UserIdentity = setting("username", _USER)


class UsersSuspend(FileCommand):
    """Suspend accounts."""

    file: str = _file("usersuspend.csv")
    identity: UserIdentity = setting("username", _USER)


class CoursesCreate(FileCommand):
    """Create and update courses."""

    file: str = _file("uploadcourses.csv")
    identity: CourseIdentity = setting("shortname", _COURSE)
    category_identity: Literal["path", "idnumber", "id"] = setting(
        "path", "The field that names a category; those of a path are created when missing."
    )
    update: bool = setting(False, "Also change courses that exist.")
    template_mode: Literal["none", "add", "replace"] = setting(
        "none", "What a template does to a course that exists: nothing, add content, replace content."
    )
    default_category: Annotated[int, Field(ge=1)] = setting(
        1, "Id of the category of a new course whose row names none."
    )
    protect_category: bool = setting(False, "Never move a course that exists.")
    new_categories_visible: bool = setting(True, "Categories created on the way are visible.")


class CoursesDelete(FileCommand):
    """Delete courses."""

    file: str = _file("deletecourses.csv")
    identity: CourseIdentity = setting("shortname", _COURSE)
    protected: Texts = setting((), "Courses that are never deleted, by the field of `identity`.")


class CoursesCheck(FileCommand):
    """Say which courses exist."""

    file: str = _file("courses.csv")
    identity: CourseIdentity = setting("shortname", _COURSE)


class CoursesReset(FileCommand):
    """Empty courses for a new year."""

    file: str = _file("resetcourses.csv")
    identity: CourseIdentity = setting("shortname", _COURSE)


class CoursesMeta(FileCommand):
    """Link courses to the participants of others."""

    file: str = _file("metacourses.csv")
    identity: CourseIdentity = setting("shortname", _COURSE)


class CategoriesClean(Section):
    """Delete empty categories; takes no file, and only simulates unless its `conf` says `simulate: false`."""

    start: Count = setting(0, "Id of the category to begin with, which counts itself; 0: the whole site.")
    ignore_empty_subcategories: bool = setting(True, "A category with nothing but empty ones in it is empty too.")
    keep: Numbers = setting((), "Ids of categories that stay, empty or not.")


class Enrolments(FileCommand):
    """Enrol and unenrol, give and take roles, fill course groups."""

    file: str = _file("enrols.csv")
    user_identity: UserIdentity = setting("idnumber", _USER)
    course_identity: CourseIdentity = setting("shortname", _COURSE)
    group_identity: NamedIdentity = setting("name", _GROUP)
    default_command: Literal["add", "del", "shift"] = setting(
        "add", "What a row asks for when the file has no column `cmd`."
    )
    default_method: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")] = setting(
        "manual", "Enrolment method of rows that name none."
    )
    protect_groups: bool = setting(False, "Replacing and deleting leaves memberships that others made.")


class Cohorts(FileCommand):
    """Create cohorts and fill them."""

    file: str = _file("cohorts.csv")
    identity: NamedIdentity = setting("idnumber", _COHORT)
    user_identity: UserIdentity = setting("idnumber", _USER)
    create_missing: bool = setting(True, "Create a cohort that does not exist.")


class CohortLinks(FileCommand):
    """Link cohorts to courses."""

    file: str = _file("cohortscourses.csv")
    cohort_identity: NamedIdentity = setting("idnumber", _COHORT)
    course_identity: CourseIdentity = setting("shortname", _COURSE)


class Groups(FileCommand):
    """Create and change groups and groupings."""

    file: str = _file("groups.csv")
    course_identity: CourseIdentity = setting("shortname", _COURSE)
    group_identity: NamedIdentity = setting("idnumber", _GROUP)
    grouping_identity: NamedIdentity = setting("idnumber", _GROUPING)


class GroupMembers(FileCommand):
    """Fill groups."""

    file: str = _file("groupmembers.csv")
    course_identity: CourseIdentity = setting("shortname", _COURSE)
    group_identity: NamedIdentity = setting("idnumber", _GROUP)
    user_identity: UserIdentity = setting("idnumber", _USER)
    purge_empty: Literal["none", "groups", "groupings"] = setting(
        "none",
        "Afterwards delete empty groups of the file's courses that no row puts anybody into, or empty groupings too. "
        "Every row is then looked at, as with `mode: reconcile`.",
    )


class Pictures(Section):
    """Set user pictures from zip files."""

    user_identity: UserIdentity = setting("username", "The field of the account that pictures are named after.")
    prefix: Annotated[str, Field(min_length=1)] = setting(
        "userpictures_", "Zip files of the depot's root whose names begin so are run."
    )
    overwrite: bool = setting(True, "Replace a picture the account already has.")

    @property
    def file(self) -> str:
        """The files of the command, as the other commands name theirs; a comma would part two of them there."""
        plain = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in self.prefix)
        return plain.replace(",", "?") + "*.[zZ][iI][pP]"
