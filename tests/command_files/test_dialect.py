import io

import pytest

from sync_operators.command_files.dialect import Dialect, DialectRules, find_dialect
from sync_operators.command_files.encodings import known_encoding
from sync_operators.errors import ConfigurationError, FileRefused
from tests.command_files.making import values

TEXT = "username;firstname\nzoé;Zoé\n"
# Nearly without NULs after its header.
CHINESE = "username;firstname;lastname;email\n" + ("名" * 60 + "\n") * 60
WIDE = "username;firstname\nбоб;Борис\nлев;Лев\n" * 40


def dialect(content, *, header=True, **rules):
    return find_dialect(lambda: io.BytesIO(content), DialectRules(**rules), header=header)


@pytest.mark.parametrize(
    ("content", "pinned", "encoding", "bom"),
    [
        (TEXT.encode(), None, "utf-8", False),
        (TEXT.encode("utf-8-sig"), None, "utf-8", True),
        (TEXT.encode("utf-8-sig"), "windows-1252", "utf-8", True),
        (TEXT.encode("latin-1"), None, "windows-1252", False),
        (TEXT.encode("cp1252").replace(b"\xe9", b"\x80"), None, "windows-1252", False),
        ("\ufeff".encode("utf-16-le") + TEXT.encode("utf-16-le"), None, "utf-16-le", True),
        ("\ufeff".encode("utf-16-be") + TEXT.encode("utf-16-be"), None, "utf-16-be", True),
        (TEXT.encode("utf-16-le"), None, "utf-16-le", False),
        (TEXT.encode("utf-16-be"), None, "utf-16-be", False),
        (WIDE.encode("utf-16-le"), None, "utf-16-le", False),
        (WIDE.encode("utf-16-be"), None, "utf-16-be", False),
        (CHINESE.encode("utf-16-le"), None, "utf-16-le", False),
        (TEXT.encode("utf-16-be"), "utf-16", "utf-16-be", False),
        (TEXT.encode("iso-8859-15"), "iso-8859-15", "iso8859-15", False),
        (TEXT.encode("latin-1"), "iso-8859-1", "windows-1252", False),
        (b"username;firstname\nbob;B\0b\n", None, "utf-8", False),
    ],
)
def test_a_bom_decides_then_the_pin_then_what_the_bytes_are(content, pinned, encoding, bom):
    found = dialect(content, encoding=pinned)
    assert (found.encoding, found.bom) == (encoding, bom)


def test_every_encoding_of_a_text_gives_the_same_values():
    plain = values(TEXT.encode())
    assert plain == [("zoé", "Zoé")]
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"):
        assert values(TEXT.encode(encoding)) == plain, encoding


@pytest.mark.parametrize("lines", [1, 40_000])
def test_an_accent_in_the_last_line_of_a_large_file_decides_its_encoding(lines):
    head = b"username;firstname\n" + b"bob;Bob\n" * lines
    assert dialect(head + "zoé;Zoé\n".encode()).encoding == "utf-8"
    assert dialect(head + "zoé;Zoé\n".encode("latin-1")).encoding == "windows-1252"


@pytest.mark.parametrize(("good", "bad", "encoding"), [(0, 3, "windows-1252"), (1, 1, "utf-8"), (2, 1, "utf-8")])
def test_among_lines_that_prove_utf8_as_many_others_are_bad_rows(good, bad, encoding):
    rows = "zoé;Zoé\n".encode() * good + "léa;Léa\n".encode("latin-1") * bad
    assert dialect(b"username;firstname\n" + rows).encoding == encoding


def test_a_line_end_between_two_chunks_counts_once(monkeypatch):
    monkeypatch.setattr("sync_operators.command_files.encodings._CHUNK", 4)
    with pytest.raises(FileRefused) as refused:
        dialect("a;b\r\nc;d\r\né;\r\n".encode() + "ü;\r\nü;\r\n".encode("latin-1"))
    assert refused.value.fault.args["line"] == "4"
    assert refused.value.fault.args["offset"] == "15"


@pytest.mark.parametrize(
    ("header", "pinned", "separator"),
    [
        ("username;firstname,lastname;email", None, ";"),
        ("username,firstname", None, ","),
        ("username\tfirstname", None, "\t"),
        ('"user;name",firstname', None, ","),
        ("username", None, ";"),
        ("username:firstname", ":", ":"),
        ("username;first,name", ",", ","),
    ],
)
def test_the_separator_is_found_in_the_header_unless_pinned(header, pinned, separator):
    assert dialect(f"# a,b,c,d\n\n{header}\nx\n".encode(), separator=pinned).separator == separator


def test_a_pinned_separator_that_the_header_lacks_is_named():
    with pytest.raises(FileRefused) as refused:
        dialect(b"username\tfirstname\nbob\tBob\n", separator=";")
    assert refused.value.fault.args == {"found": "tab", "expected": ";"}


def test_without_a_header_the_rows_tell_the_separator():
    assert dialect(b"CHEM-102\nCHEM-101,General\n", header=False).separator == ","
    assert dialect(b"CHEM-102\n", header=False).separator == ";"


@pytest.mark.parametrize(
    ("rows", "line_end"),
    [
        (b"a;b\nc;d\n", "LF"),
        (b"a;b\r\nc;d\r\n", "CRLF"),
        (b"a;b\rc;d\r", "CR"),
        (b"a;b\r\nc;d\n", "mixed"),
        (b"a;b\rc;d\n", "mixed"),
    ],
)
def test_line_ends_are_recorded(rows, line_end):
    assert dialect(rows).line_end == line_end


def test_a_line_end_cut_in_two_by_the_head_is_still_one():
    rows = b"a;bcdef\r\n" + b"1;2345\r\n" * 9000
    assert rows[65535:65537] == b"\r\n"
    assert dialect(rows).line_end == "CRLF"


def test_a_dialect_is_recorded_in_words_that_can_be_seen():
    found = dialect("\ufeffusername\tfirstname\r\nzoé\tZoé\r\n".encode(), old_comments=True)
    assert found == Dialect("utf-8", bom=True, separator="\t", line_end="CRLF", comment="##([-/ ")
    assert found.as_dict() == {
        "encoding": "utf-8",
        "bom": True,
        "separator": "tab",
        "line_end": "CRLF",
        "comment": "##([-/ ",
    }


@pytest.mark.parametrize("name", ["utf-7", "shift_jis", "cp037", "nonsense", "base64", "utf-32"])
def test_an_encoding_that_cannot_give_the_bytes_back_is_a_fault_of_the_configuration(name):
    with pytest.raises(ConfigurationError) as wrong:
        DialectRules(encoding=name)
    assert str(wrong.value) == (
        f"dialect.encoding: `{name}` cannot be used. "
        "Use utf-8, utf-16, windows-1252 or another encoding of one byte a character."
    )


@pytest.mark.parametrize("name", ["UTF8", "utf-8-sig", "ascii"])
def test_names_of_an_encoding_are_one(name):
    assert known_encoding(name) == "utf-8"


def test_a_separator_that_nothing_reads_is_a_fault_of_the_configuration():
    with pytest.raises(ConfigurationError) as wrong:
        DialectRules(separator="|")
    assert str(wrong.value) == "dialect.separator: `|` cannot be used. Use `;`, `,`, `:` or a tab."
