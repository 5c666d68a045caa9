"""How acts ended: values to be written down, made of answers and looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync_operators.codes import Fault, Kind, code
from sync_operators.ledger.operations import Settled
from sync_operators.moodle.failing import Result
from sync_operators.moodle.reader import MoodleReader
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


def ends_seen(verb: Verb, reader: MoodleReader, acts: Sequence[Act], seen: Mapping[int, Seen]) -> list[Settled]:
    """How acts ended that a look has found: done, or impossible."""
    done = {seen[act.seq].moodle_id or 0: act for act in acts if not seen[act.seq].fault}
    warnings = verb.after_write(reader, done) if done else {}
    return [_end_seen(verb, act.seq, seen[act.seq], warnings) for act in acts]


def _end_seen(verb: Verb, seq: int, seen: Seen, warnings: Mapping[int, tuple[Fault, ...]]) -> Settled:
    if seen.fault:
        return _end_ill(seq, seen.fault, seen.moodle_id, None)
    return end_well(verb, seq, seen.moodle_id, warnings.get(seen.moodle_id or 0, ()))


def ends_read_back(verb: Verb, reader: MoodleReader, acts: Sequence[Act]) -> list[Settled]:
    """How acts ended of which Moodle's yes says little: what a look does not show is refused without a code."""
    seen = verb.look(reader, acts) if acts else {}
    undone = [act for act in acts if not seen[act.seq].done and not seen[act.seq].fault]
    settled = ends_seen(verb, reader, [act for act in acts if act not in undone], seen)
    return settled + [_end_ill(act.seq, verb.explain(reader, act, "", ""), act.moodle_id, None) for act in undone]


def end_refused(batch: Batch, reader: MoodleReader, act: Act, result: Result) -> Settled:
    """How an act ended that Moodle has refused, with our own reason."""
    verb, before = batch.verb, batch.tries > 1
    # Sent twice, and the first one got through after all: then it is no error that the name is taken.
    if before and (seen := verb.look(reader, [act]))[act.seq].done:
        return ends_seen(verb, reader, [act], seen)[0]
    fault = verb.explain(reader, act, result.errorcode, result.message)
    if before and code(fault.code).kind != Kind.ERROR:
        # Nothing to do for the second sending: it was the first that did it.
        return end_well(verb, act.seq, act.moodle_id, ())
    return _end_ill(act.seq, fault, act.moodle_id, result.errorcode)


def end_well(verb: Verb, seq: int, moodle_id: int | None, warnings: tuple[Fault, ...]) -> Settled:
    """How an act ended that was done."""
    kind = code(verb.code).kind
    if not warnings:
        return Settled(seq, verb.code, kind, None, moodle_id)
    args = {name: value for fault in warnings for name, value in fault.args.items()}
    return Settled(seq, verb.code, kind, None, moodle_id, args, tuple(each.code for each in warnings))


def _end_ill(seq: int, fault: Fault, moodle_id: int | None, moodle_code: str | None) -> Settled:
    """How an act ended that was not done, with our reason and Moodle's own code."""
    return Settled(seq, fault.code, code(fault.code).kind, moodle_code, moodle_id, dict(fault.args), ())
