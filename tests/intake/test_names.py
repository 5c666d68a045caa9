"""Hostile and odd names: each captured under a safe one with its own in the ledger, or refused by name."""

import asyncio
import unicodedata

import asyncssh
import pytest

from sync_operators.configuration.sections import Drop as Rules
from sync_operators.depot.names import safe_name
from sync_operators.intake.drop import DropFolder, FileKind
from sync_operators.intake.rules import sort_listing
from tests.intake.world import connected

CONTENT = b"username\nann\n"
ODD = [
    b"a\nb.csv",
    b"a\rb.csv",
    b"a\tb.csv",
    b"x" * 251 + b".csv",
    b"x" * 255,
    "é".encode() * 127,
    b"caf\xe9.csv",
    b"\xff\xfe",
    b'"quoted".csv',
    b"it's.csv",
    b"`id`.csv",
    b"$(id).csv",
    b"a;b|c&d.csv",
    "invoice\u202evsc.exe".encode(),
    "a\u200bb.csv".encode(),
    "\ufeffa.csv".encode(),
    b"CON.csv",
    b"con",
    b"nul.tar.gz",
    b"COM1.csv",
    b"LPT9",
    b" a.csv",
    b"a.csv ",
    b"   ",
    b"a.csv.",
    b"..csv",
    b"...",
    b"-rf.csv",
    b"a\\b.csv",
    b"%2e%2e%2fa.csv",
    b"archives",
    b"Quarantine",
    b"a*?[b].csv",
]
HIDDEN = {raw for raw in ODD if raw.startswith(b".")}


@pytest.mark.parametrize("raw", [raw for raw in ODD if raw not in HIDDEN])
def test_an_odd_name_is_captured_under_a_safe_one_with_its_own_in_the_ledger(world, raw):
    world.put(raw, CONTENT)
    assert [item.code for item in world.capture().items] == ["captured"]
    (version,) = world.versions()
    assert version.origin_name == raw
    assert version.name == safe_name(raw)[0]
    assert len(version.name.encode()) <= 200
    assert all(char.isprintable() and char not in "/\\" for char in version.name)
    assert version.name == version.name.strip()
    world.check_exactly_once([CONTENT])


@pytest.mark.parametrize("raw", sorted(HIDDEN))
def test_dots_in_front_hide_a_name(world, raw):
    world.put(raw, CONTENT)
    assert [item.code for item in world.capture().items] == ["ignored_hidden"]


@pytest.mark.parametrize("raw", [b"CON.csv", b"con", b"nul.tar.gz", b"COM1.csv", b"LPT9", b"aux .csv", b"a.csv."])
def test_a_name_that_windows_would_not_have_is_another_in_the_depot(raw):
    name, changed = safe_name(raw)
    assert changed
    assert name.partition(".")[0].rstrip().lower() not in {"con", "nul", "com1", "lpt9", "aux"}
    assert not name.endswith(".")


@pytest.mark.parametrize("raw", [b"CONTROL.csv", b"console", b"com10.csv", b"lpt.csv", b"nullable.csv"])
def test_a_name_that_only_begins_like_a_device_is_kept(raw):
    assert safe_name(raw) == (raw.decode(), False)


@pytest.mark.parametrize(
    "pair",
    [
        (b"Users.csv", b"users.csv"),
        (unicodedata.normalize("NFC", "é.csv").encode(), unicodedata.normalize("NFD", "é.csv").encode()),
        (b"a.csv", b"a.csv "),
        (b"a\n.csv", b"a\r.csv"),
        (b"x" * 200 + b"1.csv", b"x" * 200 + b"2.csv"),
    ],
)
def test_names_that_differ_a_little_are_two_files(world, pair):
    for raw in pair:
        world.put(raw, raw)
    assert world.capture().counts == {"captured": 2}
    assert {version.origin_name: world.tree()[version.place] for version in world.versions()} == {
        raw: raw for raw in pair
    }
    world.check_exactly_once(pair)


HOSTILE = [b"../evil.csv", b"/etc/passwd", b"a/b.csv", b"", b"a\0b"]


def test_a_name_that_is_a_path_is_refused_by_name_and_never_asked_for(world, monkeypatch):
    """No server on a real disk has such names, so one is made up: what it lists is all that is not real."""

    async def scandir(_self, _path):
        for name in (b".", b"..", *HOSTILE, b"a.csv"):
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(permissions=0o100644, size=len(CONTENT), mtime=1))

    async def run():
        async with connected(world.server.port) as session:
            return await DropFolder(session, "/drop", parallel=4).listing()

    monkeypatch.setattr(asyncssh.SFTPClient, "scandir", scandir)
    listing = asyncio.run(run())
    assert {found.raw for found in listing if found.kind is FileKind.NAMELESS} == set(HOSTILE)
    found = sort_listing(listing, Rules())
    assert [each.found.raw for each in found.candidates] == [b"a.csv"]
    assert {code for _, code in found.ignored} == {"ignored_name"}


@pytest.mark.parametrize("told", [{}, {"size": len(CONTENT)}, {"size": len(CONTENT), "mtime": 5}])
def test_a_server_that_lists_little_of_a_file_loses_none(world, monkeypatch, told):
    world.put("a.csv", CONTENT)

    async def scandir(_self, _path):
        yield asyncssh.SFTPName(b"a.csv", attrs=asyncssh.SFTPAttrs(**told))

    async def lstat(_self, path):
        return asyncssh.SFTPAttrs(**{"size": len(CONTENT), **told}) if path.endswith(b"a.csv") else missing()

    def missing():
        raise asyncssh.SFTPNoSuchFile("")

    monkeypatch.setattr(asyncssh.SFTPClient, "scandir", scandir)
    monkeypatch.setattr(asyncssh.SFTPClient, "lstat", lstat)
    assert world.codes() == [("a.csv", "captured")]


# Folders


def test_folders_of_the_drop_are_looked_into_only_when_configured(world):
    (world.drop.folder / "in" / "erp").mkdir(parents=True)
    world.put("in/a.csv", b"one")
    world.put("in/erp/a.csv", b"two")
    world.put("a.csv", b"three")
    assert world.codes() == [("a.csv", "captured"), ("in", "ignored_directory")]
    assert world.codes(rules={"folders": ["in"]}) == [("in/a.csv", "captured"), ("in/erp", "ignored_directory")]
    assert world.codes(rules={"folders": ["in", "in/erp", "missing"]}) == [("in/erp/a.csv", "captured")]
    places = {"a.csv": b"three", "in/a.csv": b"one", "in/erp/a.csv": b"two"}
    assert world.tree() == places
    assert [(version.folder, version.name, version.origin_name) for version in world.versions()] == [
        ("", "a.csv", b"a.csv"), ("in", "a.csv", b"in/a.csv"), ("in/erp", "a.csv", b"in/erp/a.csv"),
    ]  # fmt: skip
    world.check()


def test_a_companion_lies_in_the_folder_of_its_file(world):
    (world.drop.folder / "in").mkdir()
    world.put("in/a.csv", CONTENT)
    world.put("a.csv.done")
    rules = {"folders": ["in"], "done_suffix": ".done"}
    assert world.codes(rules=rules) == [("a.csv.done", "ignored_marker"), ("in/a.csv", "deferred_incomplete")]
    world.put("in/a.csv.done")
    assert ("in/a.csv", "captured") in world.codes(rules=rules)


@pytest.mark.parametrize(
    "folder", ["", "/in", "in/", "../in", "in/../x", ".hidden", "_in", "archives", "Reports/x", "in//x"]
)
def test_a_folder_that_cannot_be_one_is_refused(folder):
    with pytest.raises(ValueError, match="cannot be a folder of the drop"):
        Rules.model_validate({"folders": [folder]})
