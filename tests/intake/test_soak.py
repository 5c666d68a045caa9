"""An ERP at work while captures are killed and cut off: in the end each file is accounted for.

Five minutes, or `SOAK=3600` seconds; a share of the sweeps takes twenty seconds at most.
"""

import os
import random
import signal
import time
from collections import Counter

import pytest

from include.sandbox.faults import DropFault
from tests.intake.erp import SETTLE, Erp

SECONDS = float(os.environ.get("SOAK", "300"))
RULES = {"settle_seconds": SETTLE}


def troubled(world, forker, chance):
    """A capture that is killed at an effect or a request, cut off, refused, or left alone."""
    nth, when = chance.randint(1, 70), chance.choice(["before", "after"])
    kind = chance.choice(["effect", "kill", "drop", "fail", "none"])

    def before(pid):
        if kind in {"kill", "drop", "fail"}:
            world.drop.faults.add(DropFault(kind=kind, nth=nth, when=when, pid=pid))

    ended = forker.run(world, die_at=nth if kind == "effect" else 0, before=before, rules=RULES)
    world.drop.faults.clear()
    world.drop.requests.clear()
    if ended["status"] == -signal.SIGKILL:
        return "killed"
    assert ended["status"] == 0 or "Drop" in ended["said"], ended
    return "whole" if ended["status"] == 0 else "broken off"


def account(world, erp):
    """Everything sent is in the depot as often as it was delivered, and nothing else."""
    world.check()
    assert world.in_drop() == []
    found = Counter(world.tree().values())
    for content in erp.certain:
        least, most = erp.certain[content], erp.certain[content] + erp.maybe[content]
        halves = [one[:20] for one in found if one != content and content.startswith(one)]
        told = (content[:20], least, found[content], most, halves)
        assert least <= found[content] <= most or content in erp.stalled, told
    unknown = found.keys() - erp.certain.keys()
    assert all(any(whole.startswith(half) for whole in erp.stalled) for half in unknown), [one[:20] for one in unknown]
    assert not any(version.left_behind for version in world.versions())


@pytest.mark.torture
@pytest.mark.timeout(SECONDS + 900)
def test_whatever_the_erp_does_and_whenever_captures_die_each_file_is_accounted_for(world, forker, request):
    seed, share = request.config.option.seed, request.config.option.share
    seconds = SECONDS if share == 1 else min(20.0, SECONDS * share)
    chance, ends = random.Random(f"captures {seed}"), Counter()
    erp = Erp(world.drop.folder, random.Random(f"erp {seed}"))
    erp.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until and erp.is_alive():
        ends[troubled(world, forker, chance)] += 1
    erp.stop()
    assert erp.failure is None
    for _ in range(2):
        assert forker.run(world, rules=RULES)["status"] == 0
    told = f"seed={seed} seconds={seconds:.0f} deliveries={sum(erp.did.values())} replaced={sum(erp.maybe.values())}"
    print(f"soak: {told} stalled={len(erp.stalled)} captures={dict(ends)}")
    account(world, erp)
