"""What became of acts whose answer never came: found by looking, never by sending again blindly."""

import logging
from collections.abc import Callable, Mapping, Sequence

from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.tool import Act, Seen, Verb

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two looks: PHP may still be at work on a request whose client has gone."""

LOOKS = 60


def look_until_calm(
    verb: Verb, reader: MoodleReader, acts: Sequence[Act], sleep: Callable[[float], None]
) -> Mapping[int, Seen]:
    """Look at Moodle until two looks five seconds apart agree; what each act came to, by its seq."""
    before = verb.look(reader, acts)
    for _ in range(LOOKS):
        sleep(PAUSE)
        now = verb.look(reader, acts)
        if now == before:
            break
        before = now
    log.info("settle: looked acts=%d done=%d", len(acts), sum(seen.done for seen in before.values()))
    return before
