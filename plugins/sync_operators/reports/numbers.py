"""Numbers, times and amounts as a reader of a language writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of one language; every time is shown in UTC."""

    language: str

    @property
    def locale(self) -> Locale:
        """Babel's rules of the language."""
        return Locale.parse(self.language)

    def number(self, value: float) -> str:
        """A number with its groups of digits, at most one digit behind the point."""
        return format_decimal(value, format="#,##0.#", locale=self.locale)

    def share(self, part: float, whole: float) -> str:
        """A share in per cent; more digits for the small ones, so that one row in a million is not nothing."""
        share = part / whole if whole else 0.0
        digits = "#,##0.0" if share >= 0.001 or not share else "#,##0.0###"
        return format_percent(share, format=digits + "\N{NARROW NO-BREAK SPACE}%", locale=self.locale)

    def date(self, at: datetime) -> str:
        """Day and time of day."""
        return format_datetime(at.astimezone(UTC), "d MMMM y, HH:mm:ss", locale=self.locale)

    def time(self, at: datetime) -> str:
        """Time of day alone."""
        return format_datetime(at.astimezone(UTC), "HH:mm:ss", locale=self.locale)

    def duration(self, seconds: float) -> str:
        """A length of time in its two greatest units, or in milliseconds."""
        if round(seconds, 3) < 1:
            return f"{self.number(round(seconds * 1000))}\N{NO-BREAK SPACE}ms"
        if seconds < 60:
            return f"{self.number(round(seconds, 1))}\N{NO-BREAK SPACE}s"
        hours, minutes = divmod(int(seconds) // 60, 60)
        units = ((hours, "h"), (minutes, "min")) if hours else ((minutes, "min"), (int(seconds) % 60, "s"))
        return " ".join(f"{value}\N{NO-BREAK SPACE}{unit}" for value, unit in units)

    def plural(self, count: int) -> str:
        """The plural form that a count takes: `one` or `other`."""
        return "one" if self.locale.plural_form(count) == "one" else "other"
