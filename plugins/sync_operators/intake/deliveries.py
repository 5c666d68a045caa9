"""What came of one file of the drop: itself, what was packed in it, or a reason why it is of no use."""

from dataclasses import dataclass

from sync_operators.codes import Fault
from sync_operators.intake.drop import Found
from sync_operators.intake.rules import Candidate


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole file under a temporary name in the depot; `name` is the one it came by."""

    name: bytes
    place: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery: the file as it came, with what was packed in it.

    One packed file takes the place of what it came in; a bundle is kept, and its files wait to be run together.
    What is `refused` goes to quarantine as it came.
    """

    candidate: Candidate
    whole: Piece
    unpacked: tuple[Piece, ...] = ()
    is_bundle: bool = False
    refused: Fault | None = None

    @property
    def found(self) -> Found:
        """The file in the drop."""
        return self.candidate.found

    @property
    def command_files(self) -> tuple[Piece, ...]:
        """The files in it that may be run: what was packed, or itself."""
        return self.unpacked if self.is_bundle or self.unpacked else (self.whole,)

    @property
    def places(self) -> frozenset[str]:
        """Where its files lie for now."""
        return frozenset(piece.place for piece in (self.whole, *self.unpacked))
