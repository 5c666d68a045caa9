"""What was found, for people and for machines."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from sync_operators.doctor.finding import Finding, Level

_WIDTH = 120
_INDENT = 8


def worst(findings: Sequence[Finding]) -> Level:
    """The worst level; what was skipped is no fault of its own."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)


def exit_status(findings: Sequence[Finding]) -> int:
    """1 when something fails, else 0."""
    return int(worst(findings) is Level.FAIL)


def counts(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings there are of each level."""
    found = Counter(finding.level for finding in findings)
    return {str(level): found[level] for level in (Level.OK, Level.WARN, Level.FAIL, Level.SKIPPED)}


def as_dict(findings: Sequence[Finding]) -> dict[str, object]:
    """The whole answer for JSON and XCom: `{state, counts, findings: [{subject, check, level, message, remedy}]}`."""
    return {
        "state": str(worst(findings)),
        "counts": counts(findings),
        "findings": [finding.as_dict() for finding in findings],
    }


def as_json(findings: Sequence[Finding]) -> str:
    """The same as a text."""
    return json.dumps(as_dict(findings), ensure_ascii=False, indent=1)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding, the remedy under it, and the counts."""
    wide = max((len(_where(finding)) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.level:<8}{_where(finding):<{wide}}  {finding.message}"
        if finding.remedy:
            yield from _remedy(finding.remedy, _INDENT + wide + 2)
    yield ", ".join(f"{count} {level}" for level, count in counts(findings).items())


def failures(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each failure, with its remedy."""
    for finding in findings:
        if finding.level is Level.FAIL:
            yield f"{_where(finding)}: {finding.message} {finding.remedy}".rstrip()


def _where(finding: Finding) -> str:
    return f"{finding.subject}/{finding.check}"


def _remedy(text: str, indent: int) -> Iterator[str]:
    first, later = " " * indent + "→ ", " " * (indent + 2)
    for line in text.splitlines():
        # A line of ours with an example in it is to be copied, so it is not broken.
        example = line.startswith("  ")
        yield from (
            [later + line] if example else textwrap.wrap(line, _WIDTH, initial_indent=first, subsequent_indent=later)
        )
