from dataclasses import dataclass

import pytest

from sync_operators.codes import Fault
from sync_operators.depot.active import active_files, explicit_file, names
from sync_operators.depot.names import safe_name

RUN = "20261122T040001Z-a1b2c3"


@dataclass(frozen=True)
class Version:
    """As much of a ledger row as choosing needs."""

    id: int
    folder: str
    name: str
    place: str | None
    origin: str = "drop"
    origin_name: bytes = b""
    moving_to: str | None = None

    @property
    def arrival_no(self):
        return self.id


def waiting(*places):
    return [Version(n, *_split(place), place, origin_name=place.encode()) for n, place in enumerate(places, 1)]


def _split(place):
    folder, _, name = place.rpartition("/")
    return folder, name


def places(setting, files):
    return [version.place for version in active_files(setting, files).files]


ROOT = ["userimport.csv", "b.csv", "a.csv", "users_2.csv", "users_10.csv", "law/users_1.csv", "law/a.csv"]


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("userimport.csv", ["userimport.csv"]),
        ("/userimport.csv", ["userimport.csv"]),
        (" userimport.csv ", ["userimport.csv"]),
        ("law/a.csv", ["law/a.csv"]),
        ("/law/a.csv", ["law/a.csv"]),
        ("sync/userimport.csv", ["userimport.csv"]),
        ("/sync/law/a.csv", ["law/a.csv"]),
        ("sync/sync/a.csv", []),
        ("a.csv,b.csv", ["a.csv", "b.csv"]),
        ("b.csv, missing.csv ,,a.csv,b.csv", ["b.csv", "a.csv"]),
        ("users_*.csv", ["users_10.csv", "users_2.csv"]),
        ("users_?.csv", ["users_2.csv"]),
        ("users_[0-9].csv", ["users_2.csv"]),
        ("law/*.csv", ["law/a.csv", "law/users_1.csv"]),
        ("*/a.csv", []),
        ("b.csv,*.csv", ["b.csv", "a.csv", "userimport.csv", "users_10.csv", "users_2.csv"]),
        ("userimport", []),
        ("USERIMPORT.csv", []),
        ("", []),
        ("../userimport.csv", []),
        ("https://erp.example.org/userimport.csv", []),
    ],
)
def test_a_setting_names_waiting_files_in_the_order_of_its_list_then_by_name(setting, found):
    assert places(setting, waiting(*ROOT)) == found


@pytest.mark.parametrize("setting", ["sync/a.csv", "/sync/a.csv"])
def test_the_old_folder_is_left_out_with_a_warning(setting):
    assert active_files(setting, []).warnings == (Fault("warn_deprecated_path", {"value": setting}),)
    assert explicit_file(setting, []).warnings == (Fault("warn_deprecated_path", {"value": setting}),)


def test_other_settings_warn_of_nothing():
    assert active_files("synced/a.csv,a.csv", []).warnings == ()


@pytest.mark.parametrize(
    "place",
    [
        f"{RUN}_undo_users_userimport.csv",
        f"{RUN}_userimport.why.csv",
        f"tryback/2026/11/{RUN}_userimport.csv",
        "archives/userimport.csv",
        "quarantine/userimport.csv",
        ".queued/userimport.csv",
        ".tmp-1234",
    ],
)
@pytest.mark.parametrize("setting", ["*", "*.csv", "{place}", "{folder}/*", "userimport.csv"])
def test_nothing_of_ours_is_ever_active(setting, place):
    setting = setting.format(place=place, folder=place.rpartition("/")[0])
    assert places(setting, waiting(place)) == []
    assert not names(setting, place)


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("userimport.csv", f"{RUN}_userimport.csv"),
        ("users_*.csv", f"{RUN}_users_1.csv"),
        ("law/*.csv", f"law/{RUN}_a.csv"),
        ("userimport.csv", f"{RUN}_{RUN}_userimport.csv"),
    ],
)
def test_a_tryback_dropped_again_counts_as_its_input_would(setting, place):
    assert places(setting, waiting(place)) == [place]
    assert names(setting, place)
    assert places("other.csv", waiting(place)) == []


def test_a_version_that_waits_behind_its_name_or_moves_is_not_active_yet():
    files = [
        Version(1, "", "a.csv", "a.csv", moving_to="archives/a.csv"),
        Version(2, "", "a.csv", f".queued/{RUN}_a.csv"),
        Version(3, "", "a.csv", ".tmp-12", moving_to="a.csv"),
        Version(4, "", "a.csv", None),
    ]
    assert places("a.csv", files) == []


def test_a_name_is_compared_however_its_accents_are_written():
    assert places("e\u0301le\u0300ves.csv", waiting("élèves.csv")) == ["élèves.csv"]
    assert places("él*.csv", waiting("e\u0301le\u0300ves.csv")) == ["e\u0301le\u0300ves.csv"]


def test_pattern_characters_in_a_file_name_are_taken_as_they_are_first():
    assert places("users [1].csv", waiting("users [1].csv")) == ["users [1].csv"]


def asked(name, files):
    return [version.place for version in explicit_file(name, files).files]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("b.csv", ["b.csv"]),
        ("/law/a.csv", ["law/a.csv"]),
        ("sync/b.csv", ["b.csv"]),
        ("*.csv", []),
        ("a.csv,b.csv", []),
        ("missing.csv", []),
    ],
)
def test_a_file_asked_for_is_one_place(name, found):
    assert asked(name, waiting(*ROOT)) == found


def test_a_file_can_be_asked_for_by_its_name_in_the_drop():
    name, _ = safe_name(b" padded.csv")
    files = [Version(1, "", name, name, origin_name=b"padded .csv"), Version(2, "law", "a.csv", "law/a.csv")]
    assert asked("padded .csv", files) == [name]


def test_a_file_of_ours_can_be_asked_for_where_somebody_has_put_it_and_nowhere_else():
    files = waiting(f"{RUN}_userimport.csv", f"archives/{RUN}_b.csv")
    assert asked(f"{RUN}_userimport.csv", files) == [f"{RUN}_userimport.csv"]
    assert asked(f"archives/{RUN}_b.csv", files) == []


@pytest.mark.parametrize(
    ("setting", "place", "named"), [("a.csv,law/*", "law/x", True), ("a.csv", "law/a.csv", False), ("*", "a", True)]
)
def test_a_setting_says_which_places_it_would_take(setting, place, named):
    assert names(setting, place) is named
