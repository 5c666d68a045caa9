"""The sections of the configuration: every setting with its default and its sentence for the manual.

Names and defaults are a contract with those who configure a site; `docs/reference/settings.md`,
`include/config/sync.schema.json` are made from this module.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveInt, model_validator
from pydantic.fields import FieldInfo

from sync_operators.configuration.base import CHECKOUT, Section, setting
from sync_operators.configuration.values import (
    Bytes,
    DepotUrl,
    DropName,
    Duration,
    Encoding,
    Folders,
    Seconds,
    SeparatorText,
    Suffix,
    Texts,
    TimeZone,
)

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
UserIdentity = Literal["id", "idnumber", "username", "email"]
CourseIdentity = Literal["id", "idnumber", "shortname"]
NamedIdentity = Literal["id", "idnumber", "name"]


class Site(Section):
    """The Moodle site as people know it."""

    name: str = setting("", "The site's name in reports; empty: the name Moodle tells.")
    timezone: TimeZone = setting("UTC", "Times in command files that name no zone are in this one.")
    language: Literal["en", "fr"] = setting("en", "Language of reports.")


class Depot(Section):
    """Where command files and products are kept."""

    url: DepotUrl = Field(
        default_factory=(CHECKOUT / ".local" / "depot").as_uri,
        description="Address of the depot; default: the ignored folder `.local/depot` of the checkout. "
        "Anything but `file://` needs the connection `sync_ledger`.",
    )
    reserve: Bytes = setting(256 * 1024**2, "Nothing is captured that would leave less free space than this.")
    largest_upload: Bytes = setting(2 * 1024**3, "A larger file cannot be uploaded through the pages.")


class Drop(Section):
    """How files are taken from the drop. Its address and directory are in the connection `sync_drop`."""

    settle_seconds: Seconds = setting(2.0, "A file is complete when size and time stay the same this long.")
    done_suffix: Suffix | None = setting(
        None, "Take a file only when one of the same name with this suffix lies beside it."
    )
    checksum_suffix: Suffix | None = setting(
        None, "Take a file only when one of the same name with this suffix lies beside it and holds its SHA-256."
    )
    checksum_grace: Duration = setting(
        timedelta(days=1), "A file whose checksum stays wrong this long goes to quarantine."
    )
    partial_suffixes: Texts = setting(
        (".part", ".filepart", ".tmp", ".swp", "~"), "Names that end so are still being written."
    )
    folders: Folders = setting((), "Folders of the drop whose files are taken, too, into folders of the same name.")
    max_files: PositiveInt = setting(10_000, "Files taken in one capture.")
    max_bytes: Bytes = setting(
        2 * 1024**3, "Bytes taken in one capture. A file larger than that, packed or not, is not taken, with an error."
    )
    max_entries: PositiveInt = setting(1000, "A zip of command files with more entries goes to quarantine.")
    max_ratio: PositiveInt = setting(200, "What unpacks to more than so many times its size goes to quarantine.")
    parallel: PositiveInt = setting(64, "Requests to the drop under way at once.")
    lock_stale_after: Duration = setting(timedelta(hours=3), "A foreign lock older than this is taken over.")
    write_back: bool = setting(
        True, "When a run has ended, put report and tryback into the drop; off where the account may not write."
    )
    alock: DropName = setting("alock.txt", "While this file lies in the drop nothing is taken: the ERP is writing.")
    lock: DropName = setting("lock.txt", "We put this file into the drop while we take files.")


class Dialect(Section):
    """How command files are written, as far as it is not to be found out."""

    encoding: Encoding | None = setting(None, "Encoding of the text; null: found by byte order mark and content.")
    separator: Annotated[Literal[";", ",", "\t", ":"] | None, SeparatorText] = setting(
        None, "Between two values; `tab` is a tab; null: found in the header."
    )
    comment: Annotated[str, Field(max_length=1)] = setting(
        "#", "A row that begins with this character is left out; empty: none."
    )
    max_field_bytes: Bytes = setting(1024**2, "A longer value makes its row an error.")
    old_comments: bool = setting(
        False, "Also leave out rows that begin with `(`, `[`, `-`, `/` or a space, as the Moodle plugin did."
    )
    old_escapes: bool = setting(
        False, "Read `&#44` and `&#59` in a value as comma and semicolon, as the Moodle plugin did."
    )


class Moodle(Section):
    """How Moodle is called. Its address and token are in the connection `sync_moodle`."""

    batch_rows: PositiveInt = setting(100, "Rows of one call at most.")
    connections: PositiveInt = setting(2, "Calls under way at once; as many as the server has free cores.")
    max_fields: PositiveInt = setting(900, "Form fields of one call at most; keep it under PHP's `max_input_vars`.")
    timeout: Seconds = setting(60.0, "Longest wait for an answer.")
    lease_wait: Seconds = setting(900.0, "Longest wait for another run that writes to the same site.")


class Limit(Section):
    """When a plan is held for a person; null: no limit of that kind."""

    count: Count | None = setting(None, "Hold when more operations than this; null: any number.")
    share: Share | None = setting(
        None,
        "Hold when more than this share of the known entities (`errors`: of the rows read); `0.1` is 10 %; null: any.",
    )
    floor: Count = setting(0, "Up to so many operations a share never holds.")


class Scopes(Section):
    """The same limits within one category, course, cohort or institution."""

    category: Limit = setting(Limit(), "Within one course category.")
    course: Limit = setting(Limit(), "Within one course.")
    cohort: Limit = setting(Limit(), "Within one cohort.")
    institution: Limit = setting(Limit(), "Within one institution.")


class Guard(Limit):
    """A limit for a whole command, and those within parts of the site."""

    scopes: Scopes = setting(Scopes(), "Limits within parts of the site.")


class FileLimit(Section):
    """When a file that is unlike the last one is held; null: never."""

    share: Share | None = setting(None, "Of what this is a share stands above; null: never hold.")
    floor: Count = setting(0, "Up to so many rows a file never holds.")


def _within(share: float, floor: int) -> Guard:
    """Limits of a verb for the site, and for its parts, which are more lively."""
    limit = Limit(share=_OF_A_PART, floor=floor)
    parts = Scopes(category=limit, course=limit, cohort=limit, institution=limit)
    return Guard(share=share, floor=floor, scopes=parts)


_OF_A_PART = 0.40


class Verbs(Section):
    """The guards of one command; what is not given of a guard keeps its default."""

    create: Guard = setting(Guard(), "Entities created.")
    update: Guard = setting(Guard(share=0.75, floor=100), "Entities changed.")
    suspend: Guard = setting(_within(0.10, 20), "Accounts suspended.")
    delete: Guard = setting(_within(0.10, 20), "Entities deleted.")
    unenrol: Guard = setting(_within(0.25, 50), "Enrolments ended.")
    remove: Guard = setting(_within(0.25, 50), "Members, roles and links removed.")
    errors: Guard = setting(Guard(share=0.50, floor=20), "Rows in error.")
    all_changed: FileLimit = setting(
        FileLimit(share=0.99, floor=100),
        "More than this share of the rows read are not unchanged, though one of the last ten runs left more than "
        "half of its rows unchanged.",
    )
    identity_changed: FileLimit = setting(
        FileLimit(share=0.50, floor=20),
        "More than this share of the rows read give another identity to something that is known: it is renamed, or "
        "its other unique values are taken.",
    )
    shrunk: FileLimit = setting(
        FileLimit(share=0.50, floor=100),
        "The file has fewer rows than this share of the last one, and of each of the last ten. `floor` is of the rows "
        "of those.",
    )
    header: FileLimit = setting(
        FileLimit(share=0.0, floor=20),
        "More than this share of the columns are not in both this file and the last one; `0`: any.",
    )

    @model_validator(mode="before")
    @classmethod
    def _keep_what_is_not_given(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {verb: _over_default(cls.model_fields.get(verb), given) for verb, given in values.items()}


def _over_default(field: FieldInfo | None, given: Any) -> Any:
    if field is None or not isinstance(given, dict):
        return given
    return _merged(field.default.model_dump(exclude_unset=True), given)


def _merged(default: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What is given, over what is not, at every depth."""
    both = {name: (default.get(name), value) for name, value in given.items()}
    deep = {
        name: _merged(old, new) if isinstance(old, dict) and isinstance(new, dict) else new
        for name, (old, new) in both.items()
    }
    return {**default, **deep}


class UnheldErrors(Verbs):
    """The guards of a command of which every row is an error, being carried out by other means."""

    errors: Guard = setting(Guard(), "Rows in error: that every row is one holds nothing.")


class Guards(Section):
    """Limits per command and verb; over one, the plan is held until a person answers."""

    users: Verbs = Verbs()
    users_delete: Verbs = Verbs()
    users_suspend: Verbs = Verbs()
    courses_create: Verbs = Verbs()
    courses_delete: Verbs = Verbs()
    courses_check: Verbs = Verbs()
    courses_reset: Verbs = Verbs()
    courses_meta: Verbs = Verbs()
    categories_clean: Verbs = Verbs()
    enrolments: Verbs = Verbs()
    cohorts: Verbs = Verbs()
    cohort_links: UnheldErrors = UnheldErrors()
    groups: Verbs = Verbs()
    group_members: Verbs = Verbs()
    pictures: Verbs = Verbs()


class Retention(Section):
    """How many days things are kept, by the stamp in their name or the ledger; 0: for ever."""

    archives_days: Count = setting(90, "Archived command files.")
    reports_days: Count = setting(90, "Reports.")
    tryback_days: Count = setting(90, "Trybacks.")
    quarantine_days: Count = setting(90, "Files that could not be run.")
    undo_days: Count = setting(30, "Undo files.")
    drop_days: Count = setting(14, "Reports and trybacks that we put into the drop.")
    secrets_days: Count = setting(7, "Copies of files with a password column, and their trybacks.")
    ledger_days: Count = setting(400, "Rows, operations and events of ended runs; the runs keep their counts.")
    simulated_days: Count = setting(7, "Runs of a simulation.")


class Report(Section):
    """What a report says, and what makes a DAG run red."""

    fail_on: Literal["refused", "errors"] = setting(
        "refused", "A DAG run is red when a file was refused, or already when a row was in error."
    )
    list_unchanged: bool = setting(False, "Also list the rows that changed nothing.")


class Approvals(Section):
    """Who answers for a held plan."""

    approvers: Texts = setting((), "Names of the accounts that may; empty: whoever Airflow lets answer.")
    four_eyes: bool = setting(False, "Never the account that started the run.")
    timeout: Duration = setting(timedelta(hours=72), "Without an answer by then the plan is rejected.")


def _over_standard_roles(given: Any) -> Any:
    """Roles of the site beside Moodle's standard ones; null takes one away."""
    if not isinstance(given, dict):
        return given
    return {name: number for name, number in {**STANDARD_ROLES, **given}.items() if number is not None}


# The ids of a Moodle that was installed afresh: moodle/ws-functions.md. No web service tells them.
STANDARD_ROLES: Mapping[str, int] = {
    "manager": 1,
    "coursecreator": 2,
    "editingteacher": 3,
    "teacher": 4,
    "student": 5,
    "guest": 6,
    "user": 7,
    "frontpage": 8,
}
Roles = Annotated[dict[str, PositiveInt], BeforeValidator(_over_standard_roles)]
