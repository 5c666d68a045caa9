"""The ways in which a batch can fail, and what that says of its rows.

Moodle does not say which row it refused (`moodle/ws-functions.md`, Three ways a batch can fail). A strategy reads an
answer or a refusal and says what became of each row, or that the batch must be split to find out. Nothing here looks
at Moodle: a row of unknown fate is the caller's to look up.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

from sync_operators.moodle.errors import Refused

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
A_contra = TypeVar("A_contra", contravariant=True)


class Fate(StrEnum):
    """What became of one row."""

    OK = "ok"
    REFUSED = "refused"
    SAID = "said"
    """Moodle says that it is done, and says so of what it leaves undone, too: one look decides."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row, with Moodle's code and text when it was refused."""

    fate: Fate
    errorcode: str = ""
    message: str = ""


class _Split(Enum):
    SPLIT = "split"


SPLIT: Final = _Split.SPLIT
Outcomes = list[Result] | Literal[_Split.SPLIT]
_DONE = Result(Fate.OK)


@dataclass(frozen=True, slots=True)
class RowWarning:
    """Why Moodle left one row of a call undone, in its own words."""

    code: str
    text: str


class Strategy(Protocol[T_contra, A_contra]):
    """Reads what Moodle said to a batch."""

    def outcomes(self, batch: Sequence[T_contra], answer: A_contra | Refused) -> Outcomes:
        """One result per row in the order of the batch, or SPLIT."""


class AllOrNothing:
    """One transaction: a refusal undoes every row (create and delete users, courses, enrolments, groups)."""

    def outcomes(self, batch: Sequence[Any], answer: object) -> Outcomes:
        """All are done, or the batch is split until the refused row stands alone."""
        if isinstance(answer, Refused):
            return _refused(answer) if len(batch) == 1 else SPLIT
        return [_DONE] * len(batch)


class ReadBack(AllOrNothing):
    """One transaction as well, whose success means little (unenrol, take a role): each row is looked at afterwards."""

    def outcomes(self, batch: Sequence[Any], answer: object) -> Outcomes:
        """All are said to be done, or the batch is split until the refused row stands alone."""
        return super().outcomes(batch, answer) if isinstance(answer, Refused) else [Result(Fate.SAID)] * len(batch)


class RowByRow(Generic[T]):
    """Good rows are stored, bad ones are named in warnings (update users and courses, delete courses).

    A refusal of the whole call comes of a row's shape, found before anything is written, or of a password against
    the policy (`invalidresponse`), when the good rows *are* written. Either way the halves can be sent again: an
    update says what a row shall be, so twice is as good as once.
    """

    def __init__(self, key: Callable[[T], Hashable]) -> None:
        self._key = key

    def outcomes(self, batch: Sequence[T], answer: Mapping[Any, RowWarning] | Refused) -> Outcomes:
        """Each row by its warning, or the batch is split until the refused row stands alone."""
        if isinstance(answer, Refused):
            return _refused(answer) if len(batch) == 1 else SPLIT
        return [self._result(answer.get(self._key(row))) for row in batch]

    @staticmethod
    def _result(warning: RowWarning | None) -> Result:
        return Result(Fate.REFUSED, warning.code, warning.text) if warning else _DONE


class ByText(Generic[T]):
    """Good rows are stored, and warnings name a bad one only by the values in their text (members of cohorts).

    `texts` gives the warnings that a row may get. One that fits no row leaves all of them to be looked up.
    """

    def __init__(self, texts: Callable[[T], Sequence[str]]) -> None:
        self._texts = texts

    def outcomes(self, batch: Sequence[T], answer: Sequence[RowWarning] | Refused) -> Outcomes:
        """Each row by the warning that fits it, or the batch is split until the refused row stands alone."""
        if isinstance(answer, Refused):
            return _refused(answer) if len(batch) == 1 else SPLIT
        if len(batch) == 1:
            return [Result(Fate.REFUSED, answer[0].code, answer[0].text) if answer else _DONE]
        said = {warning.text: warning for warning in answer}
        found = [next((said[text] for text in self._texts(row) if text in said), None) for row in batch]
        if said.keys() - {warning.text for warning in found if warning}:
            return [Result(Fate.UNKNOWN)] * len(batch)
        return [Result(Fate.REFUSED, each.code, each.text) if each else _DONE for each in found]


class NoTransaction:
    """Rows before the bad one stay stored (meta enrolment, deleting modules): after a refusal nobody knows which."""

    def outcomes(self, batch: Sequence[Any], answer: object) -> Outcomes:
        """All are done, or all must be looked up; a row alone is known to be refused."""
        if isinstance(answer, Refused):
            return _refused(answer) if len(batch) == 1 else [Result(Fate.UNKNOWN)] * len(batch)
        return [_DONE] * len(batch)


class Statuses(NoTransaction):
    """Each row of the answer says whether it changed anything (meta enrolment); where not, nothing was to be done."""

    def outcomes(self, batch: Sequence[Any], answer: Any) -> Outcomes:
        """Done by its status; a row without an effect is refused without a code."""
        if isinstance(answer, Refused):
            return super().outcomes(batch, answer)
        return [_DONE if changed else Result(Fate.REFUSED) for changed in answer]


def _refused(answer: Refused) -> list[Result]:
    return [Result(Fate.REFUSED, answer.errorcode, answer.said)]
