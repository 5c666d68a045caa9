"""Bad zips and good ones: what each entry comes to, and what is refused as a whole."""

import io
import os
import stat
import struct
import zipfile

import pytest

from sync_operators.codes import Fault
from sync_operators.command_files.archive import Archive, Limits
from sync_operators.errors import FileRefused

MB = 1024**2


def packed(*entries, pack=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name), content, pack)
    return out.getvalue()


def opened(content, *, check=lambda _: None, **options):
    return Archive(lambda: io.BytesIO(content), check, **options)


def told(archive):
    """Each entry with its code and why."""
    return [(each.entry, *((each.fault.code, each.fault.args.get("reason", "")) if each.fault else ("", "")))
            for each in archive.records()]  # fmt: skip


def codes(archive):
    return [code for _, code, _ in told(archive)]


def special(name, kind):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info


WHOLE = packed(("a.png", b"A" * 500), ("b.png", os.urandom(500)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is no zip archive, or its end is missing"),
        (b"no zip at all", "it is no zip archive, or its end is missing"),
        (b"PK\x03\x04" + bytes(100), "it is no zip archive, or its end is missing"),
        (b"PK\x05\x06", "it is no zip archive, or its end is missing"),
        (b"PK\x05\x06" + bytes(18), "there is no file in it"),
        (packed(("only/", b"")), "there is no file in it"),
        (WHOLE[:-30], "it is no zip archive, or its end is missing"),
        (WHOLE.replace(b"PK\x01\x02", b"PK\x00\x00", 1), "it is no zip archive, or its end is missing"),
    ],
)
def test_what_is_no_whole_zip_is_refused_with_its_reason(content, reason):
    with pytest.raises(FileRefused) as caught:
        opened(content)
    assert caught.value.fault == Fault("error_bad_zip", {"reason": reason})


def flagged(content, flag):
    """The zip with a flag set in the list of entries and before each of them."""
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (found := content.find(magic, start)) >= 0:
            (flags,) = struct.unpack_from("<H", content, found + at)
            content = content[: found + at] + struct.pack("<H", flags | flag) + content[found + at + 2 :]
            start = found + 4
    return content


def test_an_encrypted_zip_and_names_that_only_say_to_be_utf8_are_refused():
    for content, reason in (
        (flagged(packed(("a.png", b"A")), 0x1), "it is encrypted"),
        (flagged(packed(("aQQ.png", b"A")), 0x800).replace(b"QQ", b"\xff\xfe"), "a name marked as UTF-8 is not"),
    ):
        with pytest.raises(FileRefused, match=reason):
            opened(content)


@pytest.mark.parametrize(("count", "length"), [(65_535, 1000), (10, 40 * MB)])
def test_a_list_of_entries_that_would_fill_the_memory_is_not_read(count, length):
    end = bytearray(packed(("a.png", b"A")))
    struct.pack_into("<HHI", end, len(end) - 14, count, count, length)
    with pytest.raises(FileRefused, match="there are too many files in it"):
        opened(bytes(end))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/a.png", "its path begins at the root of a disk"),
        ("C:\\a.png", "its path begins at the root of a disk"),
        ("\\\\server\\a.png", "its path begins at the root of a disk"),
        ("../a.png", "its path leads out of the archive"),
        ("in/../../a.png", "its path leads out of the archive"),
        ("in\\..\\a.png", "its path leads out of the archive"),
        (special("link.png", stat.S_IFLNK), "it is a link or another special file"),
        (special("pipe.png", stat.S_IFIFO), "it is a link or another special file"),
        (special("disk.png", stat.S_IFBLK), "it is a link or another special file"),
    ],
)
def test_an_unsafe_entry_is_not_unpacked_and_the_others_are(name, reason):
    archive = opened(packed((name, b"/etc/passwd"), ("b.png", b"B")))
    assert [line[1:] for line in told(archive)] == [("error_unsafe_entry", reason), ("", "")]
    assert next(archive.records()).values[-1] == ""


def test_bombs_are_not_unpacked():
    archive = opened(packed(("zeros.png", bytes(40 * MB)), ("half.png", bytes(3 * MB)), ("few.png", bytes(MB))))
    assert told(archive) == [
        ("zeros.png", "error_unsafe_entry", "it unpacks to far more than it takes"),
        ("half.png", "error_unsafe_entry", "it unpacks to far more than it takes"),
        ("few.png", "", ""),
    ]
    stored = opened(packed(("large.png", bytes(101)), pack=zipfile.ZIP_STORED), limits=Limits(entry_bytes=100))
    assert told(stored) == [("large.png", "error_unsafe_entry", "it is too large when unpacked")]


def test_an_entry_is_read_no_further_than_it_says():
    content = bytearray(packed(("a.png", bytes(3 * MB))))
    for magic, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(magic) + at, 100)
    assert told(opened(bytes(content))) == [("a.png", "error_bad_image", "it is damaged")]


@pytest.mark.parametrize("limits", [Limits(entries=2), Limits(all_bytes=25)])
def test_entries_beyond_what_is_taken_are_errors_of_their_own(limits):
    archive = opened(packed(*((f"{number}.png", bytes(10)) for number in range(4))), limits=limits)
    assert codes(archive) == ["", "", "error_unsafe_entry", "error_unsafe_entry"]


def test_ten_thousand_entries_are_ten_thousand_rows():
    archive = opened(packed(*((f"{number % 100}/{number}.png", b"%d" % number) for number in range(10_000))))
    assert codes(archive) == [""] * 10_000
    assert archive.facts == {"format": "zip", "entries": 10_000}


def test_by_products_and_names_without_extension_are_skipped_and_folders_are_nothing():
    junk = ["__MACOSX/._a.png", "in/__MACOSX/a.png", ".DS_Store", "in/.DS_Store", "Thumbs.db", "README", "in/b", ".png"]
    archive = opened(packed(("in/", b""), *((name, b"x") for name in junk), ("in/deep/er/c.tar.png", b"x")))
    assert codes(archive) == ["skipped_junk"] * len(junk) + [""]
    assert [*archive.records()][-1].values[:3] == ("in/deep/er/c.tar.png", "c.tar", "1")


@pytest.mark.parametrize(
    ("raw", "name"), [("é".encode(), "é"), (b"\x82", "é"), ("e\u0301".encode(), "é"), (b"\xff", "\u00a0")]
)
def test_names_are_read_as_utf8_where_they_are_and_else_as_the_format_says(raw, name):
    content = packed(("QQQQ.png"[4 - len(raw) :], b"A")).replace(b"Q" * len(raw), raw)
    (entry,) = opened(content).records()
    assert entry.values[:2] == (f"{name}.png", name.strip())


def test_of_names_that_mean_the_same_the_first_good_one_counts():
    bad = Fault("error_bad_image")
    archive = opened(
        packed(("x/a.svg", b"bad"), ("x/a.png", b"1"), ("y/A.jpg", b"2"), ("z/a.gif", b"3")),
        check=lambda content: bad if content == b"bad" else None,
        same=str.lower,
    )
    assert [each.fault for each in archive.records()] == [
        bad,
        None,
        *[Fault("error_duplicate", {"kept": "x/a.png"})] * 2,
    ]


def test_a_damaged_entry_costs_none_of_the_others():
    content = packed(("a.png", b"A" * 500), ("b.png", b"B" * 500), pack=zipfile.ZIP_STORED)
    archive = opened(content.replace(b"A" * 500, b"A" * 499 + b"a"))
    assert told(archive) == [("a.png", "error_bad_image", "it is damaged"), ("b.png", "", "")]


def test_a_way_of_packing_that_is_not_supported_is_told():
    archive = opened(packed(("a.png", b"A"), pack=zipfile.ZIP_BZIP2))
    assert told(archive)[0][1:] == ("error_unsafe_entry", "it is packed by a method that is not supported")


def test_content_is_read_again_in_any_order_and_a_tryback_holds_it_as_it_was():
    archive = opened(packed(("x/a.png", b"A"), ("../b.png", b"B"), ("c.png", b"C")))
    assert [archive.content(row) for row in (3, 1)] == [b"C", b"A"]
    archive.close()
    out = io.BytesIO()
    assert archive.write_tryback([1, 2, 3], out) == 2
    with zipfile.ZipFile(out) as made:
        assert {name: made.read(name) for name in made.namelist()} == {"x/a.png": b"A", "c.png": b"C"}


def test_nothing_stays_open():
    files = []

    def opener():
        files.append(io.BytesIO(WHOLE))
        return files[-1]

    archive = Archive(opener, lambda _: None)
    list(archive.records())
    archive.write_tryback([1], io.BytesIO())
    archive.content(1)
    archive.close()
    assert len(files) == 4
    assert all(file.closed for file in files)
