"""Misbehaviour asked for in advance: the n-th request from now goes wrong, once or a few times."""

import os
import signal
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

When = Literal["before", "after"]


class MoodleFault(BaseModel):
    """What goes wrong with a call; `before` or `after` it took effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["timeout", "page", "cut", "drop", "slow", "kill"]
    when: When = "before"
    nth: int = Field(1, ge=1)
    times: int = Field(1, ge=1)
    of: str = ""
    writes_only: bool = False
    status: int = 502
    retry_after: int = 0
    ms: int = 0
    pid: int = 0


class DropFault(BaseModel):
    """What goes wrong with an SFTP request; `before` or `after` it took effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["drop", "fail", "deny", "hang", "kill"]
    when: When = "before"
    nth: int = Field(1, ge=1)
    times: int = Field(1, ge=1)
    of: str = ""
    writes_only: bool = False
    pid: int = 0


Fault = MoodleFault | DropFault


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    seen: int = 0

    @property
    def spent(self) -> bool:
        return self.seen >= self.fault.nth + self.fault.times - 1

    def fires(self, name: str, *, writes: bool) -> bool:
        if self.fault.of not in {"", name} or (self.fault.writes_only and not writes):
            return False
        self.seen += 1
        return self.seen >= self.fault.nth


@dataclass(slots=True)
class FaultQueue:
    """Faults not yet spent; each counts the matching requests from the moment it was asked for."""

    _waiting: list[_Waiting] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Ask for a fault."""
        self._waiting.append(_Waiting(fault))

    def clear(self) -> None:
        """Forget all faults."""
        self._waiting.clear()

    def pending(self) -> list[Fault]:
        """Faults that can still fire."""
        return [one.fault for one in self._waiting]

    def next(self, name: str, *, writes: bool) -> Fault | None:
        """The fault that strikes this request: the first asked for of those due."""
        due = [one.fault for one in self._waiting if one.fires(name, writes=writes)]
        self._waiting = [one for one in self._waiting if not one.spent]
        return due[0] if due else None


def kill(pid: int) -> None:
    """End the client process at once, as a crash would."""
    if pid > 0:
        os.kill(pid, signal.SIGKILL)
