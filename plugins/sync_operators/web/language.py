"""The language of a page: which one a person reads, and its messages (`locale/fr/*.po`; English in the code)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import negotiate_locale
from babel.messages.pofile import read_po

from sync_operators.codes import LANGUAGES
from sync_operators.reports.numbers import Formats

COOKIE = "sync_lang"
LOCALE = Path(__file__).parent / "locale"
_BYTE_UNITS = {"en": ("B", "KB", "MB", "GB"), "fr": ("o", "Ko", "Mo", "Go")}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for: to be translated where it is shown
    """Mark a text as a message of the catalogue."""
    return text


def chosen(query: str | None, cookie: str | None, accepted: str) -> str:
    """The language of `?lang`, else of the cookie, else the browser's; English where none is known."""
    known = [each for each in (query, cookie) if each in LANGUAGES]
    return (known[0] if known else None) or negotiate_locale(_preferred(accepted), LANGUAGES, sep="-") or LANGUAGES[0]


def _preferred(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, the dearest first, without their regions."""
    weighed = []
    for part in accepted.split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name.partition("-")[0].lower()))
        except ValueError:
            continue
    return [name for _, name in sorted(weighed, key=lambda one: one[0])]


@cache
def catalogue(language: str) -> Mapping[str, tuple[str, ...]]:
    """Every message by its English text (of two, the singular), with its forms; empty for English."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and not message.fuzzy:
                    found[_first(message.id)] = _forms(message.string)
    return found


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


@dataclass(frozen=True, slots=True)
class Language:
    """The words and formats of one language."""

    name: str

    @property
    def formats(self) -> Formats:
        """Numbers, dates and amounts."""
        return Formats(self.name)

    def gettext(self, text: str, **args: object) -> str:
        """A message, its {places} filled."""
        found = catalogue(self.name).get(text, (text,))[0] or text
        return found.format(**args) if args else found

    def ngettext(self, one: str, other: str, count: int, **args: object) -> str:
        """A message with a count, in the plural form that it takes; `{count}` is the number as it is written."""
        forms = catalogue(self.name).get(one, (one, other))
        form = forms[0] if self.formats.plural(count) == "one" else forms[-1]
        return form.format(count=self.formats.number(count), **args)

    def size(self, count: int) -> str:
        """A number of bytes in the unit that fits."""
        value, unit = float(count), 0
        while value >= 1000 and unit < 3:
            value, unit = value / 1000, unit + 1
        text = self.formats.number(round(value, 1 if unit > 1 else 0))
        return f"{text}\N{NO-BREAK SPACE}{_BYTE_UNITS[self.name][unit]}"
