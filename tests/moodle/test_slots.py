from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from sync_operators.moodle.errors import CalledBack
from sync_operators.moodle.slots import Slots


def _holding(slots, release, entered):
    with slots.turn():
        entered.set()
        release.wait(10)


def test_as_many_at_once_as_there_are_connections():
    slots, inside, most = Slots(2), [], []

    def one(number):
        with slots.turn():
            inside.append(number)
            most.append(len(inside))
            sleep(0.005)
            inside.remove(number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(24)))
    assert len(most) == 24
    assert max(most) == 2


def test_those_who_wait_are_called_back_and_those_inside_go_on():
    slots, release, entered = Slots(1), Event(), Event()
    with ThreadPoolExecutor(3) as pool:
        inside = pool.submit(_holding, slots, release, entered)
        entered.wait(10)
        waiting = [pool.submit(_holding, slots, release, Event()) for _ in range(2)]
        while not all(future.running() for future in waiting):
            sleep(0.001)
        sleep(0.05)
        slots.call_back()
        for future in waiting:
            with pytest.raises(CalledBack):
                future.result(10)
        assert not inside.done()
        release.set()
        inside.result(10)


def test_who_comes_after_a_recall_has_a_turn_again():
    slots = Slots(1)
    slots.call_back()
    with slots.turn():
        pass
    with slots.turn():
        pass


def test_an_error_gives_the_connection_back():
    slots = Slots(1)
    with pytest.raises(ZeroDivisionError), slots.turn():
        raise ZeroDivisionError
    with slots.turn():
        pass
