"""The report as one HTML page: no script, no other file, dark and light, fit to be printed."""

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from sync_operators.codes import Kind, code
from sync_operators.reports.bars import bar
from sync_operators.reports.facts import UNCHANGED, Rows, RunFacts
from sync_operators.reports.listing import Listing, listed
from sync_operators.reports.numbers import Formats
from sync_operators.reports.texts import Texts
from sync_operators.reports.visible import visible

_HERE = Path(__file__).parent
_WORST_FIRST = list(reversed(Kind))
_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


def write_html(run: RunFacts, rows: Rows, out: BinaryIO, language: str, *, list_unchanged: bool = False) -> None:
    """Write the page of a run; of very many rows it lists the first problems and says where the rest is."""
    hidden = 0 if list_unchanged else run.counts.get(UNCHANGED, 0)
    context = _context(run, listed(rows, list_unchanged=list_unchanged), language)
    out.write(page("report.html.j2", language, hidden=hidden, **context).encode())


def page(template: str, language: str, *, site_url: str = "", **context: Any) -> str:
    """Give a whole page of a template, with what every page needs; the site's address is a link where it can be."""
    always = {
        "lang": language,
        "t": Texts(language),
        "f": Formats(language),
        "link": site_url if site_url.startswith(("https://", "http://")) else "",
        "css": Markup((_HERE / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    }
    return _environment().get_template(template).render(always | context)


@cache
def _environment() -> Environment:
    # `finalize` meets every value that a template shows: none can turn the page around or end it.
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        bytecode_cache=_kept_compiled(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(coded=coded, breakable=breakable)
    return environment


def _kept_compiled() -> BytecodeCache | None:
    """Where compiled templates lie for the next task: each is a process of its own, and compiling takes the longest.

    A folder of this account's alone; none where there cannot be one.
    """
    try:
        return _Compiled()
    except (RuntimeError, OSError):
        return None


class _Compiled(FileSystemBytecodeCache):
    def __init__(self) -> None:
        # What a template compiles to hangs on how the environment is made, too: that is this very module.
        made_here = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=8).hexdigest()
        super().__init__(pattern=f"tool_sync_{made_here}_%s.cache")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template, if that can be done: no report is worth less without."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _context(run: RunFacts, rows: Listing, language: str) -> dict[str, Any]:
    return {
        "run": run,
        "rows": rows,
        "code": code,
        "bars": bars_of(run),
        "outcomes": by_severity(run.counts),
        "beside": by_severity(run.warning_counts),
        "dialect": dialect_of(run, Texts(language)),
        "site_url": run.site_url,
    }


def bars_of(run: RunFacts) -> dict[str, Any]:
    """All rows; and, when most are unchanged, the others alone."""
    unchanged = run.counts.get(UNCHANGED, 0)
    some = bar(run.counts, without={"unchanged"}) if unchanged else ()
    return {"all_rows": (run.rows, bar(run.counts)), "changed_rows": (run.rows - unchanged, some)}


def by_severity(counts: Any) -> list[tuple[str, int]]:
    """Codes with their counts, the worst kind first, `unchanged` last, then the most."""
    found = [(name, count) for name, count in counts.items() if count]
    return sorted(found, key=lambda one: (_WORST_FIRST.index(code(one[0]).kind), one[0] == UNCHANGED, -one[1], one[0]))


def dialect_of(run: RunFacts, text: Texts) -> str:
    """How the file was read, in words."""
    given = dict(run.dialect)
    words = [_encoding(str(given.get("encoding", ""))), text("dialect_bom") if given.get("bom") else ""]
    separator = {"\t": text("dialect_tab")}.get(given.get("separator", ""), given.get("separator"))
    end = _LINE_ENDS.get(given.get("line_end", ""), given.get("line_end"))
    parts = [" ".join(filter(None, words))]
    parts += [text("dialect_separator", value=separator)] if separator else []
    parts += [text("dialect_line_end", value=end)] if end else []
    return ", ".join(filter(None, parts))


def _encoding(name: str) -> str:
    return name.upper() if name.startswith("utf") else name.capitalize()


def coded(text: str) -> Markup:
    """The text with what stands in `backticks` set as code, each apart, whatever direction it is written in."""
    pieces = visible(text).split("`")
    if len(pieces) % 2 == 0:  # a value with a backtick of its own
        return escape(visible(text))
    marked = [
        Markup("<code><bdi>{}</bdi></code>").format(piece) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    ]
    return Markup("").join(marked)


def breakable(name: str) -> Markup:
    """A code that narrow columns may break at its underscores."""
    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))
