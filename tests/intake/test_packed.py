"""Bundles and packed files: all of it or nothing, within limits, whatever the archive says of itself."""

import gzip
import io
import zipfile

import pytest

from sync_operators.depot.errors import DepotFull
from sync_operators.ledger import events, files
from sync_operators.ledger.files import FileState

USERS, COURSES = b"username\nann\n", b"shortname\nbio\n"


def zipped(*entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def state_of(world):
    return [(version.name, version.state, version.place) for version in world.versions()]


def test_a_bundle_is_one_delivery_whose_files_wait_for_their_common_run(world):
    world.put("bundle_7.zip", zipped(("userimport.csv", USERS), ("uploadcourses.csv", COURSES)))
    report = world.capture()
    assert [(item.name, item.code) for item in report.items] == [
        ("bundle_7.zip", "captured"),
        ("bundle_7.zip/uploadcourses.csv", "captured"),
        ("bundle_7.zip/userimport.csv", "captured"),
    ]
    bundle, *members = world.versions()
    assert (bundle.state, bundle.place.partition("/")[0], bundle.origin_name) == ("done", "archives", b"bundle_7.zip")
    assert [(one.name, one.state, one.place, one.origin_name) for one in members] == [
        ("userimport.csv", "bundled", "userimport.csv", b"bundle_7.zip/userimport.csv"),
        ("uploadcourses.csv", "bundled", "uploadcourses.csv", b"bundle_7.zip/uploadcourses.csv"),
    ]
    assert {one.bundle_id for one in members} == {bundle.id}
    assert world.in_drop() == []
    world.check()
    with world.ledger.read() as tx:
        assert files.live(tx) == []
        assert files.bundled(tx) == members


@pytest.mark.parametrize("name", ["Bundle_a.ZIP", "bundle_.zip"])
def test_a_bundle_is_known_by_its_name_in_any_letter_case(world, name):
    world.put(name, zipped(("a.csv", USERS)))
    world.capture()
    assert [version.state for version in world.versions()] == ["done", "bundled"]


def test_a_file_of_a_bundle_queues_behind_one_that_waits_and_later_ones_behind_it(world):
    world.put("userimport.csv", b"first")
    world.capture()
    world.put("bundle_1.zip", zipped(("userimport.csv", b"second"), ("new/userimport.csv", b"third")))
    world.capture()
    world.put("userimport.csv", b"fourth")
    world.capture()
    states = [version.state for version in world.versions() if version.name == "userimport.csv"]
    assert states == ["waiting", "queued", "queued", "queued"]
    world.check()


def test_what_is_no_file_of_a_bundle_is_left_out(world):
    junk = [("__MACOSX/._a.csv", b""), (".hidden", b""), ("dir/", b""), ("a.csv.part", b""), ("_x/b.csv", b"")]
    world.put("bundle_1.zip", zipped(*junk, ("./in/a.csv", USERS)))
    world.capture()
    assert [version.name for version in world.versions()] == ["bundle_1.zip", "a.csv"]


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "/etc/evil.csv", "..\\evil.csv", "a/../../evil.csv", "C:\\evil.csv", "evil\n.csv", "CON.csv"],
)
def test_no_name_in_a_bundle_leads_out_of_the_depot(world, name):
    world.put("bundle_1.zip", zipped((name, USERS)))
    world.capture()
    member = world.versions()[1]
    assert "/" not in member.place
    assert "\\" not in member.place
    assert not set(member.place) & set("\n")
    assert sorted(path.name for path in world.root.parent.iterdir() if path.suffix == ".csv") == []
    world.check()


@pytest.mark.parametrize(
    ("name", "content", "kept_as"),
    [
        ("userimport.csv.gz", gzip.compress(USERS, mtime=0), "userimport.csv"),
        ("USERIMPORT.CSV.GZ", gzip.compress(USERS, mtime=0), "USERIMPORT.CSV"),
        ("userimport.zip", zipped(("userimport.csv", USERS)), "userimport.csv"),
        ("export-7.ZIP", zipped(("out/enrols.txt", USERS)), "enrols.txt"),
    ],
)
def test_a_packed_command_file_is_kept_unpacked(world, name, content, kept_as):
    world.put(name, content)
    assert world.codes() == [(name, "captured")]
    (version,) = world.versions()
    assert (version.name, version.state, version.origin_name) == (kept_as, "waiting", name.encode())
    assert (version.bytes, version.remote_size) == (len(USERS), len(content))
    world.check_exactly_once([USERS])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("userpictures_1.zip", zipped(("ann.csv", b"x"))),
        ("userpictures_broken.zip", b"no zip at all"),
        ("photos.zip", zipped(("ann.jpg", b"x"))),
        ("two.zip", zipped(("a.csv", b"x"), ("b.csv", b"y"))),
        ("a.gz", gzip.compress(b"x", mtime=0)),
        ("zip", b"x"),
    ],
)
def test_other_archives_are_taken_as_they_are(world, name, content):
    world.put(name, content)
    assert world.codes() == [(name, "captured")]
    world.check_exactly_once([content])
    assert world.versions()[0].name == name


def bomb(size):
    return zipped(("a.csv", b"\0" * size))


def lying():
    """A zip whose directory says that its entry is small."""
    content = bytearray(bomb(12 << 20))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (5).to_bytes(4, "little")
    return bytes(content)


def encrypted():
    content = bytearray(zipped(("a.csv", USERS)))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    return bytes(content)


def damaged():
    content = bytearray(zipped(("a.csv", USERS * 10), ("b.csv", COURSES * 10), method=zipfile.ZIP_STORED))
    content[content.index(COURSES)] ^= 255
    return bytes(content)


RATIO = "it unpacks to more than drop.max_ratio, 200 times its size"
BAD = [
    ("a.csv.gz", gzip.compress(b"\0" * (12 << 20), mtime=0), {}, RATIO),
    (
        "a.csv.gz",
        gzip.compress(USERS, mtime=0)[:-9],
        {},
        "it is damaged (Compressed file ended before the end-of-stream marker ",
    ),
    ("a.csv.gz", USERS, {}, "it is damaged (Not a gzipped file (b'us'))"),
    ("a.zip", bomb(12 << 20), {}, RATIO),
    ("bundle_1.zip", bomb(12 << 20), {}, RATIO),
    ("bundle_1.zip", lying(), {}, ""),
    ("bundle_1.zip", bomb(2000), {"max_bytes": 1000}, "it unpacks to more than drop.max_bytes, 1000"),
    ("bundle_1.zip", zipped(*((f"{n}.csv", b"") for n in range(4))), {"max_entries": 3}, "4 entries are more than "),
    ("bundle_1.zip", zipped(), {}, "no file is in it"),
    ("bundle_1.zip", zipped((".a.csv", USERS)), {}, "no file is in it"),
    ("bundle_1.zip", encrypted(), {}, "it is encrypted"),
    ("bundle_1.zip", damaged(), {}, "it is damaged (Bad CRC-32 for file 'b.csv')"),
    ("bundle_1.zip", b"no zip at all", {}, "it is damaged (File is not a zip file)"),
    ("bundle_1.zip", b"", {}, "it is damaged (File is not a zip file)"),
    ("a.zip", b"no zip at all", {}, "it is damaged (File is not a zip file)"),
]


@pytest.mark.parametrize(("name", "content", "rules", "reason"), BAD)
def test_an_archive_that_cannot_be_unpacked_goes_to_quarantine_whole(world, name, content, rules, reason):
    world.put(name, content)
    (item,) = world.capture(rules=rules).items
    assert (item.name, item.code) == (name, "error_archive")
    assert item.reason.startswith(reason)
    (version,) = world.versions()
    why, kept = sorted(world.tree().items(), key=lambda one: one[0].endswith(".why.txt"), reverse=True)
    assert (version.state, kept) == ("quarantined", (version.place, content))
    assert kept[0].startswith("quarantine/")
    assert item.reason in why[1].decode()
    assert world.in_drop() == []
    assert world.capture(rules=rules).items == ()
    with world.ledger.read() as tx:
        (event,) = events.of_file(tx, version.id)
        assert (event.what, event.detail["code"], event.detail["reason"]) == (
            "quarantined",
            "error_archive",
            item.reason,
        )


def test_without_space_for_what_is_in_it_an_archive_stays_in_the_drop(world, monkeypatch):
    monkeypatch.setattr(type(world.depot), "free_bytes", lambda _: 5000)
    world.put("bundle_1.zip", bomb(6000))
    with pytest.raises(DepotFull, match="no space to unpack 6000 bytes, 5000 are free"):
        world.capture()
    assert (world.tree(), world.versions(), world.in_drop()) == ({}, [], ["bundle_1.zip"])


def test_the_same_bundle_again_is_a_new_delivery(world):
    for _ in range(2):
        world.put("bundle_1.zip", zipped(("a.csv", USERS)))
        world.capture()
    assert [(name, state) for name, state, _ in state_of(world)] == [
        ("bundle_1.zip", "done"), ("a.csv", "bundled"), ("bundle_1.zip", "done"), ("a.csv", FileState.QUEUED),
    ]  # fmt: skip
    world.check()
