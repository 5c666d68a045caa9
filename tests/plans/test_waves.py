"""Acts in order: each table is the plan of a small file; the numbers are waves."""

import pytest

from sync_operators.plans.waves import Waves
from sync_operators.tools.tool import Draft


def name(value):
    return frozenset({("username", value)})


RENAME_CHAIN = [
    Draft("rename", "user", 1, takes=name("tmp"), frees=name("a")),
    Draft("rename", "user", 2, takes=name("a"), frees=name("b")),
    Draft("rename", "user", 1, takes=name("b"), frees=name("tmp")),
]


@pytest.mark.parametrize(
    ("drafts", "waves"),
    [
        pytest.param([Draft("update", "user", 1), Draft("update", "user", 2)], [0, 0], id="strangers go together"),
        pytest.param([Draft("update", "user", 1), Draft("update", "user", 1)], [0, 1], id="one entity, in file order"),
        pytest.param(RENAME_CHAIN, [0, 1, 2], id="a swap by way of a third name"),
        pytest.param(
            [Draft("delete", "user", 5, frees=name("bob")), Draft("create", "user", -1, takes=name("bob"))],
            [0, 1],
            id="a name is taken only after it was freed",
        ),
        pytest.param(
            [Draft("create", "user", -1, takes=name("bob")), Draft("delete", "user", 5, frees=name("bob"))],
            [0, 0],
            id="what is freed later does not hold back what took it before",
        ),
    ],
)
def test_acts_that_touch_one_entity_or_one_name_go_in_successive_waves(drafts, waves):
    placing = Waves()
    assert [placing.place(row, "k", draft).wave for row, draft in enumerate(drafts)] == waves


def test_a_later_act_on_a_new_entity_needs_the_one_that_makes_it():
    placing = Waves(first=8)
    placed = [placing.place(1, "k", Draft(verb, "user", -1)) for verb in ("create", "suspend", "update")]
    assert [(each.seq, each.needs, each.wave, each.moodle_id) for each in placed] == [
        (8, None, 0, None),
        (9, 8, 1, None),
        (10, 8, 2, None),
    ]


def test_an_act_waits_for_the_entity_it_needs_and_takes_its_id():
    placing = Waves()
    category = placing.place(1, "k", Draft("create", "category", -1))
    inner = placing.place(1, "k", Draft("create", "category", -2, parent=("category", -1)))
    course = placing.place(1, "k", Draft("create", "course", -3, parent=("category", -2)))
    update = placing.place(2, "k", Draft("update", "course", -3))
    placed = [(each.needs, each.wave) for each in (category, inner, course, update)]
    assert placed == [(None, 0), (1, 1), (2, 2), (3, 3)]
