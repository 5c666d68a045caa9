import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_operators.depot.names import (
    RESERVED,
    input_name,
    is_product,
    is_queued,
    is_reserved,
    product,
    run_of,
    safe_name,
)
from sync_operators.depot.storage import checked

RUN = "20261122T040001Z-a1b2c3"


@pytest.mark.parametrize(
    "name",
    [
        "userimport.csv",
        "Élèves (1) – final copy.csv",
        "👩‍🎓 étudiants.csv",
        "مستخدمين.csv",
        "no extension",
        "two..dots.csv",
        "-rf",
        "a" * 200,
        "quote'\"*?[x].csv",
        "lock.csv",
    ],
)
def test_a_printable_name_stays_as_it_is(name):
    assert safe_name(name.encode()) == (name, False)


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        (b"../../etc/passwd", "_._.._etc_passwd-"),
        (b"/etc/passwd", "_etc_passwd-"),
        (b"a\\b.csv", "a_b-"),
        (b"..", "_"),
        (b".", "_-"),
        (b"", "_-"),
        (b".hidden.csv", "_hidden-"),
        (b" padded .csv ", "padded-"),
        (b"\xc2\xa0nbsp.csv", "nbsp-"),
        (b"new\nline.csv", "new_line-"),
        (b"nul\0.csv", "nul_-"),
        (b"\x7fdel.csv", "_del-"),
        ("user\u202evsc.exe".encode(), "user_vsc-"),
        (b"latin\xe9.csv", "latin_-"),
        (b"archives", "archives-"),
        (b"Reports", "Reports-"),
        (b".ledger", "_ledger-"),
        (b"x" * 201, "x"),
    ],
)
def test_an_unsafe_name_is_replaced_by_a_safe_one(raw, safe):
    name, changed = safe_name(raw)
    assert changed
    assert name.startswith(safe[:12])
    assert checked(name) == name
    assert len(name.encode()) <= 200


@pytest.mark.parametrize(
    ("one", "other"), [(b"a\x01.csv", b"a\x02.csv"), (b"x" * 300, b"x" * 301), (b"a/b", b"a\\b"), (b"\xe9", b"\xe8")]
)
def test_two_originals_never_share_a_safe_name(one, other):
    assert safe_name(one)[0] != safe_name(other)[0]


def test_a_replaced_name_keeps_its_extension():
    assert safe_name("é".encode() * 150 + b".csv")[0].endswith(".csv")


@given(st.binary(max_size=400))
def test_a_safe_name_is_a_place_in_the_root_whatever_was_dropped(raw):
    name, changed = safe_name(raw)
    assert checked(name) == name
    assert PurePosixPath(name).name == name
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in name if char not in "\u200c\u200d")
    assert 0 < len(name.encode()) <= 200
    assert not is_reserved(name)
    assert safe_name(raw) == (name, changed)


@given(st.text(min_size=1, max_size=300))
def test_a_safe_name_needs_no_second_change(name):
    assert safe_name(safe_name(name.encode("utf-8", "surrogatepass"))[0].encode())[1] is False


@pytest.mark.parametrize(
    ("kind", "folder", "name", "suffix", "place"),
    [
        ("archives", "", "userimport.csv", "", f"archives/2026/11/{RUN}_userimport.csv"),
        ("archives", "faculty/law", "a.csv", "", f"archives/2026/11/faculty/law/{RUN}_a.csv"),
        ("reports", "", "userimport.csv", ".html", f"reports/2026/11/{RUN}_userimport.html"),
        ("reports", "", "no extension", ".jsonl", f"reports/2026/11/{RUN}_no extension.jsonl"),
        ("tryback", "", "Été (1).csv", ".why.csv", f"tryback/2026/11/{RUN}_Été (1).why.csv"),
        ("quarantine", "", "a.tar.gz", ".why.txt", f"quarantine/2026/11/{RUN}_a.tar.why.txt"),
    ],
)
def test_a_product_names_its_run_and_its_input(kind, folder, name, suffix, place):
    assert product(kind, RUN, folder, name, suffix) == place
    assert is_product(place)
    assert is_reserved(place)


@given(st.text("aé漢😀/", max_size=1500), st.text("aé漢😀.", min_size=1, max_size=255), st.sampled_from(["", ".html"]))
def test_a_product_fits_every_store(folder, name, suffix):
    place = product("archives", RUN, folder, name, suffix)
    assert len(place.encode()) <= 1024
    assert len(place.rpartition("/")[2].encode()) <= 255
    assert place.endswith(suffix)
    assert is_product(place)


@pytest.mark.parametrize(
    "name", ["userimport.csv", "20261122_userimport.csv", f"x{RUN}_a.csv", f"{RUN}.csv", f"{RUN}_"]
)
def test_other_names_are_no_products(name):
    assert not is_product(name)


@pytest.mark.parametrize(
    ("place", "reserved"),
    [
        *((f"{folder}/a.csv", True) for folder in sorted(RESERVED)),
        ("Archives/a.csv", True),
        (".tmp-1", True),
        ("law/.hidden", True),
        ("archives.csv", False),
        ("law/archives/a.csv", False),
        ("a.csv", False),
    ],
)
def test_our_folders_and_hidden_names_are_reserved(place, reserved):
    assert is_reserved(place) is reserved


def test_a_queued_version_is_told_by_its_place():
    assert [is_queued(place) for place in (".queued/x_a.csv", "a.csv", None)] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "run", "called"),
    [
        (f"{RUN}_userimport.csv", RUN, "userimport.csv"),
        (f"{RUN}_{RUN}_a_b.csv", RUN, "a_b.csv"),
        ("userimport.csv", None, "userimport.csv"),
        (f"{RUN}_", None, f"{RUN}_"),
    ],
)
def test_a_product_is_called_after_its_run_and_its_input(name, run, called):
    assert (run_of(name), input_name(name)) == (run, called)
