"""One module per tool: its columns, its rows → operations, its verbs → calls."""

from sync_operators.tools.tool import Tool


def tool(command: str) -> Tool:
    """The tool that runs `command`; KeyError when there is none."""
    from sync_operators.tools.users import USERS, USERS_DELETE, USERS_SUSPEND  # noqa: PLC0415 - only tasks need tools

    return {each.command: each for each in (USERS, USERS_DELETE, USERS_SUSPEND)}[command]
