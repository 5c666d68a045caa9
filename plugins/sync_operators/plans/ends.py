"""How acts ended: values to be written down, made of answers and looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync_operators.codes import Fault, Kind, code
from sync_operators.ledger.operations import Settled
from sync_operators.plans.batch import Batch
from sync_operators.tools.tool import Act, Seen, Verb


@dataclass(frozen=True, slots=True)
class End:
    """How acts of a batch ended, to be written down."""

    batch: Batch
    settled: Sequence[Settled]

    @property
    def well(self) -> list[Act]:
        """The acts that were done."""
        seqs = {each.seq for each in self.settled if each.kind == Kind.OK}
        return [act for act in self.batch.acts if act.seq in seqs]

    @property
    def made(self) -> list[tuple[Act, int]]:
        """The acts that were done, each with the id of its entity."""
        ids = {each.seq: each.moodle_id for each in self.settled}
        return [(act, ids[act.seq] or act.moodle_id or 0) for act in self.well]


def end_seen(verb: Verb, seq: int, seen: Seen, warnings: Mapping[int, tuple[Fault, ...]]) -> Settled:
    """How an act ended of which a look has said what became of it; warnings by the id of its entity."""
    if seen.fault:
        return end_ill(seq, seen.fault, seen.moodle_id, None)
    return end_well(verb, seq, seen.moodle_id, warnings.get(seen.moodle_id or 0, ()))


def end_well(verb: Verb, seq: int, moodle_id: int | None, warnings: tuple[Fault, ...]) -> Settled:
    """How an act ended that was done."""
    kind = code(verb.code).kind
    if not warnings:
        return Settled(seq, verb.code, kind, None, moodle_id)
    args = {name: value for fault in warnings for name, value in fault.args.items()}
    return Settled(seq, verb.code, kind, None, moodle_id, args, tuple(each.code for each in warnings))


def end_ill(seq: int, fault: Fault, moodle_id: int | None, moodle_code: str | None) -> Settled:
    """How an act ended that was not done, with our reason and Moodle's own code."""
    return Settled(seq, fault.code, code(fault.code).kind, moodle_code, moodle_id, dict(fault.args), ())
