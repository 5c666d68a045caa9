"""Acts that go in one call, and how often they have been sent."""

from dataclasses import dataclass, replace

from sync_operators.tools.tool import Act, Verb


@dataclass(frozen=True, slots=True)
class Batch:
    """Acts of one verb that go in one call.

    `tries` counts how often they have been sent, this time included; `marked`: they are `sent` in the ledger already;
    `looked`: since their last sending but one somebody has looked what came of it.
    """

    verb: Verb
    acts: tuple[Act, ...]
    tries: int = 1
    marked: bool = False
    looked: bool = False

    @property
    def seqs(self) -> list[int]:
        """The numbers of the operations."""
        return [act.seq for act in self.acts]

    def pieces(self, most: int) -> "list[Batch]":
        """The same acts in batches of at most so many."""
        return [replace(self, acts=self.acts[at : at + most]) for at in range(0, len(self.acts), most)]

    def halves(self) -> "list[Batch]":
        """The two halves of a batch that was refused as a whole, or the one act that is left of it."""
        middle = len(self.acts) // 2
        return [replace(self, acts=acts) for acts in (self.acts[:middle], self.acts[middle:]) if acts]
