"""What a DAG run was asked for: its params and conf, checked."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.plans.request import Request

_OF_EVERY_DAG = frozenset({"command", "file", "simulate", "mode", "correlation_id", "run_id"})
"""Params that say what is to be run; every other is a setting of the command, for this run alone."""


def conf_of(context: "Context") -> dict[str, Any]:
    """The DAG run's own conf."""
    return dict(context["dag_run"].conf or {})


def check_conf(context: "Context", commands: tuple[str, ...] = ()) -> None:
    """Refuse keys that nobody knows, and a file without the command it is for: Airflow would take both."""
    from sync_operators.errors import ConfigurationError

    # The DAG's own params: a task may have further ones, which are asked of a person.
    known = set(context["dag"].params)
    unknown = [key for key in conf_of(context) if key not in known]
    if unknown:
        told = ", ".join(_with_nearest(key, known) for key in unknown)
        raise ConfigurationError(
            f"Unknown key in conf: {told}.", remedy=f"Known are {', '.join(f'`{key}`' for key in sorted(known))}."
        )
    if context["params"].get("file") and not context["params"].get("command") and len(commands) > 1:
        raise ConfigurationError(
            "The conf names a `file`, but not the `command` it is for.",
            remedy=f"Add `command`: one of {', '.join(commands)}.",
        )


def _with_nearest(key: str, known: set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, 1)
    return f"`{key}` (did you mean `{near[0]}`?)" if near else f"`{key}`"


def is_asked(context: "Context", command: str) -> bool:
    """Whether the DAG run is to run this command."""
    return context["params"].get("command") in {None, command}


def request_of(context: "Context", command: str) -> "Request":
    """The request to one command of this DAG run."""
    from sync_operators.plans.request import Request

    params, ti, dag_run = context["params"], context["ti"], context["dag_run"]
    return Request(
        command=command,
        file=params.get("file"),
        simulate=bool(params.get("simulate")),
        mode=params.get("mode") or "delta",
        correlation_id=params.get("correlation_id"),
        dag_id=ti.dag_id,
        dag_run_id=ti.run_id,
        attempt=ti.try_number,
        started_by=getattr(dag_run, "triggering_user_name", None) or str(dag_run.run_type),
        answered=params.get("run_id"),
        asked={key: params[key] for key in params if key not in _OF_EVERY_DAG and params[key] is not None},
    )
