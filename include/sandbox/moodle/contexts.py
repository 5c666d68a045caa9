"""Contexts: where roles, cohorts and files hang; one per system, account, category, course and activity."""

from include.sandbox.moodle.refusals import Refusal, invalid_parameter, missing_record
from include.sandbox.store import Row, Store

SYSTEM = 1
LEVELS = {"system": 10, "user": 30, "coursecat": 40, "course": 50, "module": 70, "block": 80}
_TABLES = {30: "users", 40: "categories", 50: "courses", 70: "modules"}


def context_id(store: Store, level: str, instance_id: int) -> int:
    """The context of something that exists; made when it was never needed before."""
    number = LEVELS[level]
    found = store.scalar("SELECT id FROM contexts WHERE level = ? AND instanceid = ?", (number, instance_id))
    return found or store.insert("contexts", {"level": number, "instanceid": instance_id})


def named_context(store: Store, level: str, instance_id: int) -> Row:
    """The context a call names by level and instance; refused when there is no such thing."""
    if level == "system":
        return store.records("contexts", id=SYSTEM)[0]
    table = _TABLES.get(LEVELS.get(level, 0))
    if table is None or store.record(table, id=instance_id) is None:
        raise invalid_parameter()
    return store.records("contexts", id=context_id(store, level, instance_id))[0]


def context_by_id(store: Store, wanted: int) -> Row:
    """The context of that id; refused when there is none."""
    found = store.record("contexts", id=wanted)
    if found is None:
        raise invalid_parameter()
    return found


def category_context(store: Store, category_id: int) -> int:
    """The context of a category; `invalidrecord` when the category is gone."""
    if store.record("categories", id=category_id) is None:
        raise missing_record("course_categories")
    return context_id(store, "coursecat", category_id)


def drop_context(store: Store, level: str, instance_id: int) -> None:
    """Forget a context with its role assignments and files."""
    found = store.record("contexts", level=LEVELS[level], instanceid=instance_id)
    if found is None:
        return
    for table in ("role_assignments", "files"):
        store.delete(table, contextid=found["id"])
    store.delete("contexts", id=found["id"])


def not_valid(code: str, what: str, instance_id: int, reason: Refusal) -> Refusal:
    """A refusal that wraps the reason why a context may not be entered."""
    message = (
        f"You cannot execute functions in the {what} context ({what} id:"
        f"{instance_id}). The context error message was: {reason.message}"
    )
    return Refusal(code, message)
