"""The stand-in Moodle answers every recorded case of a real one alike."""

from pathlib import Path

import pytest

from include.sandbox.starting import start
from tests.contract.cases import record
from tests.contract.compare_contract import Cases, comparable, is_comparable, keyed, load
from tests.contract.record_contract import Recorder

RECORDED = load(Path(__file__).parent / "recorded")
COMPARABLE = [key for key in RECORDED if is_comparable(key)]
# Some enrolments were active when the contract was recorded and are over one day.
RECORDED_AT = 1_795_347_000


@pytest.fixture(scope="module")
def observed(tmp_path_factory) -> Cases:
    with start(tmp_path_factory.mktemp("contract")) as sandbox:
        sandbox.control.reset(bare=True)
        sandbox.control.set_site(clock=RECORDED_AT)
        tokens = [sandbox.token, sandbox.nocaps_token, sandbox.minimal_token]
        recorder = Recorder(sandbox.moodle_url, sandbox.token, tokens)
        record(recorder, sandbox.nocaps_token, sandbox.minimal_token)
        recorder.http.close()
    return keyed(recorder.cases)


def test_the_whole_contract_is_compared():
    assert len(COMPARABLE) == 474


@pytest.mark.parametrize("key", COMPARABLE, ids=": ".join)
def test_a_recorded_case_is_answered_alike(key, observed):
    assert comparable(observed[key]) == comparable(RECORDED[key])


# XML bodies are no JSON, so the comparer skips them; their beginnings are compared here.
@pytest.mark.parametrize(
    "name", [name for (file, name), case in RECORDED.items() if file == "_protocol" and "_raw" in str(case["response"])]
)
def test_an_answer_in_xml_has_the_recorded_shape(name, observed):
    recorded, seen = (cases["_protocol", name]["response"] for cases in (RECORDED, observed))
    assert seen["_content_type"] == recorded["_content_type"]
    wanted = _without_addresses(recorded["_raw"])
    if not recorded["_raw"].endswith("\n"):
        # The recorder keeps the first 2,000 characters, so the last line is a piece.
        wanted = wanted[:-1]
    assert _without_addresses(seen["_raw"])[: len(wanted)] == wanted


def _without_addresses(xml: str) -> list[str]:
    return [line for line in xml.splitlines() if "/theme/image.php" not in line]


def test_every_observed_case_has_been_recorded(observed):
    assert observed.keys() <= RECORDED.keys()
