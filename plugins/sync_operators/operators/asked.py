"""What a DAG run was asked for: its params and conf, checked."""

from typing import TYPE_CHECKING, Any

from sync_operators.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sync_operators.plans.request import Request


def conf_of(context: "Context") -> dict[str, Any]:
    """The DAG run's own conf."""
    return dict(context["dag_run"].conf or {})


def check_conf(context: "Context", commands: tuple[str, ...]) -> None:
    """Refuse keys that nobody knows, and a file without the command it is for: Airflow would take both."""
    from difflib import get_close_matches

    known = set(context["params"])
    unknown = [key for key in conf_of(context) if key not in known]
    if unknown:
        near = {key: get_close_matches(key, known, 1) for key in unknown}
        told = ", ".join(f"`{key}`" + (f" (did you mean `{near[key][0]}`?)" if near[key] else "") for key in unknown)
        raise ConfigurationError(f"Unknown key in conf: {told}.", remedy=f"Known are {', '.join(sorted(known))}.")
    if context["params"]["file"] and not context["params"]["command"] and len(commands) > 1:
        raise ConfigurationError(
            "conf names a `file`, but not the `command` it is for.",
            remedy=f"Add `command`: one of {', '.join(commands)}.",
        )


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
    )
