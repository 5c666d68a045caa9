"""The comparer lets pass what differs between any two sites, and nothing else."""

import pytest

from tests.contract.compare_contract import comparable

COURSE = {
    "id": 7,
    "fullname": "A",
    "visible": 1,
    "startdate": 1_795_305_600,
    "courseimage": "https://a/1",
    "sortorder": 20_001,
}
REFUSED = {"exception": "moodle_exception", "errorcode": "shortnametaken", "message": "Taken (66)"}


def seen(response, status=200):
    return comparable({"http_status": status, "response": response})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COURSE, COURSE | {"id": 8, "startdate": 1_700_000_000, "courseimage": "https://b/2"}),
        (REFUSED, REFUSED | {"message": "Taken (67)"}),
        ([COURSE], [COURSE | {"id": 9}]),
    ],
)
def test_ids_times_and_addresses_differ_between_sites(one, other):
    assert seen(one) == seen(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COURSE, COURSE | {"fullname": "a"}),
        (COURSE, COURSE | {"visible": 0}),
        (COURSE, COURSE | {"visible": True}),
        (COURSE, COURSE | {"sortorder": 20_002}),
        (COURSE, COURSE | {"idnumber": ""}),
        (COURSE | {"idnumber": None}, COURSE | {"idnumber": ""}),
        (REFUSED, REFUSED | {"errorcode": "courseidnumbertaken"}),
        (REFUSED, REFUSED | {"message": "Free (66)"}),
        (REFUSED, COURSE),
        ([COURSE], [COURSE, COURSE]),
        ([], None),
    ],
)
def test_all_else_is_a_difference(one, other):
    assert seen(one) != seen(other)


def test_a_status_is_a_difference():
    assert seen(COURSE) != seen(COURSE, 503)
