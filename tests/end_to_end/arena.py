"""Lets walks of scenes run and be disturbed, each time in a fresh world; then all must be as if nothing had been."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from include.sandbox.control import When
from include.sandbox.starting import Sandbox
from tests.end_to_end.aftermath import Aftermath, Clean
from tests.end_to_end.scenes import Scene, settings
from tests.end_to_end.walker import BEGINS, JUDGES, NOTES, PLANS, WAY_BACK, Befalls, Ended, Order, Place, Walkers, such

SMALL_BATCHES = {"SYNC__MOODLE__BATCH_ROWS": "2", "SYNC__MOODLE__CONNECTIONS": "2"}

TWICE = 2 + 3 * 4
"""Calls that a killed walk may cost: who we are and where, and of each batch under way (one more than there are
connections) two looks of two calls at most, or its sending again."""

Kill = Mapping[str, Any]
"""How a walk is to be killed: `die_at`, `die_before`, `call` or `request` and `when`; see `Arena.walk`."""

PLACES: Mapping[str, tuple[str, str, int]] = {
    "before plan": ("{}.plan", "", 1),
    "in plan": ("{}.plan", PLANS, 1),
    "after plan": ("{}.gate", "", 1),
    "in gate": ("{}.gate", JUDGES, 1),
    "before the first send": ("{}.apply", BEGINS, 1),
    "after an answer, before the ledger has it": ("{}.apply", NOTES, 1),
    "between batches": ("{}.apply", NOTES, 2),
    "in report": ("{}.close", "os.link reports", 2),
    "between report and archive": ("{}.close", "os.link archives", 1),
    "in archive": ("{}.close", "os.remove .", 1),
    "in way back": (WAY_BACK, "commit", 2),
}
"""Points of a command's walk, each by the effect that would come next."""

SENT = "after a send, before its answer"
FIRST_ANSWER = {"write": 1, "when": "after"}
POINTS = (*PLACES, SENT)
"""All points that every command is killed at, as far as it comes by them."""


@dataclass
class Arena:
    """A world for walks; `ledger` is the address of one that is not the depot's own."""

    sandbox: Sandbox
    walkers: Walkers
    folder: Path
    scenes: Sequence[Scene]
    environ: Mapping[str, str] = field(default_factory=dict)
    ledger: str = ""
    hours_back: float = field(default=0, init=False)

    def clean(self) -> Clean:
        """A walk that nothing disturbs."""
        aftermath = self.fresh()
        ended = self.walk()
        assert ended.status == 0, ended.said
        control = self.sandbox.control
        return replace(
            aftermath.as_clean(), trail=ended.trail, calls=len(control.calls()), requests=len(control.requests())
        )

    def killed(self, clean: Clean, **kill: Any) -> None:
        """One walk that is killed, one that is not."""
        with self._said(f"killed at {kill}"):
            self.fresh()
            ended = self.walk(**kill)
            if ended.status == 0 and "request" in kill and kill["when"] == "after":
                return  # A request that the drop refuses has no effect to be killed behind.
            if ended.status == 0 and ended.effects < kill.get("die_at", 0):
                return  # What is written down of two batches at once is one effect, not two.
            assert ended.status == -9, f"not killed: {ended}"
            self.sandbox.control.clear_faults()
            self.sandbox.control.clear_drop_faults()
            calls, goes_on = self._calls(), self.aftermath.was_planned()
            self._again(clean)
            self._cost_little(clean, calls, goes_on=goes_on)

    def disturbed(self, clean: Clean, at: Place, befalls: Befalls, mend: Callable[[], object]) -> None:
        """One walk that something befalls on its way, which it may survive, and one more when that is mended."""
        with self._said(f"disturbed before {at}"):
            self.fresh()
            struck: list[bool] = []
            ended = self.walk(wait_before=at, meanwhile=lambda: struck.append(True) or befalls())
            assert struck, f"never came there: {ended}"
            assert ended.status in {0, 1}, f"a bug: {ended.said}"
            mend()
            self._again(clean)

    def _again(self, clean: Clean) -> None:
        aftermath = self.aftermath
        before = aftermath.products()
        again = self.walk()
        assert again.status == 0, f"then: {again.said}"
        aftermath.check(self.scenes, before, clean)

    def _cost_little(self, clean: Clean, calls: int, *, goes_on: bool) -> None:
        """What has a plan loses only what was under way; what has none begins anew, and then costs no more."""
        more = self._calls() - (clean.calls if goes_on else calls)
        assert more <= (TWICE if goes_on else clean.calls), f"{more} calls more than needed"

    def _calls(self) -> int:
        return len(self.sandbox.control.calls())

    @property
    def aftermath(self) -> Aftermath:
        return Aftermath(self.sandbox, self.folder, self.ledger)

    def fresh(self) -> Aftermath:
        """All as it was at first, and the files in the drop."""
        self.sandbox.control.reset()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.aftermath.forget_all()
        for scene in self.scenes:
            scene.begin(self.sandbox.control)
            scene.drop(self.sandbox)
        return self.aftermath

    def walk(
        self,
        *,
        call: int = 0,
        write: int = 0,
        request: int = 0,
        when: When = "before",
        meanwhile: Befalls = dict,
        **order: Any,
    ) -> Ended:
        """One walk; it is killed at its n-th call, writing call or SFTP request, `before` or `after` that has effect.

        Everything else is the order's.
        """
        control, ordered = self.sandbox.control, self._order(**order)
        if call or write:
            kill = partial(control.kill_caller, nth=call or write, writes_only=bool(write), when=when)
            return self.walkers.run(ordered, kill)
        if request:
            return self.walkers.run(ordered, partial(control.kill_requester, nth=request, when=when))
        return self.walkers.run(ordered, meanwhile=meanwhile)

    def _order(self, **more: Any) -> Order:
        sftp = asdict(self.sandbox.sftp) | {"client_key": ""}
        commands = tuple(dict.fromkeys(scene.command for scene in self.scenes))
        environ = {**SMALL_BATCHES, **settings(self.scenes), **self.environ}
        return Order(
            str(self.folder), self.sandbox.moodle_url, self.sandbox.token, sftp, commands, environ,
            ledger=self.ledger, hours_back=self.hours_back, **more,
        )  # fmt: skip

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        try:
            yield
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from error


def places(clean: Clean, command: str) -> dict[str, Place]:
    """Where the points lie in a command's walk; those it does not come by are left out."""
    named = {name: (step.format(command), what, nth) for name, (step, what, nth) in PLACES.items()}
    return {name: place for name, place in named.items() if such(clean.trail, place) >= place[2]}


def points(clean: Clean, command: str) -> dict[str, Kill]:
    """How a command's walk is killed at each of the points it comes by."""
    found: dict[str, Kill] = {name: {"die_before": place} for name, place in places(clean, command).items()}
    return found | ({SENT: FIRST_ANSWER} if clean.writes else {})
