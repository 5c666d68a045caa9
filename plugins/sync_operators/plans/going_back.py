"""What of a run goes back by its undo files, and what does not: known before anything is sent."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sync_operators.ledger import done
from sync_operators.ledger.runs import Run
from sync_operators.settings import COMMANDS
from sync_operators.tools import tools

UNDO = "undo."
"""Before the command, the name of an undo file among the products of a run."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Acts that no undo file brings back, counted by what they are: `delete user`."""

    acts: Mapping[str, int]
    """Nothing takes them back."""
    values: Mapping[str, int]
    """They go back but for values that Moodle does not tell."""

    def __str__(self) -> str:
        return ", ".join(f"{count} {what}" for what, count in self.acts.items())


def undo_files(run: Run) -> list[dict[str, str]]:
    """The undo files, each as a run of it is asked for, in the order in which they are to be run."""
    named = [(command, run.products.get(UNDO + command)) for command in COMMANDS]
    return [{"command": command, "file": place} for command, place in named if place]


def lost(tx: Connection, run: Run) -> Lost:
    """What a plan, or what was done of it, does that does not go back."""
    covered = frozenset[tuple[str, str]]().union(*(each.undo.acts for each in tools() if each.undo))
    acts, untold = done.count_acts(tx, run.id), done.count_untold(tx, run.id)
    return Lost(
        _named(Counter({act: count for act, count in acts.items() if act not in covered})),
        _named(Counter({act: count for act, count in untold.items() if act in covered})),
    )


def _named(counts: Counter[tuple[str, str]]) -> dict[str, int]:
    """The most frequent first."""
    return {
        f"{verb} {entity}": count for (entity, verb), count in sorted(counts.items(), key=lambda one: (-one[1], one))
    }
