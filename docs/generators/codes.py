"""The page of every outcome code, from the catalogue."""

from collections.abc import Iterator

from docs.generators.dropped_codes import DROPPED
from sync_operators.codes import Code, Kind, codes

_HEAD = """# Outcome codes

<!-- Made by docs/generate.py from plugins/sync_operators/codes.yaml: do not edit. -->

Every row of a command file ends with one code, and so does a file that cannot be run, a run that stops, and every
file that capture meets in the drop. A code never changes its name; its texts may. The kind says what a code means for
its row: `error` rows are in the tryback file, the others never are.

| kind | codes | means |
| --- | --- | --- |
"""
_MEANS = {
    Kind.OK: "done, or as wanted already",
    Kind.SKIP: "nothing was to be done",
    Kind.WARN: "done, and somebody should look",
    Kind.ERROR: "not done, wholly or in part: it is in the tryback",
}
_DROPPED = """
## Codes there are not

What the Moodle plugin told in its own words, and why no code says it here.

| code | instead |
| --- | --- |
"""
_COLUMNS = "\n| code | message | remedy |\n| --- | --- | --- |\n"


def page() -> str:
    """Give the manual's page of every outcome code."""
    sections = "".join(_section(kind) for kind in reversed(Kind))
    return _HEAD + "".join(_kind(kind) for kind in Kind) + sections + _DROPPED + "".join(_dropped())


def _kind(kind: Kind) -> str:
    return f"| `{kind}` | {len(list(_of(kind)))} | {_MEANS[kind]} |\n"


def _section(kind: Kind) -> str:
    rows = (f"| `{one.name}` | {_cell(one.title('en'))} | {_cell(one.remedy('en'))} |\n" for one in _of(kind))
    return f"\n## Kind `{kind}`\n{_COLUMNS}" + "".join(rows)


def _dropped() -> Iterator[str]:
    return (f"| {', '.join(f'`{name}`' for name in names)} | {_cell(why)} |\n" for names, why in DROPPED)


def _of(kind: Kind) -> Iterator[Code]:
    return (one for _, one in sorted(codes().items()) if one.kind is kind)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
