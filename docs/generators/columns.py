"""The page of the columns of each command, from their declarations."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Final

from docs.generators.cohort_texts import COHORT_LINKS, COHORTS
from docs.generators.course_texts import (
    COURSES_CHECK,
    COURSES_CREATE,
    COURSES_DELETE,
    COURSES_META,
    COURSES_RESET,
)
from docs.generators.enrolment_texts import ENROLMENTS
from docs.generators.group_texts import GROUP_MEMBERS, GROUPS
from docs.generators.picture_texts import SECTION as PICTURES
from docs.generators.texts import Text
from sync_operators.command_files.columns import Cells, Column, Pattern
from sync_operators.command_files.values import yes_or_no
from sync_operators.settings import load_settings
from sync_operators.tools import tool
from sync_operators.tools.tool import Tool, ToolSettings

COMMANDS: Final = (
    *("users", "users_delete", "users_suspend"),
    *("courses_create", "courses_delete", "courses_check", "courses_reset", "courses_meta"),
    "enrolments",
    "cohorts",
    "cohort_links",
    "groups",
    "group_members",
)

_HEAD = """# Columns of command files

<!-- Made by docs/generate.py from plugins/sync_operators/tools: do not edit. -->

A file begins with a header. The order of its columns and their letter case do not matter; a column that is not
listed here refuses the file, or is left out with a warning (`unknown_columns: ignore`). Blanks around a value, the
look-alike and the invisible ones too, are no part of it.

Only columns that the file has are ever sent. An empty cell leaves what Moodle holds; with `empty_clears: true` it
clears it, where the last column says "can be cleared". A required value may never be empty. Every row is checked
before anything of it is sent: one wrong value, and the row is an error as a whole.

How values compare:

| value | compares |
| --- | --- |
| user names, e-mail addresses | without letter case |
| `idnumber` and all else | byte by byte, whatever Moodle's database does: `e1` is not `E1` (see below) |
| passwords | never |
| phones, `description`, `maildisplay` | with nothing, because Moodle does not tell them |

What compares with nothing is sent when the row is new or has changed, and along with any other change of its account.

Byte by byte also means that an `é` written as one character is not an `e` with an accent behind it: both look alike,
and are two idnumbers. Export identifiers in one form (Unicode NFC), or in plain letters and digits.

Yes and no: `1 yes true oui vrai`, `0 no false non faux`, in any letter case.
"""
_TABLE = "\n| column | required | holds | limit | in Moodle |\n| --- | --- | --- | --- | --- |\n"


_BLOCK = "the account is written first; what a block lacks is an error of the row beside it, and the other blocks go on"
_NOTHING = "no web service takes them: left out, with `warn_ignored_column`"
_CLEARED = "can be cleared"

TEXTS: Final[Mapping[str, Text]] = {
    "username": Text(
        "the name to sign in with; it finds the account where the row gives no other identity",
        "lower-cased; changes only by `oldusername`",
        "`a-z 0-9 - . _ @`",
    ),
    "firstname": Text("first name", "stored as given", "no tags (`<…`)"),
    "lastname": Text("last name", "stored as given", "no tags (`<…`)"),
    "idnumber": Text("the person's number in the ERP", "stored as given, never cleared"),
    "email": Text(
        "e-mail address; a new account needs one",
        "kept when the account has another one, unless `protect_emails: false`; filled when it has none",
        "an address in ASCII",
    ),
    "password": Text(
        "a password in plain text; `*NOPASS*`: one that nobody knows; empty: see `create_passwords`",
        "sent to new accounts, and to known ones only with `update_passwords: true`; never in a report or log",
        "the site's password policy",
    ),
    "auth": Text("authentication method; `manual` for a new account", "never cleared", "installed on the site"),
    "institution": Text("institution", _CLEARED, "no tags but those of several languages"),
    "department": Text("department", _CLEARED, "no tags but those of several languages"),
    "city": Text("city", _CLEARED, "no tags but those of several languages"),
    "country": Text("country", f"upper-cased; {_CLEARED}", "two letters of ISO 3166: `GB`, not `UK`"),
    "lang": Text("language", f"lower-cased, without `_utf8`; {_CLEARED}", "installed on the site: `en`, `fr`, `zh_cn`"),
    "timezone": Text("time zone", _CLEARED, "`Europe/Paris`, hours from UTC, or `99` for the server's"),
    "maildisplay": Text(
        "who sees the address: 0 nobody, 1 everybody, 2 course members", "never told by Moodle", "0, 1, 2"
    ),
    "mailformat": Text("0 plain text, 1 HTML", "never cleared", "0, 1"),
    "phone1": Text("phone", f"told by Moodle to some only; {_CLEARED}", "no tags (`<…`)"),
    "phone2": Text("mobile phone", f"told by Moodle to some only; {_CLEARED}", "no tags (`<…`)"),
    "address": Text("postal address", _CLEARED, "no tags but those of several languages"),
    "description": Text("text about the person, HTML", f"told by Moodle to some only; {_CLEARED}"),
    "suspended": Text(
        "whether the account is suspended", "a new one is made first, then suspended; empty: left as it is"
    ),
    "deleted": Text(
        "yes: delete the account; no or empty: nothing", "an account that is not there is `skipped_not_found`"
    ),
    "oldusername": Text(
        "the user name so far, when `username` is a new one",
        "needs `allow_rename: true`; without effect once the account has its new name",
        "as `username`",
    ),
    "cohort": Text(
        "name of a cohort that the account is put into; of several with one name, the one with `cohortid`",
        "made for the whole site when missing, with `cohortid`; nobody is taken out",
        "no tags but those of several languages",
    ),
    "cohortid": Text(
        "idnumber of a cohort that is made; without `cohort`, of the one that the account is put into",
        "without `cohort`, an unknown one is `error_unknown_cohort`",
    ),
    "id": Text("Moodle's own id of the account; only with `identity: id`", "never made: an unknown one is an error"),
    "profile_field_<short>": Text(
        "custom profile field, by its short name",
        "read back after writing: a value that Moodle drops is `warn_not_stored`; can be cleared",
        "short name: letters, digits, `_`, `-`",
    ),
    "course<n>": Text("course of enrolment block n, by `course_identity`; empty: no such block", _BLOCK),
    "role<n>": Text("role in the course, by its shortname; empty: `student`", "added to those held", "one of `roles`"),
    "enrol<n>": Text("enrolment method; empty: `manual`", "a method that the course lacks is an error", "`manual`"),
    "start<n>": Text(
        "begin of the enrolment; empty: now",
        "sent once: Moodle does not tell it",
        "in the site's time zone if none is given",
    ),
    "end<n>": Text("end of the enrolment; empty or 0: none", "as `start<n>`; never before it", "as `start<n>`"),
    "group<n>": Text("name of a group of the course", "made when missing; nobody is taken out of another"),
    "wwwroot<n>": Text("another Moodle, by MNet", "never: the account is written, and the row is `error_unsupported`"),
}

NAMES: Final[Mapping[str, Text]] = {
    "username": Text(
        "the account's user name", "with `idnumber` beside it, both must mean one account", "`a-z 0-9 - . _ @`"
    ),
    "idnumber": Text("the account's idnumber", "with another one stored, the row is `error_identity_conflict`"),
    "id": Text("Moodle's own id of the account; only with `identity: id`", "the one that counts"),
}
"""Where a command only names accounts; `identity: email` takes a column `email` likewise."""

TEXTS_OF: Final[Mapping[str, Mapping[str, Text]]] = {
    "users": TEXTS,
    "users_delete": NAMES,
    "users_suspend": NAMES,
    "courses_create": COURSES_CREATE,
    "courses_delete": COURSES_DELETE,
    "courses_check": COURSES_CHECK,
    "courses_reset": COURSES_RESET,
    "courses_meta": COURSES_META,
    "enrolments": ENROLMENTS,
    "cohorts": COHORTS,
    "cohort_links": COHORT_LINKS,
    "groups": GROUPS,
    "group_members": GROUP_MEMBERS,
}


def page() -> str:
    """Give the manual's page of every column."""
    return _HEAD + "".join(map(_section, COMMANDS)) + PICTURES


def declared(command: str) -> list[Column | Pattern]:
    """The columns of a command in the order of their declaration, the identity `id` with them."""
    its_tool = tool(command)
    schema = its_tool.schema(_settings(command))
    return [*schema.columns, *schema.patterns]


def _settings(command: str) -> ToolSettings:
    named = "identity" in type(load_settings(None, {}).command(command)).model_fields
    settings = load_settings(None, {f"SYNC__{command.upper()}__IDENTITY": "id"} if named else {})
    return ToolSettings(settings.command(command), settings.users, UTC)


def _section(command: str) -> str:
    ignored = tool(command).ignored_columns
    texts = TEXTS_OF[command]
    rows = (_row(each, texts[each.name]) for each in declared(command) if each.name not in ignored)
    return f"\n## {command}\n\n{_says(command)}\n{_TABLE}{''.join(rows)}{_ignored(tool(command))}"


def _says(command: str) -> str:
    settings = load_settings(None, {}).command(command)
    keys = ", ".join(f"`{name}`" for name in type(settings).model_fields if name not in {"file", "dialect"})
    return (
        f"{type(settings).__doc__} Default file `{settings.file}`; see [`{command}`](settings.md#{command}) for {keys}."
    )


def _row(cells: Column | Pattern, text: Text) -> str:
    required = "yes" if cells.required else "in the header" if cells.in_header else ""
    return f"| `{cells.name}` | {required} | {text.holds} | {'; '.join(_limits(cells, text))} | {text.moodle} |\n"


def _limits(cells: Cells, text: Text) -> Iterable[str]:
    if cells.limit is not None:
        yield f"{cells.limit} {cells.unit}"
    if cells.parse is yes_or_no:
        yield "yes or no"
    if text.allowed:
        yield text.allowed


def _ignored(its_tool: Tool) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(its_tool.ignored_columns))
    return f"\n{names}: {_NOTHING}.\n" if names else ""
