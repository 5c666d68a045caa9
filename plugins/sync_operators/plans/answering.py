"""What the drop is owed when a run ends: the reports, and the tryback unless it holds passwords."""

from collections.abc import Iterator

from sqlalchemy import Connection

from sync_operators.depot.names import split_name
from sync_operators.intake.answering import answer_name
from sync_operators.ledger import answers
from sync_operators.ledger.answers import Answer
from sync_operators.ledger.files import FileVersion
from sync_operators.ledger.runs import Run
from sync_operators.plans.workplace import Workplace

_OF_THE_DROP = ("drop", "bundle")
_KINDS = {"report": "report", "jsonl": "report", "tryback": "tryback"}
HOLDS_PASSWORDS = "warn_passwords_in_file"
"""The warning of a run whose file has a password column."""


def owe(work: Workplace, tx: Connection, run: Run, version: FileVersion | None) -> None:
    """Note what of an ended run's products is to be written into the drop, if its file came from there."""
    if version and version.origin in _OF_THE_DROP and not run.simulate and work.settings.drop.write_back:
        answers.owe(tx, _answers(work, run, version))


def _answers(work: Workplace, run: Run, version: FileVersion) -> Iterator[Answer]:
    for product, kind in _KINDS.items():
        place = run.products.get(product)
        if place is None or (kind == "tryback" and HOLDS_PASSWORDS in run.warnings):
            continue
        yield Answer(answer_name(kind, version, run.id, split_name(place)[1]), place, version.id, run.id, work.clock())
