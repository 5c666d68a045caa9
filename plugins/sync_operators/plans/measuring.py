"""Measures a plan by the limits of its command: the whole, the parts of the site, the file beside the last ones."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, get_args

from sqlalchemy import Connection

from sync_operators.codes import Kind, code
from sync_operators.depot.active import part_for
from sync_operators.depot.names import place_of
from sync_operators.ledger import done, files, operations, runs
from sync_operators.ledger.runs import Run
from sync_operators.plans.facts import counted
from sync_operators.plans.guard import ERRORS, Amount, Shape, Trip, enough, lowest, trip, unlike
from sync_operators.plans.parts import Parts, known
from sync_operators.plans.superseding import is_part
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import FileGuard, Limit, Verb
from sync_operators.tools import tool

FORMER: Final = 10
"""So many runs before are compared with."""

PARTS: Final = 3
"""So many parts of one kind are named."""

_LOOKED_AT: Final = 50
"""So many runs of the command are looked through for those of files of the same name."""

_OTHER_IDENTITY: Final = frozenset(
    {
        "error_identity_conflict",
        "error_username_collision",
        "error_email_collision",
        "error_idnumber_collision",
        "error_shortname_collision",
    }
)
"""Codes of rows whose identity nobody has, while another of their unique values belongs to something known."""

_RENAME: Final = "rename"


def run_trips(work: Workplace, run: Run) -> tuple[Trip, ...]:
    """The limits that a run's plan goes over; what is done already counts too."""
    with work.ledger.read() as tx:
        amounts = measured(tx, run, lambda verb, count: enough(work.settings.guard(run.command, verb), count))
    whole = (trip(work.settings.guard(run.command, verb), run.command, verb, each) for verb, each in amounts.items())
    return (*filter(None, whole), *_in_parts(work, run, amounts), *_beside_others(work, run))


def measured(
    tx: Connection, run: Run, far: Callable[[Verb, int], int | None] = lambda _verb, _count: None
) -> dict[Verb, Amount]:
    """How much of each guarded verb a plan has, of how much; and rows in error, of the rows read.

    `far`: to how many that which is known is counted, where so many acts would pass (None: to the end).
    """
    codes, found = counted(tx, run), dict[Verb, Amount]()
    for verb, acts in sorted(_acts(tx, run).items()):
        found[verb] = Amount(acts.total(), _known(tx, run, acts, far(verb, acts.total())))
    return found | {ERRORS: Amount(ill_rows(codes), sum(codes.values()))}


def verb_counts(tx: Connection, run: Run) -> dict[Verb, int]:
    """Acts of a run by guarded verb."""
    return {verb: sum(of.values()) for verb, of in _acts(tx, run).items()}


def ill_rows(codes: Mapping[str, int]) -> int:
    """Rows in error, of rows by code."""
    return sum(count for name, count in codes.items() if code(name).kind == Kind.ERROR)


def _acts(tx: Connection, run: Run) -> dict[Verb, Counter[str]]:
    """Acts by guarded verb, then by what they act on."""
    guarded_as, found = tool(run.command).guarded_as, dict[Verb, Counter[str]]()
    for (entity, verb), count in done.count_acts(tx, run.id).items():
        found.setdefault(guarded_as[verb], Counter())[entity] += count
    return found


def _known(tx: Connection, run: Run, acts: Counter[str], far: int | None) -> int:
    """What there is of that which most of the acts are about."""
    ((entity, _),) = acts.most_common(1)
    return known(tx, run, entity, far)


def _in_parts(work: Workplace, run: Run, amounts: Mapping[Verb, Amount]) -> list[Trip]:
    found: list[Trip] = []
    for verb, whole in amounts.items():
        limits = _scopes(work, run, verb)
        bound = lowest(limits.values())
        # Nearly always it ends here, and no row is looked at.
        if verb != ERRORS and bound is not None and whole.count > bound:
            found += _over_in_parts(work, run, verb, limits)
    return found


def _over_in_parts(work: Workplace, run: Run, verb: Verb, limits: Mapping[str, Limit]) -> Iterator[Trip]:
    """Of each kind of part the largest, and how many more there are: a file may touch thousands of courses."""
    over = dict[str, list[Trip]]()
    for amount in _amounts_in_parts(work, run, verb, limits):
        if found := trip(limits[amount.scope], run.command, verb, amount):
            over.setdefault(amount.scope, []).append(found)
    for scope, found_there in over.items():
        yield from found_there[:PARTS]
        if more := found_there[PARTS:]:
            words = f"{verb} in {len(more)} more of kind {scope}"
            yield replace(more[0], short=words, told=words)


def _amounts_in_parts(work: Workplace, run: Run, verb: Verb, limits: Mapping[str, Limit]) -> list[Amount]:
    """What there is of a verb in each part that may be over its limit, the most first."""
    verbs = [name for name, guarded in tool(run.command).guarded_as.items() if guarded == verb]
    parts = Parts.of(work, run, limits)
    with work.ledger.read() as tx:
        touched = [each for each in parts.touched(tx, verbs) if each.count > (lowest([limits[each.part[0]]]) or 0)]
        return [
            Amount(each.count, parts.known(tx, each.entity, each.part), each.part[0], parts.words(each.part))
            for each in sorted(touched, key=lambda each: (-each.count, each.part))
        ]


def _scopes(work: Workplace, run: Run, verb: Verb) -> dict[str, Limit]:
    """The limits within parts of the site, by their kind."""
    scopes = work.settings.guard(run.command, verb).scopes
    limits: dict[str, Limit] = {name: getattr(scopes, name) for name in type(scopes).model_fields}
    return {name: limit for name, limit in limits.items() if lowest([limit]) is not None}


def _beside_others(work: Workplace, run: Run) -> tuple[Trip, ...]:
    """In what the file is unlike the last ones of its name; a file that somebody asked for is like itself alone."""
    if not run.file_id:
        return ()
    names: tuple[FileGuard, ...] = get_args(FileGuard)
    limits = {name: work.settings.file_guard(run.command, name) for name in names}
    with work.ledger.read() as tx:
        codes = counted(tx, run)
        other = sum(codes.get(name, 0) for name in _OTHER_IDENTITY)
        other += operations.count_verbs(tx, run.id).get(_RENAME, 0)
        former = tuple(_shape(each, each.counts) for each in former_runs(work, tx, run))
    return unlike(limits, run.command, _shape(run, codes), former, other)


def former_runs(work: Workplace, tx: Connection, run: Run) -> list[Run]:
    """The last runs of files that came by the same name or pattern, the latest first."""
    wanted = _slot(work, tx, run)
    if wanted is None:
        return []
    return [each for each in runs.former(tx, run, _LOOKED_AT) if _slot(work, tx, each) == wanted][:FORMER]


def _slot(work: Workplace, tx: Connection, run: Run) -> str | None:
    if not run.file_id or is_part(run):
        return None
    version = files.get(tx, run.file_id)
    setting = getattr(work.settings.section(run.command), "file", "")
    return part_for(setting, place_of(version.folder, version.name))


def _shape(run: Run, codes: Mapping[str, int]) -> Shape:
    header = frozenset(run.header) if run.header else None
    return Shape(sum(codes.values()), codes.get("unchanged", 0), header)
