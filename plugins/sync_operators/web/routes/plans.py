"""What runs would do: the plans that wait for a person, each plan, and the answer to it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from pydantic import BaseModel

from sync_operators.plans.gating import question_id
from sync_operators.plans.spreading import SHOWN
from sync_operators.reports.table import BOM, safe_cell, separator
from sync_operators.schedules import dag_of
from sync_operators.web import access as airflow
from sync_operators.web.access import HELD_DAG
from sync_operators.web.language import N_
from sync_operators.web.models import plans as model
from sync_operators.web.models.plans import Plan
from sync_operators.web.models.runs import Wanted, kept
from sync_operators.web.page import Page, PageDep, readable
from sync_operators.web.refusals import Refused, forbidden
from sync_operators.web.routes.reports import readable_run
from sync_operators.web.serving import streamed
from sync_operators.web.words import LIMITS, SCOPES, VERBS

SECTION = "plans"
APPROVE, REJECT = "approve", "reject"
LONGEST_REASON = 1000
CSV_COLUMNS = ("line", "entry", "verb", "entity", "key", "field", "before", "after")
router = APIRouter()


@router.get("/plans")
def plans(page: PageDep, before: str = "") -> Response:
    """The plans that wait for a person, then those that were held or simulated."""
    wanted = Wanted(readable(page.access))
    with page.store.ledger.read() as tx:
        held, others = model.waiting(tx, wanted), model.others(tx, wanted, before)
    return page.show("plans", section=SECTION, held=held, others=others, before=before)


@dataclass(frozen=True, slots=True)
class AskedSteps:
    """Which operations of a plan: of a verb, with a text in their key, after one; `answered` right after an answer."""

    op: str = ""
    q: str = ""
    after: str = ""
    answered: str = ""


@router.get("/plans/{run_id}")
def plan(page: PageDep, run_id: str, wanted: Annotated[AskedSteps, Depends()]) -> Response:
    """One plan: what it would do, how near its limits it is, the riskiest operations first."""
    run = readable_run(page, run_id)
    steps = model.steps(page.store, run, wanted.op, wanted.q.strip(), wanted.after)
    shown: dict[str, Any] = {"run": run, "steps": steps, "wanted": wanted, "verbs": VERBS}
    if not page.fragment:
        shown |= _shared(page, model.plan(page.store, run)) | {"kept": kept(run.state, run.progress)}
    return page.show("plan", section=SECTION, **shown)


@router.get("/plans/{run_id}/plan.csv")
def sheet(page: PageDep, run_id: str) -> Response:
    """Every operation, one line for each value that changes."""
    run = readable_run(page, run_id)
    language = page.language.name
    return streamed(_sheet(model.every_part(page.store, run), language), f"{run.id}_plan.csv")


@router.get("/plans/{run_id}/decision")
def deciding(page: PageDep, run_id: str, choice: str = APPROVE) -> Response:
    """The form of an answer on a page of its own, for who has no script."""
    told = model.plan(page.store, readable_run(page, run_id))
    return page.show("decision", section=SECTION, choice=choice, **_shared(page, told))


class Answer(BaseModel):
    """What the form sends: the plan and the file version that were shown, and the answer to them."""

    digest: str = ""
    version: str = ""
    choice: str = ""
    count: str = ""
    reason: str = ""


@router.post("/plans/{run_id}/decision")
def decide(page: PageDep, run_id: str, answer: Annotated[Answer, Form()]) -> Response:
    """Answer Airflow's Required Action about the plan: so both places know the same."""
    told = model.plan(page.store, readable_run(page, run_id))
    _check_person(page, told)
    _check_plan(told, answer)
    _check_words(told, answer)
    approved = answer.choice == APPROVE
    airflow.answer(page.access, question_id(told.run), approved=approved, reason=answer.reason.strip())
    return page.to(f"plans/{run_id}?answered={answer.choice}")


def _shared(page: Page, told: Plan) -> dict[str, Any]:
    asked = airflow.asked(question_id(told.run)) if told.asks else None
    return {
        "plan": told,
        "asked": asked,
        "expires": _expiry(page, asked),
        "verbs": VERBS,
        "limits": LIMITS,
        "scopes": SCOPES,
        "shown_parts": SHOWN,
        "why_not": _why_not(page, told),
        "question": question_id(told.run),
    }


def _expiry(page: Page, asked: airflow.Asked | None) -> datetime | None:
    return asked.since + page.store.settings.approvals.timeout if asked else None


def _why_not(page: Page, told: Plan) -> Refused | None:
    """Why this person may not answer; None when they may."""
    try:
        _check_person(page, told)
    except Refused as refused:
        return refused
    return None


def _check_person(page: Page, told: Plan) -> None:
    dag_id, approvals = dag_of(told.run.command), page.store.settings.approvals
    if not page.access.may("PUT", dag_id):
        raise forbidden("PUT", dag_id)
    if not page.access.may("PUT", HELD_DAG, "HITL_DETAIL"):
        raise forbidden("PUT", HELD_DAG)
    if approvals.four_eyes and told.run.started_by == page.access.who:
        text = N_("You have started this run, and `approvals.four_eyes` wants another person. Nothing was changed.")
        raise Refused(403, N_("Not allowed."), text)


def _check_plan(told: Plan, answer: Answer) -> None:
    """Refuse an answer to another plan than the one that waits."""
    place, version = f"plans/{told.run.id}", str(told.run.file_id or "")
    if not told.asks:
        text = N_("This plan does not wait for an answer any more. Yours was not recorded.")
        raise Refused(409, N_("Already decided."), text, place, N_("See the decision"))
    if (answer.digest, answer.version) != (told.run.plan_digest, version):
        text = N_("The plan has been made anew since you opened it. Your answer was not recorded.")
        raise Refused(409, N_("This plan is out of date."), text, place, N_("Open the new plan"))


def _check_words(told: Plan, answer: Answer) -> None:
    if answer.choice not in {APPROVE, REJECT} or not answer.reason.strip() or len(answer.reason) > LONGEST_REASON:
        text = N_("An answer is to approve or to reject, with a reason of at most 1000 characters.")
        raise Refused(422, N_("Something is missing."), text)
    typed = "".join(char for char in answer.count if not char.isspace())
    if answer.choice == APPROVE and typed != str(told.number):
        text = N_("To approve, type the number of the operations that go over the limit. Nothing was changed.")
        raise Refused(422, N_("The number is another one."), text)


def _sheet(parts: Iterator[tuple[model.Step, ...]], language: str) -> Iterator[bytes]:
    yield BOM + _lines([CSV_COLUMNS], language)
    for steps in parts:
        yield _lines([line for step in steps for line in _cells(step)], language)


def _cells(step: model.Step) -> Iterator[tuple[object, ...]]:
    named = (step.line, step.entry, step.verb, step.entity, step.key)
    for field, before, after in step.changes or (("", None, None),):
        yield (*named, field, before, after)


def _lines(lines: list[tuple[object, ...]], language: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator(language), lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8", "backslashreplace")
