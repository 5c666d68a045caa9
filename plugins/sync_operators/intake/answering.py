"""The way back: reports, trybacks and reasons as files of the drop, for an ERP that sees nothing else of us.

The ledger says what is owed in the transaction that ends the run. An answer gets its name by a rename, when it is
whole; a name that is there is an answer that was written, whatever broke off afterwards.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import asyncssh

from sync_operators.depot.files import BLOCK
from sync_operators.depot.names import place_of, split_name
from sync_operators.depot.storage import Depot
from sync_operators.errors import SyncError
from sync_operators.intake.drop import DropFolder
from sync_operators.intake.errors import DropError
from sync_operators.ledger import Ledger, answers, events
from sync_operators.ledger.answers import Answer
from sync_operators.ledger.files import FileVersion

log = logging.getLogger(__name__)

LEASE = "way_back"
"""Held by whoever writes answers: nobody else writes the same ones meanwhile."""

PATIENCE = 30.0
"""Seconds until a request to the drop counts as unanswered."""

_BATCH = 100
_LONGEST = 255
_PART = ".part"
_WRITE = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


def answer_name(kind: str, version: FileVersion, stamp: str, suffix: str) -> str:
    """The name of an answer beside the file it tells of: `_report_userimport_<stamp>.html`."""
    room = _LONGEST - len(f"_{kind}__{stamp}{suffix}{_PART}")
    stem = split_name(version.name)[0].encode()[:room].decode("utf-8", "ignore")
    return place_of(version.folder, f"_{kind}_{stem}_{stamp}{suffix}")


class AnsweredDrop(DropFolder):
    """A drop that is written to."""

    async def write(self, raw: bytes, source: BinaryIO) -> None:
        """Write a file as a whole, over what an attempt before has left there."""
        what = f"the writing of {raw!r}"
        async with self._request(what):
            file = await self._session.open(self._full(raw), _WRITE, encoding=None)
        try:
            while chunk := source.read(BLOCK):
                async with self._request(what):
                    await file.write(chunk)
        finally:
            async with self._request(what):
                await file.close()


@dataclass(frozen=True, slots=True)
class WayBack:
    """Writes what the drop is owed, and takes away what has lain there long enough."""

    ledger: Ledger
    depot: Depot
    holder: str
    clock: Callable[[], datetime]

    def owed(self) -> list[Answer]:
        """What is to be written next."""
        with self.ledger.read() as tx:
            return answers.owed(tx, _BATCH)

    def owe_refusals(self, since: datetime) -> None:
        """Owe the reason for what a capture has put into quarantine since then: no run will tell of it."""
        with self.ledger.read() as tx:
            refused = answers.unanswered(tx, since)
        if refused:
            with self.ledger.write() as tx:
                answers.owe(tx, [_why(version) for version in refused])

    async def write(self, drop: AnsweredDrop) -> None:
        """Write all that is owed. The first refusal ends it: a drop that refuses is not asked for each of thousands."""
        while owed := self.owed():
            for answer in owed:
                try:
                    await self._write(drop, answer)
                except DropError as error:
                    self.put_off([each for each in owed if _about(each) == _about(answer)], error)
                    return

    async def _write(self, drop: AnsweredDrop, answer: Answer) -> None:
        raw = os.fsencode(answer.name)
        is_there = await drop.look(raw) is not None
        if not is_there and not self.depot.exists(answer.place):
            log.warning("way_back: file=%r is not written: %s is gone from the depot", answer.name, answer.place)
            self._forget([answer])
            return
        if not is_there:
            with self.depot.open(answer.place) as source:
                await drop.write(_temporary(raw), source)
            await drop.rename(_temporary(raw), raw)
        self._note(answer)

    def _note(self, answer: Answer) -> None:
        now, detail = self.clock(), {"name": answer.name, "place": answer.place}
        with self.ledger.write() as tx:
            answers.note_written(tx, [answer.name], now)
            events.add(
                tx, "answered", who=self.holder, at=now, file_id=answer.file_id, run_id=answer.run_id, detail=detail
            )
        log.info("way_back: file=%r run=%s written into the drop", answer.name, answer.run_id)

    def put_off(self, owed: Sequence[Answer], error: SyncError) -> None:
        """Note that the drop could not be written; of each file that is said once, however often it is tried."""
        now, detail = self.clock(), {"reason": error.message}
        fresh = {_about(answer) for answer in owed if answer.tried is None}
        with self.ledger.write() as tx:
            answers.note_tried(tx, [answer.name for answer in owed], now)
            for file_id, run_id in sorted(fresh, key=str):
                events.add(tx, "answer_put_off", who=self.holder, at=now, file_id=file_id, run_id=run_id, detail=detail)
        log.warning("way_back: not written, and tried again by the next capture: %s", error)

    def over(self, before: datetime) -> list[Answer]:
        """What has lain in the drop, or was owed in vain, since before that time."""
        with self.ledger.read() as tx:
            return answers.before(tx, before)

    async def sweep(self, drop: DropFolder, over: Sequence[Answer]) -> None:
        """Take these answers out of the drop; raises DropError when it does not let us, and the rest stays noted."""
        for start in range(0, len(over), _BATCH):
            batch = over[start : start + _BATCH]
            await asyncio.gather(*(drop.remove(_lying(answer)) for answer in batch))
            self._forget(batch)

    def _forget(self, gone: Iterable[Answer]) -> None:
        by_file: dict[tuple[int, str | None], list[str]] = {}
        for answer in gone:
            by_file.setdefault(_about(answer), []).append(answer.name)
        with self.ledger.write() as tx:
            answers.forget(tx, [name for names in by_file.values() for name in names])
            for (file_id, run_id), names in by_file.items():
                detail = {"from": "drop", "names": names}
                events.add(tx, "swept", who=self.holder, at=self.clock(), file_id=file_id, run_id=run_id, detail=detail)


def _about(answer: Answer) -> tuple[int, str | None]:
    return answer.file_id, answer.run_id


def _why(version: FileVersion) -> Answer:
    place = version.place or ""
    stamp = place.rpartition("/")[2].partition("_")[0]
    name = answer_name("why", version, stamp, ".txt")
    return Answer(name, f"{split_name(place)[0]}.why.txt", version.id, None, version.state_since)


def _temporary(raw: bytes) -> bytes:
    """Hidden while it is being written; the same each time, so that an attempt leaves nothing behind."""
    folder, slash, name = raw.rpartition(b"/")
    return folder + slash + b"." + name.removeprefix(b"_") + _PART.encode()


def _lying(answer: Answer) -> bytes:
    raw = os.fsencode(answer.name)
    return _temporary(raw) if answer.written is None else raw
