"""An ERP that drops, replaces, drops again, writes slowly and locks, as chance will have it; it remembers it all."""

import threading
import time
from collections import Counter
from contextlib import contextmanager

NAMES = [f"export{n}.csv" for n in range(8)]
SETTLE = 0.6
"""Seconds between the two looks of the captures; what is written in place pauses for much less."""
_SAME_AGAIN_AFTER = 2.0


class Erp(threading.Thread):
    """Writes into a folder until it is told to stop.

    `certain` counts the deliveries that must arrive, by content, and `maybe` those that somebody replaced in the drop:
    they arrive if a capture was faster. What a slow machine made look complete is in `stalled`.
    """

    def __init__(self, folder, chance):
        super().__init__(daemon=True)
        self.certain, self.maybe, self.stalled, self.did = Counter(), Counter(), set(), Counter()
        self._folder, self._chance = folder, chance
        self._stopping = threading.Event()
        self._lies = {}
        self._sent = []
        self.failure = None

    def run(self):
        deeds = (self._drop, self._drop, self._drop, self._replace, self._again, self._write_slowly, self._rename_part)
        try:
            while not self._stopping.wait(self._chance.uniform(0, 0.2)):
                self._chance.choice(deeds)()
        except BaseException as exc:  # noqa: BLE001  (told to the test)
            self.failure = exc

    def stop(self):
        self._stopping.set()
        self.join(30)

    def _drop(self):
        self._put(self._free_name(), self._new())

    def _again(self):
        """Send what was sent before, when its former delivery cannot be mistaken for it."""
        name = self._free_name()
        old = [content for at, sent, content in self._sent if sent == name and time.time() - at > _SAME_AGAIN_AFTER]
        if old:
            self._put(name, self._chance.choice(old[-20:]))

    def _replace(self):
        with self._locked() as locked:
            there = [name for name in NAMES if (self._folder / name).exists()]
            if locked and there:
                name = self._chance.choice(there)
                self._withdraw(name)
                self._lay(name, self._new())

    def _write_slowly(self):
        """Without any mark, in pieces, never resting as long as a capture waits."""
        name, content = self._free_name(), self._new()
        if name is None:
            return
        with (self._folder / name).open("xb") as file:
            written = time.monotonic()
            for start in range(0, len(content), len(content) // 3):
                file.write(content[start : start + len(content) // 3])
                file.flush()
                # From one piece to the next, whatever kept this thread from going on meanwhile.
                before, written = written, time.monotonic()
                if written - before > SETTLE / 2:
                    self.stalled.add(content)
                time.sleep(0.05)
        self._note(name, content)

    def _rename_part(self):
        name, content = self._free_name(), self._new()
        if name is None:
            return
        part = self._folder / f"{name}.part"
        part.write_bytes(content[:7])
        time.sleep(self._chance.uniform(0, 2 * SETTLE))
        part.write_bytes(content)
        if not (self._folder / name).exists():
            part.rename(self._folder / name)
            self._note(name, content)

    def _put(self, name, content):
        if name is not None:
            self._lay(name, content)

    def _lay(self, name, content):
        hidden = self._folder / f".{name}"
        hidden.write_bytes(content)
        hidden.replace(self._folder / name)
        self._note(name, content)

    @contextmanager
    def _locked(self):
        """Lock for writing by the old protocol: whoever finds our lock goes first."""
        lock = self._folder / "alock.txt"
        lock.touch()
        try:
            yield not (self._folder / "lock.txt").exists()
        finally:
            lock.unlink()

    def _new(self):
        """A content of its own, of a size of its own: servers tell whole seconds only."""
        number = sum(self.did.values())
        return b"%d\n" % number + b"x" * (1000 + 7 * number)

    def _free_name(self):
        free = [name for name in NAMES if not (self._folder / name).exists()]
        return self._chance.choice(free) if free else None

    def _note(self, name, content):
        self.certain[content] += 1
        self.did[name] += 1
        self._lies[name] = content
        self._sent = [*self._sent[-200:], (time.time(), name, content)]

    def _withdraw(self, name):
        content = self._lies[name]
        self.certain[content] -= 1
        self.maybe[content] += 1
