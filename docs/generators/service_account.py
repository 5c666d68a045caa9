"""The page of the service account: what it needs is what the tools declare and the doctor looks for."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sync_operators.doctor.finding import catalogue
from sync_operators.moodle.capabilities import NEEDED, REST, capabilities
from sync_operators.moodle.client import SITE_INFO
from sync_operators.tools import tools
from sync_operators.tools.tool import Tool

_HEAD = """# The service account, its role and its token

<!-- Made by docs/generate.py from the tools and from moodle/capabilities.py, as the doctor: do not edit. -->

Tool Sync calls Moodle with the token of one account. An administrator makes it once, in Moodle's pages:

1. *Site administration > Advanced features*: switch on **Enable web services**. *Server > Web services > Manage
   protocols*: switch on **REST protocol**.
2. *Users > Permissions > Define roles > Add a new role*: without archetype, context type **System**, with the
   [capabilities](#capabilities) of the commands you use. For enrolments also *Define roles > Allow role assignments*:
   tick the roles that the new role may give.
3. *Users > Accounts > Add a new user*: an account for the service alone, with the authentication method *Web services
   authentication*. Not a site administrator: then Moodle itself refuses to touch administrators. *Users > Permissions
   > Assign system roles*: give it the new role.
4. *Server > Web services > External services > Add*: **Enabled** and **Authorised users only**; for `pictures` also
   *Show more > Can upload files*. *Functions*: add the [functions](#functions) of the commands you use. *Authorised
   users*: add the account.
5. *Server > Web services > Manage tokens > Create token*: for that account and that service. Limit it to the
   addresses of your workers, and note when it ends.
6. The token is the password of the Airflow connection `sync_moodle`, the site's address its host:

   ```sh
   export AIRFLOW_CONN_SYNC_MOODLE='{"conn_type": "http", "host": "https://moodle.example.org", "password": "<token>"}'
   ```

7. *Users > Permissions > User policies > Show user identity* holds *Email address* from the start; without it Moodle
   tells nobody's address. Links between courses need the enrolment method *Course meta link* enabled (*Plugins >
   Enrolments*): without it Moodle makes the link, and nobody follows.
8. `make doctor`, or the DAG `sync_doctor`, says what is still missing. `make doctor ARGS="--commands
   users,enrolments"` looks at what those need, `ARGS=--json` answers for a script; the exit status is 1 when
   something fails.

## Capabilities

Allow them at system level. Every command needs `{rest}`.

| command | capabilities |
| --- | --- |
"""
_FUNCTIONS = """
## Functions

Every command needs `{site_info}`.

| command | functions |
| --- | --- |
"""
_BOTH = """
## Which function needs which capability

| function | capabilities |
| --- | --- |
"""
_CHECKS = """
## What the doctor looks at

Drop and depot get a probe file that is taken away again; Moodle is only read. A check whose ground is missing is
`skipped`. What a command lacks fails when the site uses the command: those named by `--commands`, else those that
have had a run, else all. Capabilities that only writing would show are named as such; a run that lacks one ends red
and says which.

| check | may find |
| --- | --- |
"""


def page() -> str:
    """Give the manual's page of the service account."""
    every = {function for tool in tools() for function in (*tool.functions, *tool.functions_of_some)} | {SITE_INFO}
    return "".join(
        (
            _HEAD.replace("{rest}", REST),
            *(row for tool in tools() for row in _rows(tool, lambda functions: capabilities(functions)[1:])),
            _FUNCTIONS.replace("{site_info}", SITE_INFO),
            *(row for tool in tools() for row in _rows(tool, tuple)),
            _BOTH,
            *(f"| `{name}` | {_names(NEEDED[name]) or '–'} |\n" for name in sorted(every)),
            _CHECKS,
            *_checks(),
        )
    )


def _rows(tool: Tool, told: Callable[[Iterable[str]], Iterable[str]]) -> Iterator[str]:
    """What the command needs, and what it needs besides for rows and settings that ask for more."""
    always = list(told(tool.functions))
    yield f"| `{tool.command}` | {_names(always)} |\n"
    if more := [name for name in told(tool.functions_of_some) if name not in always]:
        yield f"| `{tool.command}`, if rows or settings ask for it | also {_names(more)} |\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _checks() -> Iterator[str]:
    found: dict[str, list[dict[str, Any]]] = {}
    for key, entry in catalogue().items():
        subject, check, _ = key.split(".")
        if subject != "any":
            found.setdefault(f"{subject}/{check}", []).append(dict(entry))
    for check, entries in found.items():
        cases = "; ".join(f"**{entry['level']}** {_cell(entry['en'])}" for entry in entries if entry["level"] != "ok")
        yield f"| `{check}` | {cases or '**fail** in the words of the error'} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{", "*").replace("}", "*")
