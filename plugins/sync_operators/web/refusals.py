"""What a page answers instead of what was asked: status, what happened, what was not harmed, one next step."""

from dataclasses import dataclass, field, replace
from typing import Any

from sync_operators.web.language import N_


@dataclass(eq=False)
class Refused(Exception):
    """An answer other than the page; texts are messages of the catalogue, `values` fill their {places}.

    `link` is an address below the pages (or below Airflow, with `airflow`), `link_text` its label.
    """

    status: int
    title: str
    text: str
    link: str | None = None
    link_text: str = ""
    airflow: bool = False
    values: dict[str, Any] = field(default_factory=dict)


def not_signed_in() -> Refused:
    """Nobody, or a session that has ended."""
    return Refused(
        401,
        N_("Your session has ended."),
        N_("Sign in to Airflow again; what you typed here is kept."),
        "auth/login",
        N_("Sign in"),
        airflow=True,
    )


def no_longer_known() -> Refused:
    """A session that Airflow does not take, such as one of before its keys were changed."""
    return replace(not_signed_in(), status=403)


def forbidden(method: str, dag_id: str) -> Refused:
    """Somebody without that right on the DAG."""
    text = (
        N_("To look at this needs the right to read {dag} in Airflow.")
        if method == "GET"
        else N_("You can look but not change: this needs the right to edit {dag} in Airflow. Nothing was changed.")
    )
    return Refused(403, N_("Not allowed."), text, "", N_("Overview"), values={"dag": dag_id})


def not_found() -> Refused:
    """No such page, run or file."""
    return Refused(
        404,
        N_("There is nothing here."),
        N_("The address is wrong, or retention has removed what it named."),
        "",
        N_("Overview"),
    )


def cross_site() -> Refused:
    """A write that another site sent with this person's session."""
    return Refused(
        403,
        N_("Refused."),
        N_("The request came from another site. Nothing was changed."),
        "",
        N_("Overview"),
    )


def broken() -> Refused:
    """A bug of ours; the trace is in the log."""
    return Refused(
        500,
        N_("This page failed."),
        N_("That is a fault of Tool Sync; its trace is in the log of the Airflow api-server. Runs are not affected."),
        "",
        N_("Overview"),
    )


def plain(status: int) -> Refused:
    """What the web framework refuses by itself: a wrong method, a parameter that cannot be read."""
    return Refused(
        status,
        N_("The request cannot be answered."),
        N_("Something in the address or the form cannot be read. Nothing was changed."),
        "",
        N_("Overview"),
    )
