import pytest

from sync_operators.ledger.operations import Operation
from sync_operators.plans.secrets import acts_of, random_password
from sync_operators.tools.tool import FROM_FILE, RANDOM


def operation(seq, row, after, **more):
    return Operation(
        seq=seq, row=row, wave=0, needs=more.get("needs"), verb="create", entity="user", key="k", after=after
    )


def test_a_password_comes_from_the_rows_of_the_file_that_need_one():
    asked = []

    def values_of(rows):
        asked.extend(rows)
        return {row: {"username": f"u{row}", "password": f"secret{row}"} for row in rows}

    acts = acts_of([operation(1, 3, {"password": FROM_FILE}), operation(2, 4, {"city": "Oslo"})], {}, values_of)
    assert [dict(act.after) for act in acts] == [{"password": "secret3"}, {"city": "Oslo"}]
    assert asked == [3]


def test_an_act_takes_the_id_of_the_one_it_needs():
    (act,) = acts_of([operation(2, 1, {}, needs=1)], {1: 77}, dict)
    assert act.moodle_id == 77


def test_random_passwords_differ_and_are_never_those_of_the_plan():
    first, second = (acts_of([operation(1, 1, {"password": RANDOM})], {}, dict)[0].after["password"] for _ in range(2))
    assert first != second
    assert RANDOM not in {first, second}


@pytest.mark.parametrize("kind", [str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum()])
def test_a_random_password_passes_the_default_policy(kind):
    password = random_password()
    assert len(password) == 24
    assert any(map(kind, password))
