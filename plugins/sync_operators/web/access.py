"""The one module of the pages that knows Airflow: who asks, what they may do, and what Airflow is asked to do.

What it imports is no public interface of Airflow; `tests/web/test_access.py` runs against the real thing.
"""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
from airflow.api_fastapi.core_api.security import get_user
from airflow.models.dag import DagModel
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from fastapi import Depends, HTTPException
from sqlalchemy import select

from sync_operators.hooks import workplace
from sync_operators.schedules import config_path
from sync_operators.web.language import N_
from sync_operators.web.refusals import Refused, forbidden
from sync_operators.web.stores import Stores

Method = Literal["GET", "POST", "PUT", "DELETE"]
Entity = Literal["RUN", "HITL_DETAIL"]

HELD_DAG, HELD_TASK = "sync_held", "approve"
APPROVE, REJECT = "Approve", "Reject"


@dataclass(frozen=True, slots=True)
class Access:
    """One person, and what Airflow's auth manager lets them do."""

    user: BaseUser

    @property
    def who(self) -> str:
        """Their name, as ledger and reports tell it."""
        return self.user.get_name()

    def may(self, method: Method, dag_id: str, entity: Entity | None = None) -> bool:
        """Whether they may do this with the DAG (or with its runs or its questions)."""
        return get_auth_manager().is_authorized_dag(
            method=method,
            access_entity=DagAccessEntity[entity] if entity else None,
            details=DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id)),
            user=self.user,
        )

    def require(self, method: Method, dag_id: str, entity: Entity | None = None) -> None:
        """Refuse with 403 who may not."""
        if not self.may(method, dag_id, entity):
            raise forbidden(method, dag_id)


def same_person(user: Annotated[BaseUser, Depends(get_user)]) -> Access:
    """Whoever is signed in to Airflow; 401 (or 403 for a bad token) otherwise."""
    return Access(user)


AccessDep = Annotated[Access, Depends(same_person)]


def allowed(method: Method, dag_id: str, entity: Entity | None = None) -> Callable[[Access], None]:
    """A dependency for a route that belongs to one DAG: `dependencies=[Depends(allowed("GET", "sync_capture"))]`."""

    def check(access: AccessDep) -> None:
        access.require(method, dag_id, entity)

    return check


def _stamp() -> object:
    path = config_path(os.environ)
    return (path, path.stat().st_mtime_ns) if path and path.exists() else path


_ANSWERING = threading.Lock()
"""Airflow locks the question's row, which means nothing on SQLite: two answers at once would both be taken there."""

STORES = Stores(workplace.store, _stamp)


def next_runs() -> Mapping[str, datetime | None]:
    """When the scheduler begins the next run of each of our DAGs; None for one that is paused or has no schedule."""
    wanted = select(DagModel.dag_id, DagModel.next_dagrun_create_after, DagModel.is_paused)
    with create_session() as session:
        found = session.execute(wanted.where(DagModel.dag_id.like("sync\\_%", escape="\\"))).all()
    return {dag_id: None if paused else at for dag_id, at, paused in found}


def trigger(access: Access, dag_id: str, conf: Mapping[str, Any]) -> str:
    """Start a DAG run in the name of that person; gives its id. The right to (POST, RUN) is checked here."""
    access.require("POST", dag_id, "RUN")
    run = trigger_dag(dag_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=access.who, conf=dict(conf))
    return str(run.run_id) if run else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The Required Action of Airflow about a held plan: since when, and who has answered what."""

    since: datetime
    who: str | None
    choice: str | None


def asked(dag_run_id: str) -> Asked | None:
    """How the question of a DAG run of `sync_held` stands; None while it is not put."""
    of_run = (TaskInstance.dag_id == HELD_DAG, TaskInstance.run_id == dag_run_id, TaskInstance.task_id == HELD_TASK)
    wanted = select(HITLDetail).join(TaskInstance, TaskInstance.id == HITLDetail.ti_id).where(*of_run)
    with create_session() as session:
        found = session.scalars(wanted).first()
        if found is None:
            return None
        return Asked(found.created_at, found.responded_by_user_name, next(iter(found.chosen_options or []), None))


def answer(access: Access, dag_run_id: str, *, approved: bool, reason: str) -> None:
    """Answer Airflow's own Required Action about a held plan, as its page of that name would.

    Raises Refused: 403 for who may not answer, 409 when it was answered already or is not asked yet.
    """
    access.require("PUT", HELD_DAG, "HITL_DETAIL")
    payload = UpdateHITLDetailPayload(
        chosen_options=[APPROVE if approved else REJECT], params_input={"reason": reason or None}
    )
    try:
        with _ANSWERING, create_session() as session:
            update_hitl_detail(HELD_DAG, dag_run_id, HELD_TASK, payload, access.user, session)
    except HTTPException as error:
        raise _refused(error.status_code) from None


def _refused(status: int) -> Refused:
    if status == 403:
        return Refused(403, N_("Not allowed."), N_("`approvals.approvers` does not name you. Nothing was changed."))
    if status == 409:
        return Refused(409, N_("Already decided."), N_("Somebody has answered. Your answer was not recorded."))
    return Refused(
        409,
        N_("Airflow is not asking yet."),
        N_("The DAG sync_held puts the question a moment after the hold, unless it is paused. Nothing was changed."),
    )
