"""Every kind of bad file has a clear end: the file is refused, or just the rows that are bad."""

import gzip
import io
import zipfile

import pytest

from sync_operators.codes import Fault
from sync_operators.errors import FileRefused
from tests.command_files.making import USERS, command_file

HEAD = b"username;firstname;email\n"
BOB = b"bob;Bob;bob@example.org\n"
LIMIT = {"limit": "1048576", "unit": "bytes"}


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "text")
    return out.getvalue()


def not_a_file(what):
    return Fault("error_not_a_command_file", {"what": what})


def nothing(what):
    return Fault("error_empty_file", {"what": what})


def bad_row(**args):
    return Fault("error_bad_row", args)


REFUSED = {
    "empty": (b"", nothing("no byte at all")),
    "bom_only": (b"\xef\xbb\xbf", nothing("a byte order mark only")),
    "utf16_bom_only": (b"\xff\xfe", nothing("a byte order mark only")),
    "comments_only": (b"# one\n\n# two\r\n", nothing("comments and blank lines only")),
    "more_comments_than_a_head": (b"# a comment\n" * 20_000, nothing("comments and blank lines only")),
    "blank_lines_only": (b"\n \r\n\t\xc2\xa0\n\n", nothing("comments and blank lines only")),
    "header_only": (HEAD, nothing("a header only")),
    "header_only_without_newline": (HEAD[:-1], nothing("a header only")),
    "header_and_comments": (HEAD + b"# bob left\n\n", nothing("a header only")),
    "xlsx": (archive("[Content_Types].xml", "xl/workbook.xml"), not_a_file("an Excel workbook (XLSX)")),
    "zip": (archive("users.csv"), not_a_file("a zip archive")),
    "empty_zip": (archive(), not_a_file("an empty zip archive")),
    "gzip": (gzip.compress(HEAD + BOB), not_a_file("a gzip archive")),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", not_a_file("a PDF document")),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", not_a_file("a PNG image")),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), not_a_file("an old Office document (XLS, DOC)")),
    "html": (b"\n <!DOCTYPE html>\n<html><body>401</body></html>", not_a_file("an HTML page")),
    "html_utf16": ("\ufeff<html><body>401</body></html>".encode("utf-16-le"), not_a_file("an HTML page")),
    "xml": (b'<?xml version="1.0"?><users/>', not_a_file("an XML document")),
    "json": (b'{"users": []}', not_a_file("a JSON document")),
    "binary": (bytes(range(32)) * 40, not_a_file("binary data")),
    "pipes": (b"username|firstname\nbob|Bob\n", Fault("error_separator", {"found": "|", "expected": "; , tab"})),
    "colons": (b"username:firstname\nbob:Bob\n", Fault("error_separator", {"found": ":", "expected": "; , tab"})),
    "header_with_unclosed_quote": (
        b'username;"firstname\nbob;Bob\n',
        Fault("error_bad_header", {"reason": "a quote is opened and not closed"}),
    ),
    "header_with_nul": (b"user\0name;firstname\nbob;Bob\n", Fault("error_bad_header", {"reason": "a NUL character"})),
    "header_not_utf8": (
        b"username;pr\xe9nom\n" + "zoé;Zoé\nléa;Léa\n".encode(),
        Fault("error_encoding", {"byte": "0xE9", "offset": "11", "line": "1"}),
    ),
    "mixed_mostly_not_utf8": (
        HEAD + "zoé;Zoé;\n".encode() + "léa;Léa;\nchloé;Chloé;\n".encode("latin-1"),
        Fault(
            "error_encoding",
            {
                "reason": "lines in UTF-8 among more lines in another encoding",
                "byte": "0xE9",
                "offset": "37",
                "line": "3",
            },
        ),
    ),
    "no_encoding_at_all": (
        HEAD + b"bob;B\x81b;\n",
        Fault(
            "error_encoding",
            {"reason": "neither UTF-8 nor Windows-1252", "byte": "0x81", "offset": "30", "line": "2"},
        ),
    ),
    "half_utf16": (
        "\ufeffusername;firstname\nbob;Bob\n".encode("utf-16-le") + b"x",
        Fault(
            "error_encoding",
            {
                "reason": "the file ends in the middle of a character",
                "byte": "0x78",
                "offset": "56",
                "expected": "utf-16-le",
            },
        ),
    ),
    "duplicate_column": (b"username;firstname;UserName\nbob;B;x\n", Fault("error_bad_header", {"double": "username"})),
    "unknown_columns": (
        b"username;firstname;emial;weekend;cours1\nbob;Bob;;;\n",
        Fault("error_bad_header", {"unknown": "emial (→ email?), weekend, cours1 (→ course1?)"}),
    ),
    "unnamed_column": (b"username;firstname; ;\nbob;Bob;;\n", Fault("error_bad_header", {"unnamed": "3, 4"})),
    "missing_columns": (b"email;email;;user\na;b;c;d\n", Fault(
        "error_missing_column",
        {"columns": "username, firstname", "unknown": "user (→ username?)", "double": "email", "unnamed": "3"},
    )),
}  # fmt: skip


@pytest.mark.parametrize(("content", "fault"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_run_is_refused_as_a_whole(content, fault):
    with pytest.raises(FileRefused) as refused:
        USERS.bind(command_file(content).header)
    assert refused.value.fault == fault


ROWS = {
    "no_final_newline": (BOB[:-1], [(2, 2, None)]),
    "cr_only": ((HEAD + BOB + BOB).replace(b"\n", b"\r"), [(2, 2, None), (3, 3, None)]),
    "mixed_line_ends": (b"bob;Bob;\r\nann;Ann;\rlea;Lea;\n", [(2, 2, None), (3, 3, None), (4, 4, None)]),
    "too_few_fields": (b"bob;Bob\n" + BOB, [(2, 2, bad_row(found="2", expected="3")), (3, 3, None)]),
    "too_many_fields": (b"bob;Bob;;x\n" + BOB, [(2, 2, bad_row(found="4", expected="3")), (3, 3, None)]),
    "only_separators": (b";;\n" + BOB, [(2, 2, None), (3, 3, None)]),
    "unclosed_quote": (
        b'bob;"Bob;\n' + BOB + BOB,
        [(2, 2, bad_row(reason="a quote is opened and not closed")), (3, 3, None), (4, 4, None)],
    ),
    "two_unclosed_quotes": (
        b'bob;"Bob;\n' + BOB + b'lea;"Lea;\n' + BOB,
        [
            (2, 2, bad_row(reason="a quote is opened and not closed")),
            (3, 3, None),
            (4, 4, bad_row(reason="a quote is opened and not closed")),
            (5, 5, None),
        ],
    ),
    "unclosed_quote_in_the_last_row": (
        BOB + b'lea;"Lea;',
        [(2, 2, None), (3, 3, bad_row(reason="a quote is opened and not closed"))],
    ),
    "text_after_a_quote": (
        b'bob;"Bob" jr;\n' + BOB,
        [(2, 2, bad_row(reason="text follows a closing quote")), (3, 3, None)],
    ),
    "quote_inside_an_unquoted_field": (
        b'bob;Bob "the builder";\nlea;Lea 5";\n' + BOB,
        [
            (2, 2, bad_row(reason="a quote stands inside a value that is not quoted")),
            (3, 3, bad_row(reason="a quote stands inside a value that is not quoted")),
            (4, 4, None),
        ],
    ),
    "nul": (b"bob;B\0b;\n" + BOB, [(2, 2, bad_row(reason="a NUL character")), (3, 3, None)]),
    "five_megabytes_in_a_field": (
        b"bob;" + b"x" * 5_000_000 + b";\n" + BOB,
        [(2, 2, bad_row(reason="a value is too long", **LIMIT)), (3, 3, None)],
    ),
    "five_megabytes_in_quotes": (
        b'bob;"' + b"x" * 5_000_000 + b'";\n' + BOB,
        [(2, 2, bad_row(reason="a value is too long", **LIMIT)), (3, 3, None)],
    ),
    "a_million_bytes_more_than_characters": (
        b"bob;" + "é".encode() * 600_000 + b";\n" + BOB,
        [(2, 2, bad_row(reason="a value is too long", **LIMIT)), (3, 3, None)],
    ),
    "a_million_characters_without_separator": (
        b"x" * 1_000_000 + b"\n" + BOB,
        [(2, 2, bad_row(found="1", expected="3")), (3, 3, None)],
    ),
    "one_line_not_utf8": (
        "zoé;Zoé;\n".encode() + "léa;Léa;\n".encode("latin-1") + BOB,
        [(2, 2, None), (3, 3, bad_row(byte="0xE9", offset="1")), (4, 4, None)],
    ),
    "offset_in_bytes": (
        "zoé;Zoé;\n".encode() + "bob;ü".encode() + b"\xe9;\n",
        [(2, 2, None), (3, 3, bad_row(byte="0xE9", offset="6"))],
    ),
    "wrong_separator_in_a_row": (b"bob,Bob,\n" + BOB, [(2, 2, bad_row(found="1", expected="3")), (3, 3, None)]),
}


@pytest.mark.parametrize(("content", "found"), ROWS.values(), ids=ROWS)
def test_a_bad_row_costs_none_of_its_neighbours(content, found):
    file = command_file(content if content.startswith(b"username") else HEAD + content)
    assert [(record.line, record.last_line, record.fault) for record in file.records()] == found


@pytest.mark.parametrize("content", [content for content, _ in ROWS.values()], ids=list(ROWS))
def test_nothing_of_a_bad_file_is_lost(content):
    content = content if content.startswith(b"username") else HEAD + content
    file = command_file(content)
    assert file.header_bytes + b"".join(record.raw for record in file.records()) == content


@pytest.mark.parametrize(
    ("encoding", "unit", "byte"), [("utf-16-le", b"\x3d\xd8", "0xD83D"), ("utf-16-be", b"\xdc\xe9", "0xDCE9")]
)
def test_half_a_utf16_pair_is_a_bad_row(encoding, unit, byte):
    content = "\ufeffusername;firstname\nbob;".encode(encoding) + unit + "\nlea;Léa\n".encode(encoding)
    file = command_file(content)
    assert [record.fault for record in file.records()] == [bad_row(byte=byte, offset="8"), None]
    assert b"".join(record.raw for record in file.records()) == content[2 + 2 * len("username;firstname\n") :]


def test_a_line_without_end_is_refused_before_it_fills_the_memory():
    with pytest.raises(FileRefused) as refused:
        command_file(HEAD + BOB + b"x" * (9 << 20))
    args = {"what": "one line without an end", "limit": str(8 << 20), "unit": "bytes"}
    assert refused.value.fault == Fault("error_not_a_command_file", args)


def test_the_longest_value_is_what_the_settings_say():
    file = command_file("a;b\nbob;Bøb\nlea;Léaa\n".encode(), max_field_bytes=4)
    assert [record.fault for record in file.records()] == [
        None,
        bad_row(reason="a value is too long", limit="4", unit="bytes"),
    ]
