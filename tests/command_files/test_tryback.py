import io

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sync_operators.command_files.blanks import trimmed
from sync_operators.command_files.dialect import DialectRules
from sync_operators.command_files.reader import CommandFile
from sync_operators.errors import FileRefused
from tests.command_files.making import command_file


def tryback(content, rows, **options):
    out = io.BytesIO()
    file = command_file(content, **options)
    assert file.write_tryback(rows, out) == len(rows)
    return out.getvalue()


def test_a_tryback_holds_bom_header_and_the_rows_in_their_own_bytes():
    content = (
        '\ufeff# hello\r\n"Username";b\r\n# why\r\nbob ; "x\r\n\r\n'.encode()
        + b'lea;"L\xe9\na"\nann;A\nzo\xc3\xa9;"Zo\xc3\xa9\n\n!"'
    )
    assert tryback(content, [2, 4]) == (
        '\ufeff"Username";b\r\n'.encode() + b'lea;"L\xe9\na"\nzo\xc3\xa9;"Zo\xc3\xa9\n\n!"'
    )


def test_a_tryback_of_no_rows_is_a_header():
    assert tryback(b"a;b\n1;2\n", []) == b"a;b\n"


def test_a_tryback_of_a_file_without_header_is_its_rows():
    assert tryback(b"# x\nA\n\nB;b\nC\n", [1, 3], header=False) == b"A\nC\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_tryback_of_utf16_has_its_bom(encoding):
    text = "\ufeffa;b\r\n1;é\r\n2;😀\r\n"
    assert tryback(text.encode(encoding), [2]) == "\ufeffa;b\r\n2;😀\r\n".encode(encoding)


@pytest.mark.parametrize("rows", [[3], [2, 1], [1, 1], [0]])
def test_a_row_that_does_not_come_is_no_row_left_out(rows):
    with pytest.raises(LookupError):
        tryback(b"a;b\n1;2\n3;4\n", rows)


# -- any table in any dialect -------------------------------------------------------------------------------------

ENCODINGS = {"utf-8": "", "utf-8-sig": "", "utf-16-le": "\ufeff", "utf-16-be": "\ufeff", "cp1252": ""}
CELLS = st.text(
    st.sampled_from('ab é€ü"\n\r;,\t:#\xa0=-') | st.characters(codec="cp1252", exclude_characters="\0"), max_size=6
)


@st.composite
def tables(draw):
    """Rows of text with the bytes of a file that holds them, and the values that reading must give."""
    width = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))
    separator, end = draw(st.sampled_from(";,\t")), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    header = separator.join(f"c{n}" for n in range(width))
    lines = [header, *(separator.join(map(quoted, row)) for row in rows)]
    text = end.join(lines) + draw(st.sampled_from(["", end]))
    return rows, (ENCODINGS[encoding] + text).encode(encoding), encoding


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def pinned(encoding):
    return {"utf-8-sig": "utf-8"}.get(encoding, encoding)


@settings(max_examples=300, deadline=None)
@given(tables(), st.data())
def test_any_table_comes_back_and_so_do_its_bytes_and_its_tryback(table, data):
    rows, content, encoding = table
    rules = DialectRules(encoding=pinned(encoding))
    file = CommandFile(lambda: io.BytesIO(content), rules)
    records = list(file.records())
    assert [record.values for record in records] == [trimmed(row) for row in rows]
    assert [record.fault for record in records] == [None] * len(rows)
    assert file.dialect.bom_bytes + file.header_bytes + b"".join(record.raw for record in records) == content

    chosen = sorted(data.draw(st.sets(st.sampled_from([record.row for record in records]), min_size=1)))
    out = io.BytesIO()
    file.write_tryback(chosen, out)
    again = CommandFile(lambda: io.BytesIO(out.getvalue()), rules)
    assert again.header == file.header
    assert again.dialect.separator == file.dialect.separator
    assert [record.values for record in again.records()] == [records[row - 1].values for row in chosen]


LINES = st.lists(
    st.sampled_from(
        [
            b"1;2\n",
            b"zo\xc3\xa9;2\n",
            b"l\xe9a;2\n",
            b'"a\nb";2\r\n',
            b'x;"y\n',
            b'a"b;2\n',
            b"# no\n",
            b"\n",
            b"1\r",
            b"1;2;3\n",
        ]
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_a_tryback_of_all_bad_rows_has_the_same_bad_rows(lines):
    rules = DialectRules(encoding="utf-8")
    try:
        file = CommandFile(lambda: io.BytesIO(b"a;b\n" + b"".join(lines)), rules)
    except FileRefused:
        assume(False)
    bad = [record for record in file.records() if record.fault]
    assume(bad)
    out = io.BytesIO()
    file.write_tryback([record.row for record in bad], out)
    again = list(CommandFile(lambda: io.BytesIO(out.getvalue()), rules).records())
    assert b"".join(record.raw for record in again) == b"".join(record.raw for record in bad)
    assert all(record.fault for record in again)
