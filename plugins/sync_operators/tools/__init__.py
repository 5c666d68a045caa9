"""One module per tool: its columns, its rows → operations, its verbs → calls."""

from sync_operators.tools.tool import Tool


def tool(command: str) -> Tool:
    """The tool that runs `command`; KeyError when there is none."""
    # Only tasks need tools.
    from sync_operators.tools.enrolments import ENROLMENTS  # noqa: PLC0415
    from sync_operators.tools.users import USERS, USERS_DELETE, USERS_SUSPEND  # noqa: PLC0415

    return {each.command: each for each in (USERS, USERS_DELETE, USERS_SUSPEND, ENROLMENTS)}[command]
