"""What became of acts whose answer never came: found by looking, never by sending again blindly."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync_operators.moodle.reader import MoodleReader
from sync_operators.plans.batch import Batch
from sync_operators.tools.tool import Seen

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two looks: PHP may still be at work on a request whose client has gone."""

LOOKS = 60


@dataclass(frozen=True, slots=True)
class Look:
    """What Moodle said of acts, by their seq, and when."""

    seen: Mapping[int, Seen]
    at: float


def look(batch: Batch, reader: MoodleReader) -> Look:
    """Ask Moodle what each act of a batch has come to."""
    return Look(batch.verb.look(reader, batch.acts), time.monotonic())


def look_until_calm(
    batch: Batch, reader: MoodleReader, sleep: Callable[[float], None], before: Look | None = None
) -> Mapping[int, Seen]:
    """Look at Moodle until two looks five seconds apart agree; what each act came to, by its seq.

    `before` is a look that was taken earlier, if there is one.
    """
    before = before or look(batch, reader)
    for _ in range(LOOKS):
        sleep(max(PAUSE - (time.monotonic() - before.at), 0))
        now = look(batch, reader)
        if now.seen == before.seen:
            break
        before = now
    log.info("settle: looked acts=%d done=%d", len(batch.acts), sum(seen.done for seen in before.seen.values()))
    return before.seen
