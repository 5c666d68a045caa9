"""How acts on accounts are sent, settled by looking, and explained (functions: moodle/ws-functions.md, Users)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sync_operators.codes import Fault
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.failing import AllOrNothing, RowByRow, Strategy
from sync_operators.moodle.fields import field_count
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.users import User, create_users, delete_users, stored, update_users
from sync_operators.tools.accounts import as_text, folded
from sync_operators.tools.tool import Act, Seen, Verb
from sync_operators.tools.user_columns import PROFILE
from sync_operators.tools.user_refusals import refusal, taken


def user_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form fields of an account, custom profile fields in their list."""
    custom = _profile(values)
    if not custom:
        return dict(values)
    plain = {name: value for name, value in values.items() if name not in custom}
    return plain | {"customfields": [{"type": name.removeprefix(PROFILE), "value": values[name]} for name in custom]}


def _profile(values: Iterable[str]) -> Sequence[str]:
    """The names of custom profile fields among these."""
    return _profile_of(tuple(values))


@lru_cache
def _profile_of(names: tuple[str, ...]) -> Sequence[str]:
    # All rows of a file have the same.
    return tuple(name for name in names if name.startswith(PROFILE))


def _count(values: Mapping[str, Any]) -> int:
    """The number of their form fields: a custom profile field takes two."""
    return field_count(values) + len(_profile(values))


def _update_fields(act: Act) -> dict[str, Any]:
    return {"id": act.moodle_id} | user_fields(act.after)


class _UserVerb:
    """What the verbs on accounts have in common."""

    code: str
    refused = "error_update"
    remembers = True

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on what these change."""
        return ()

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """The nearest reason we can give for a refusal."""
        return refusal(self.refused, reader, act, errorcode, message)

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """The accounts are those that were there before."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:
        """Moodle drops a profile value that it does not know, without a word: read back what had any."""
        written = {key: act for key, act in acts.items() if _profile(act.after)}
        found = reader.users_by_field("id", [str(key) for key in written]) if written else ()
        dropped = {user.id: _dropped(written[user.id], user) for user in found}
        return {key: (_not_stored(names),) for key, names in dropped.items() if names}


class Create(_UserVerb):
    """`core_user_create_users`: one transaction, the first bad row undoes all."""

    code = "created"
    refused = "error_create"
    strategy: Strategy[Act, Any] = AllOrNothing()

    def fields(self, act: Act) -> int:
        """Form fields of one account."""
        return _count(act.after)

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Create the accounts; their ids come in the order sent."""
        return create_users(moodle, [user_fields(act.after) for act in acts])

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:
        """The ids come in the order sent; there are none when nothing was done."""
        return {act.seq: moodle_id for act, moodle_id in zip(acts, answer, strict=True)} if acts else {}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """An account with our user name, e-mail and idnumber is ours; with our user name alone it is another's."""
        names = [act.after["username"] for act in acts]
        found = {user.username: user for user in reader.users_by_field("username", names)}
        return {act.seq: self._seen(act, found.get(act.after["username"])) for act in acts}

    def _seen(self, act: Act, user: User | None) -> Seen:
        if user is None:
            return Seen(done=False)
        if _same(act, user, ("email", "idnumber")):
            return Seen(done=True, moodle_id=user.id)
        return Seen(done=False, fault=taken(act, user.id))


class Update(_UserVerb):
    """`core_user_update_users`: good rows are stored, bad ones come back as warnings."""

    strategy: Strategy[Act, Any] = RowByRow(lambda act: act.moodle_id)

    def __init__(self, code: str, *, ends: bool = False) -> None:
        self.code = code
        self._ends = ends

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """Suspending an account, or taking it back, goes against what other commands' rows say of it."""
        return (("user", act.moodle_id or 0),) if self._ends else ()

    def fields(self, act: Act) -> int:
        """Form fields of one account."""
        return 1 + _count(act.after)

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Change the accounts."""
        return update_users(moodle, [_update_fields(act) for act in acts])

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Done when all that Moodle tells is as wanted; what it never tells is sent again, which changes nothing."""
        found = {user.id: user for user in reader.users_by_field("id", [str(act.moodle_id) for act in acts])}
        return {act.seq: Seen(self._done(act, found.get(act.moodle_id or 0)), act.moodle_id) for act in acts}

    @staticmethod
    def _done(act: Act, user: User | None) -> bool:
        if user is None:
            return False
        told = [name for name in act.after if stored(user, name) is not None]
        return bool(told) and _same(act, user, told)


class Delete(_UserVerb):
    """`core_user_delete_users`: one transaction."""

    code = "deleted"
    refused = "error_delete"
    remembers = False
    strategy: Strategy[Act, Any] = AllOrNothing()

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:
        """The account."""
        return (("user", act.moodle_id or 0),)

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """One id."""
        return 1

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Delete the accounts."""
        return delete_users(moodle, [act.moodle_id or 0 for act in acts])

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """A deleted account is still found by id, under a name made of its e-mail: gone when the name differs."""
        found = {user.id: user for user in reader.users_by_field("id", [str(act.moodle_id) for act in acts])}
        return {act.seq: Seen(_gone(act, found.get(act.moodle_id or 0)), act.moodle_id) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:
        """Deleting what is gone already is no error."""
        if errorcode == "invaliduser":
            return Fault("skipped_not_found")
        return super().explain(reader, act, errorcode, message)


def _gone(act: Act, user: User | None) -> bool:
    return user is None or user.username != act.before.get("username", user.username)


def _same(act: Act, user: User, names: Iterable[str]) -> bool:
    return all(
        folded(name, as_text(act.after[name])) == folded(name, stored(user, name) or "")
        for name in names
        if name in act.after
    )


def _dropped(act: Act, user: User) -> list[str]:
    return [name for name in _profile(act.after) if as_text(act.after[name]) != (stored(user, name) or "")]


def _not_stored(names: Sequence[str]) -> Fault:
    return Fault("warn_not_stored", {"column": names[0]} if len(names) == 1 else {"columns": ", ".join(names)})


USER_VERBS: dict[str, Verb] = {
    "create": Create(),
    "update": Update("updated"),
    "rename": Update("renamed"),
    "suspend": Update("suspended", ends=True),
    "unsuspend": Update("unsuspended", ends=True),
    "delete": Delete(),
}
