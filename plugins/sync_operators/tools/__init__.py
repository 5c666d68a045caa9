"""One module per tool: its columns, its rows → operations, its verbs → calls."""

from sync_operators.tools.tool import Tool


def tool(command: str) -> Tool:
    """The tool that runs `command`; KeyError when there is none."""
    return {each.command: each for each in tools()}[command]


def tools() -> tuple[Tool, ...]:
    """Every tool there is."""
    # Only tasks need tools.
    from sync_operators.tools.categories_clean import CATEGORIES_CLEAN  # noqa: PLC0415
    from sync_operators.tools.cohort_links import COHORT_LINKS  # noqa: PLC0415
    from sync_operators.tools.cohorts import COHORTS  # noqa: PLC0415
    from sync_operators.tools.courses_check import COURSES_CHECK  # noqa: PLC0415
    from sync_operators.tools.courses_create import COURSES_CREATE  # noqa: PLC0415
    from sync_operators.tools.courses_delete import COURSES_DELETE  # noqa: PLC0415
    from sync_operators.tools.courses_meta import COURSES_META  # noqa: PLC0415
    from sync_operators.tools.courses_reset import COURSES_RESET  # noqa: PLC0415
    from sync_operators.tools.enrolments import ENROLMENTS  # noqa: PLC0415
    from sync_operators.tools.group_members import GROUP_MEMBERS  # noqa: PLC0415
    from sync_operators.tools.groups import GROUPS  # noqa: PLC0415
    from sync_operators.tools.pictures import PICTURES  # noqa: PLC0415
    from sync_operators.tools.users import USERS, USERS_DELETE, USERS_SUSPEND  # noqa: PLC0415

    return (
        USERS,
        USERS_DELETE,
        USERS_SUSPEND,
        COURSES_CREATE,
        COURSES_DELETE,
        COURSES_CHECK,
        COURSES_META,
        COURSES_RESET,
        CATEGORIES_CLEAN,
        ENROLMENTS,
        COHORTS,
        COHORT_LINKS,
        GROUPS,
        GROUP_MEMBERS,
        PICTURES,
    )
