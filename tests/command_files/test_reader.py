import csv
import io
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync_operators.command_files.blanks import BLANKS, INVISIBLE, SPACES
from sync_operators.command_files.blocks import GoodBlocks
from sync_operators.command_files.dialect import DialectRules
from sync_operators.command_files.lines import Lines
from sync_operators.command_files.reader import CommandFile, RowCursor
from sync_operators.command_files.records import Splitter
from sync_operators.errors import FileRefused
from tests.command_files.making import command_file, values

HEAD = "username;firstname;email\n"


def test_a_header_is_trimmed_and_in_lower_case():
    file = command_file('\ufeff \u200bUserName\xa0;"First\nName";E-MAIL\r\nbob;Bob;\r\n'.encode())
    assert file.header == ("username", "first\nname", "e-mail")
    assert file.header_bytes == ' \u200bUserName\xa0;"First\nName";E-MAIL\r\n'.encode()


def test_a_bom_is_no_part_of_the_first_name():
    assert command_file('\ufeff"username";b\nbob;c\n'.encode()).header == ("username", "b")


def test_lines_count_from_one_with_comments_and_blank_lines():
    content = '# one\n\nusername;b\n# two; "three\n\nbob;"b\r\n\r\nc"\n   \n#\nlea;d'
    file = command_file(content.encode())
    found = [(record.row, record.line, record.last_line, record.values) for record in file.records()]
    assert found == [(1, 6, 8, ("bob", "b\r\n\r\nc")), (2, 11, 11, ("lea", "d"))]
    assert file.skipped_lines == 6


def test_a_comment_mark_inside_a_record_is_text():
    assert values(b'a;b\n"#x";"\n#y"\nz;#z\n') == [("#x", "#y"), ("z", "#z")]


@pytest.mark.parametrize(("old_comments", "rows"), [(False, 5), (True, 1)])
def test_the_old_comment_marks_are_a_switch(old_comments, rows):
    content = b"a;b\n(1;2\n[1;2\n-1;2\n/1;2\nx;y\n"
    assert len(values(content, old_comments=old_comments)) == rows


def test_another_comment_mark_may_be_pinned_or_none():
    content = b"a;b\n#1;2\n%3;4\n"
    assert values(content, comment="%") == [("#1", "2")]
    assert values(content, comment="") == [("#1", "2"), ("%3", "4")]


def test_old_escapes_are_a_switch():
    content = b'a,b\nx&#44y,"1&#59;2&#44;"\n&#45,&#440\n'
    assert values(content) == [("x&#44y", "1&#59;2&#44;"), ("&#45", "&#440")]
    assert values(content, old_escapes=True) == [("x,y", "1;2,"), ("&#45", ",0")]


@pytest.mark.parametrize("blank", [*BLANKS], ids=lambda blank: f"U+{ord(blank):04X}")
def test_look_alike_blanks_around_a_value_are_taken_off(blank):
    content = f'{HEAD}"{blank}zoé{blank} {blank}";" B{blank}b";""\n'.encode()
    assert values(content) == [("zoé", f"B{blank}b", "")]


def test_every_space_is_one_for_python_and_no_invisible_character_is():
    assert {chr(point) for point in range(0x110000) if chr(point).isspace()} == set(SPACES)
    assert not any(map(str.isspace, INVISIBLE))


@pytest.mark.parametrize(
    "value",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+1",
        "-1",
        "\u05d3\u05d5\u05d3",
        "👩‍🎓 Zoë",
        "𝒵",
        "Zoe\u0308",
        "a\xadb",
        "a\u200db",
    ],
)
def test_a_value_is_data_whatever_it_looks_like(value):
    assert values(f"{HEAD}{value};x;\n".encode()) == [(value, "x", "")]


def test_marks_of_direction_go_from_around_a_value():
    assert values(f"{HEAD}\u200fדוד\u200e;\u202bx\u202c;\n".encode()) == [("דוד", "x", "")]


def test_without_a_header_each_row_has_its_own_number_of_values():
    file = command_file(b"CHEM-101;General chemistry\nCHEM-102\n\n# no\nBIO\n", header=False)
    assert (file.header, file.header_bytes) == ((), b"")
    found = [(record.row, record.line, record.values) for record in file.records()]
    assert found == [(1, 1, ("CHEM-101", "General chemistry")), (2, 2, ("CHEM-102",)), (3, 5, ("BIO",))]


def test_a_file_of_one_column_has_rows_of_one_value():
    assert values(b'username\nbob\n""\n"  "\n\n  \nlea') == [("bob",), ("",), ("",), ("lea",)]


def test_a_line_of_separators_is_a_row_even_when_they_are_blank():
    assert values(b"a\tb\n\t\n \t \n   \n1\t2\n") == [("", ""), ("", ""), ("1", "2")]


def test_a_value_may_begin_and_end_with_a_line_end():
    assert values(b'a;b\nx;"\ny\r\n"\n\n"\n";z\n') == [("x", "y"), ("", "z")]


def test_a_quoted_tab_is_a_blank_in_a_file_of_tabs():
    assert values(b'a\tb\n"\t"\t"x\t"\n') == [("", "x")]


@pytest.mark.parametrize("block", [1, 1 << 14])
def test_a_space_before_the_first_or_after_the_last_value_is_taken_off(monkeypatch, block):
    monkeypatch.setattr("sync_operators.command_files.lines._BLOCK", block)
    assert values(b"a;b\n  1;2\n3;4 \n 5;6  ") == [("1", "2"), ("3", "4"), ("5", "6")]


def test_blank_lines_are_skipped_without_a_header_too():
    assert values(b"A\n\nB\n", header=False) == [("A",), ("B",)]


def test_the_limit_of_csv_is_never_lowered_for_others():
    before = csv.field_size_limit()
    values(b"a;b\n1;2\n", max_field_bytes=4)
    assert csv.field_size_limit() >= before


def test_a_pinned_single_byte_encoding_gives_bad_rows_for_what_it_lacks():
    file = command_file(b"a;b\nx;\x81\ny;\xe9\n", encoding="windows-1252")
    assert [(r.values[1], r.fault and r.fault.args) for r in file.records()] == [
        ("\udc81", {"byte": "0x81", "offset": "2"}),
        ("é", None),
    ]


def test_a_record_does_not_show_its_values():
    record = next(command_file(b"username;password\nbob;hunter2\n").records())
    assert repr(record) == "Record(row=1, line=2, last_line=2, fault=None)"
    assert f"{record}" == repr(record)


def test_a_file_can_be_read_again_while_it_is_read():
    file = command_file(b"a;b\n1;2\n3;4\n")
    assert [(one.row, two.row) for one in file.records() for two in file.records()] == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_each_reading_closes_its_file():
    opened = []

    def opener():
        opened.append(io.BytesIO(b"a;b\n1;2\n3;4\n"))
        return opened[-1]

    file = CommandFile(opener, DialectRules())
    list(file.records())
    records = file.records()
    next(records)
    records.close()
    assert [stream.closed for stream in opened] == [True] * 4


# -- the short cut gives what the rules give ---------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "a",
        "bob",
        "é",
        "’",
        "😀",
        "\xa0",
        "\u200b",
        "\xad",
        " ",
        "\t",
        "#",
        "(",
        "&#44",
        "\0",
        '"',
        '""',
        "\x1c",
        "\udc81",
    ]
    + [";"] * 6
    + ["\n"] * 6
    + ["\r", "\r\n", '"', ";x;y\n", '"a;b";"c""d";\n', '"a\nb";c;d\n', 'x;"\n";"\r\ny\n"\n']
)
CONTENTS = st.lists(PIECES, max_size=60).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogateescape"))


def read(content, separator, **rules):
    """All there is to know of a file, or why it is refused; the encoding is pinned, so that any bytes may follow."""
    try:
        content = (HEAD.encode() + b"bob;Bob;\n" + content).replace(b";", separator)
        file = command_file(content, encoding="utf-8", **rules)
        return [tuple(record) for record in file.records()], file.skipped_lines
    except FileRefused as refused:
        return refused.fault


@settings(max_examples=400, deadline=None)
@given(
    CONTENTS,
    st.sampled_from([b";", b"\t"]),
    st.booleans(),
    st.sampled_from([12, 1 << 20]),
    st.sampled_from([1, 30, 1 << 14]),
)
@example(b'a;"b\nc";d"\n', b";", False, 1 << 20, 1)
@example(b'a;"\t";"\n"\n', b"\t", False, 1 << 20, 1)
def test_the_short_cut_gives_what_the_rules_give(content, separator, old, max_field_bytes, block):
    rules = {"old_comments": old, "old_escapes": old, "max_field_bytes": max_field_bytes}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync_operators.command_files.lines._BLOCK", block)
        found = read(content, separator, **rules)
        patch.setattr(GoodBlocks, "split", lambda *_: None)
        assert found == read(content, separator, **rules)


@settings(max_examples=400, deadline=None)
@given(CONTENTS)
def test_the_pieces_of_a_file_are_its_text_and_its_lines(content):
    file = command_file(HEAD.encode() + b"bob;Bob;\n")
    text = content.decode("utf-8", "surrogateescape")
    lines = Lines(io.TextIOWrapper(io.BytesIO(content), "utf-8", "surrogateescape", newline=""), "utf-8")
    splitter, pieces = Splitter(file.dialect, DialectRules(), 3), []
    while block := lines.block():
        lines.hand_back(block)
        pieces.extend(splitter.pieces(lines))
    assert "".join(piece.text for piece in pieces) == text
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    assert sum(piece.lines for piece in pieces) == ends + bool(text and text[-1] not in "\r\n")
    assert all(len(piece.values) == 3 for piece in pieces if not piece.skipped and piece.fault is None)


# -- memory and cursor --------------------------------------------------------------------------------------------


def test_a_file_of_any_length_takes_the_same_memory():
    def peak(rows):
        content = b"username;firstname\n" + 'bob;"Bob\nthe ""builder"""\nzoé;Zoé\n'.encode() * rows
        file = command_file(content)
        tracemalloc.start()
        for _ in file.records():
            pass
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    assert peak(40_000) < 1.2 * peak(4_000) < 4_000_000


def test_a_cursor_goes_forward_and_begins_again_for_an_earlier_row():
    opened = []
    content = b"username;password\n" + b"".join(b"u%d;p%d\n# no\n" % (n, n) for n in range(1, 3000))

    def opener():
        opened.append(1)
        return io.BytesIO(content)

    cursor = RowCursor(CommandFile(opener, DialectRules()))
    before = len(opened)
    assert cursor.values_at([2, 5, 1500]) == {n: (f"u{n}", f"p{n}") for n in (2, 5, 1500)}
    assert cursor.values_at([2999]) == {2999: ("u2999", "p2999")}
    assert len(opened) == before + 1
    assert cursor.values_at([1]) == {1: ("u1", "p1")}
    assert len(opened) == before + 2
    with pytest.raises(LookupError, match=r"^no row 3000$"):
        cursor.values_at([3000])
    assert cursor.values_at([7]) == {7: ("u7", "p7")}
    cursor.close()
    assert cursor.values_at([]) == {}
