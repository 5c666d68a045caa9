"""How `users` goes back on what was done to accounts: former values; an account that was made is suspended."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sync_operators.tools.undo import Cells, Done, Undo, cells, former, pairs


def _rows(done: Sequence[Done], roles: Mapping[str, int]) -> Iterable[Cells]:  # noqa: ARG001 - the protocol's
    made = {each.moodle_id for each in done if each.verb == "create"}
    called = {each.moodle_id: {"oldusername": each.after["username"]} for each in done if each.verb == "rename"}
    for moodle_id, values in former(done).items():
        # No deletion follows from a mistake: what the account has gathered meanwhile would go with it.
        told = {"suspended": True} if moodle_id in made else {**values, **called.get(moodle_id, {})}
        if told:
            yield cells({"id": moodle_id, **told})


USER_UNDO: Final = Undo(
    acts=pairs("user", "create", "update", "rename", "suspend", "unsuspend"),
    names=("id",),
    settings={
        "identity": "id",
        "allow_rename": True,
        "protect_emails": False,
        "update_passwords": False,
        "empty_clears": True,
    },
    rows=_rows,
)
