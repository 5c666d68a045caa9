"""The templates of the pages, one environment for each language."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sync_operators.codes import code
from sync_operators.reports.html import breakable, coded
from sync_operators.reports.texts import Texts
from sync_operators.reports.visible import visible
from sync_operators.web.language import Language

FRAGMENT = "fragment"
"""The block of a template that changes: it alone is sent to who asks with `X-Fragment: 1`."""


def rendered(language: Language, template: str, values: dict[str, Any], *, fragment: bool) -> str:
    """A page, or only its block `fragment` where it has one."""
    found = environment(language.name).get_template(f"{template}.j2")
    if not fragment or FRAGMENT not in found.blocks:
        return found.render(values)
    context = found.new_context(values)
    return "".join(found.blocks[FRAGMENT](context))


@cache
def environment(name: str) -> Environment:
    """The environment of a language; `m` holds the macros, `_` and `ngettext` the messages, `f` the formats."""
    language = Language(name)
    # `finalize` meets every value that a template shows: none can turn the page around or end it.
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(coded=coded, breakable=breakable, visible=visible)
    made.globals.update(
        _=language.gettext,
        ngettext=language.ngettext,
        lang=name,
        f=language.formats,
        t=Texts(name),
        size=language.size,
        when=lambda at: _when(language, at),
        code=code,
    )
    made.globals["m"] = made.get_template("_macros.j2").make_module({})
    return made


def _when(language: Language, at: datetime) -> str:
    """A moment as a table shows it: today the time alone, else with its day, with the year when that is another."""
    at, now = at.astimezone(UTC), datetime.now(UTC)
    shape = "HH:mm" if at.date() == now.date() else "d MMM HH:mm" if at.year == now.year else "d MMM y HH:mm"
    return format_datetime(at, shape, locale=language.formats.locale)
