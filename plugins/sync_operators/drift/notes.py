"""Differences on disk: a check of a million rows holds none of them."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from sync_operators.reports.drift import Difference


class Notes:
    """Keeps differences in the order in which they were found, and counts them by what they are."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass")  # noqa: SIM115  closed below
        self.counts = Counter[str]()

    def add(self, differences: Iterable[Difference]) -> None:
        """Take note of some."""
        for each in differences:
            self.counts[each.what] += 1
            json.dump(asdict(each), self._file)
            self._file.write("\n")

    def __call__(self) -> Iterator[Difference]:
        """All of them, afresh at each call."""
        self._file.seek(0)
        return (Difference(**json.loads(line)) for line in self._file)

    def close(self) -> None:
        """Forget them."""
        self._file.close()
