"""What a check of several commands came to, for log and XCom."""

import logging
from typing import Any, Final

from sync_operators.drift.checking import COMPARED, LEAVES_NOTHING, AllChecked, Checked

DRIFT, AS_APPLIED, FAILED = "drift", "as_applied", "failed"

_NOTHING: Final = {
    LEAVES_NOTHING: "its rows do something and then hold no longer: there is nothing to compare",
}
_HEAD: Final = f"{'command':<16} {'standing':>9} {'compared':>9} {'drifted':>9} {'unread':>7}"


def as_dict(found: AllChecked) -> dict[str, Any]:
    """`{state, checked: [one for each command], errors: {command: what went wrong}}`."""
    drifted = any(each.drifted for each in found.checked)
    state = FAILED if found.errors else DRIFT if drifted else AS_APPLIED
    errors = {command: str(error) for command, error in found.errors.items()}
    return {"state": state, "checked": [each.as_dict() for each in found.checked], "errors": errors}


def lines(found: AllChecked) -> list[tuple[int, str]]:
    """A table with a line for each command, then what somebody should look at; each with its level."""
    compared = [each for each in found.checked if each.state == COMPARED]
    told = [(logging.INFO, _HEAD), *((logging.INFO, _row(each)) for each in compared)] if compared else []
    told += [(logging.INFO, _why_nothing(each)) for each in found.checked if each.state != COMPARED]
    told += [(logging.WARNING, _drift(each)) for each in compared if each.drifted]
    told += [(logging.WARNING, _unread(each)) for each in compared if each.unread]
    return [*told, *((logging.ERROR, f"{command}: {error}") for command, error in found.errors.items())]


def _row(one: Checked) -> str:
    return f"{one.command:<16} {one.standing:>9} {one.compared:>9} {one.drifted:>9} {one.unread:>7}"


def _why_nothing(one: Checked) -> str:
    return f"{one.command}: {_NOTHING.get(one.state, 'nothing has been applied on this site yet')}"


def _drift(one: Checked) -> str:
    repair = f"; repair: {', '.join(one.repair)}" if one.repair else ""
    return f"{one.command}: {one.drifted} rows are otherwise in Moodle than last applied; report: {one.report}{repair}"


def _unread(one: Checked) -> str:
    return f"{one.command}: {one.unread} rows could not be compared: no file that held them is left in the archives"
