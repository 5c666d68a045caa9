"""The page: what is on it, that it stands alone, and that no value can break it."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sync_operators.codes import code
from sync_operators.reports.html import coded, write_html
from tests.reports.story import (
    APPROVED,
    ARABIC,
    EMOJI,
    EVIL,
    FORMULA,
    REFUSED,
    ROWS,
    RUN,
    no_rows,
    row,
    written,
)

VOID = {"meta", "wbr"}


class Page(HTMLParser):
    """Elements with their attributes, the text of each table's cells, and whether all is closed in order."""

    def __init__(self, data):
        super().__init__()
        self.open, self.elements, self.tables, self.text = [], [], [], []
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            return
        self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data

    def words(self):
        return " ".join("".join(self.text).split())


def page(run=RUN, language="en", **options):
    return Page(written(write_html, run, language, **options))


def cells(table):
    return [[" ".join(cell.split()) for cell in line] for line in table]


def test_the_page_stands_alone():
    names = {tag for tag, _ in page().elements}
    assert not names & {"script", "link", "img", "iframe", "form", "object"}
    outside = [
        value
        for _, attrs in page().elements
        for name, value in attrs.items()
        if name in {"src", "href"} and not value.startswith("#")
    ]
    assert outside == ["https://moodle.valmont.example"]


def test_no_element_has_a_style_or_a_handler_and_scripts_are_forbidden():
    attributes = {name for _, attrs in page().elements for name in attrs}
    assert [name for name in attributes if name == "style" or name.startswith("on")] == []
    assert (
        "meta",
        {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"},
    ) in page().elements


def test_an_id_is_there_once_and_every_reference_has_its_target():
    elements = page().elements
    ids = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    asked = {attrs["href"][1:] for tag, attrs in elements if tag in {"use", "a"} and attrs["href"].startswith("#")}
    asked |= {attrs["aria-labelledby"] for _, attrs in elements if "aria-labelledby" in attrs}
    assert asked <= set(ids)


@pytest.mark.parametrize("value", [EVIL, EMOJI, ARABIC, FORMULA])
def test_a_value_is_shown_as_it_is_and_makes_no_element(value):
    assert ("b", {"onmouseover": "alert(1)"}) not in page().elements
    assert value in "".join(page().text)


def test_what_would_turn_the_page_around_is_written_out():
    text = "".join(page().text)
    assert r"\u202egnp.exe\u202c" in text
    assert r"a\x00b\ttab" in text
    assert not {"\u202e", "\x00"} & set(text)


def test_a_password_is_nowhere():
    assert b"hunter2" not in written(write_html)


def test_the_outcomes_stand_worst_first_and_sum_up_to_the_rows():
    lines = cells(page().tables[0])[1:]
    codes = [line[1] for line in lines if len(line) == 5]
    assert codes[:7] == [
        "error_create",
        "error_email_collision",
        "error_invalid_value",
        "error_missing_value",
        "error_unsupported",
        "skipped_not_found",
        "created",
    ]
    assert codes[-3:] == ["unchanged", "warn_email_protected", "warn_duplicate_row"]
    total = next(index for index, line in enumerate(lines) if line[0].startswith("Sum"))
    assert lines[total][1] == "394"
    assert sum(int(line[2]) for line in lines[:total]) == 394


def test_every_outcome_has_its_meaning_and_its_remedy():
    lines = {line[1]: line[3:] for line in cells(page().tables[0]) if len(line) == 5}
    assert lines["error_missing_value"] == [
        "A required value is empty.",
        "Give the value in the tryback, and drop that file again.",
    ]


def test_problems_come_first_each_with_line_key_code_reason_and_remedy():
    failed = cells(page().tables[1])
    assert failed[0] == ["Line", "idnumber", "username", "Code", "Reason", "Remedy"]
    assert failed[1] == [
        "6",
        "E2011",
        "(empty)",
        "error_missing_value",
        "username is empty, and this row needs it.",
        "Give the value of username in the tryback, and drop that file again.",
    ]
    assert failed[3][0] == "8–9"
    assert (
        failed[4][4] == "Moodle refused to create it: Invalid parameter value detected.Moodle’s code: invalidparameter"
    )


def test_every_row_but_the_unchanged_is_listed_once():
    lines = [line[0].split("–")[0] for table in page().tables[1:] for line in cells(table)[1:]]
    assert sorted(map(int, lines)) == [one.line for one in ROWS if one.line != 15]
    assert "382 unchanged rows are counted, not listed" in page().words()
    assert "counted, not listed" not in page(list_unchanged=True).words()


def test_more_rows_than_can_be_read_are_counted_and_the_page_says_where_they_are():
    def many():
        return (row(line, "error_remote") for line in range(2, 3002))

    words = page(replace(RUN, counts={"error_remote": 3000}), given=many).words()
    assert "Failed rows (1,000 shown of 3,000; all are in the CSV and JSON Lines reports beside this page" in words


def test_a_refused_file_says_why_and_what_to_do_and_shows_no_empty_table():
    refused = page(REFUSED, given=no_rows)
    assert refused.tables == []
    assert "The header of the file cannot be used; unknown columns: usernam (→ username?)." in refused.words()
    assert code("error_bad_header").remedy("en").replace("`", "") in refused.words()


def test_who_decided_when_and_why_is_told():
    words = page(APPROVED).words()
    assert "Held1 time, over a limit" in words
    assert "by Ada <admin>, 22 November 2026, 09:30:00 UTC" in words
    assert "End of term: “these” are gone" in words
    assert "Decided" not in page().words()


def test_the_origin_of_the_file_is_told():
    words = page().words()
    for fact in (
        RUN.sha256,
        "41,207 bytes",
        "UTF-8 with BOM, separator ;, line ends CRLF",
        "delta: rows as last applied",
        RUN.run_id,
        "sync_users / scheduled__2026-11-22T04:00:00+00:00",
        "ERP-2026/47",
        "core_user_create_users 3",
    ):
        assert fact in words


def test_a_simulation_says_that_nothing_happened():
    words = page(replace(RUN, simulate=True, state="simulated")).words()
    assert "Nothing was sent to Moodle, no file was moved." in words
    assert "Would change6" in words
    assert "tryback)" not in words


def test_the_warnings_of_the_run_are_told_with_count_and_remedy():
    words = page().words()
    assert "Accounts created with a random password that nobody knows: 2." in words
    assert "The file has a password column." in words


def test_every_figure_of_the_bar_stands_in_the_legend_and_errors_are_hatched():
    elements = page().elements
    labels = [attrs["aria-label"] for tag, attrs in elements if tag == "svg" and "aria-label" in attrs]
    assert labels == [
        "Created 2, Updated 2, Suspended 1, Deleted 1, Skipped 1, Failed 5, Unchanged 382",
        "Created 2, Updated 2, Suspended 1, Deleted 1, Skipped 1, Failed 5",
    ]
    assert "Failed 5 1.3\u202f%" in "".join(page().text)
    assert [attrs["fill"] for tag, attrs in elements if tag == "rect" and "hatch" in attrs.get("fill", "")] == [
        "url(#hatch-all_rows)",
        "url(#hatch-changed_rows)",
    ]


def test_french_is_french_throughout():
    french = page(APPROVED, "fr")
    assert ("html", {"lang": "fr"}) in french.elements
    words = french.words()
    for word in (
        "394 lignes, 5 en échec",
        "Résultats et que faire",
        "Lignes en échec",
        "Terminé, avec des échecs",
        "22 novembre 2026, 04:00:01 à 04:00:09 UTC",
        "par Ada <admin>, le 22 novembre 2026",
    ):
        assert word in words
    for word in ("Failed", "Remedy", "rows", "Warning", "Where"):
        assert word not in words


def test_calls_rows_and_seconds_are_told_by_function():
    words = page().words()
    assert "core_user_create_users 3 calls, 3 rows, 250 ms" in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "core_user_delete_users 1 call, 1 row, 1 min 4 s" in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "Moodle calls10 1 min 9 s" in words.replace("\N{NO-BREAK SPACE}", " ")


def test_a_run_of_older_times_tells_its_calls_alone():
    words = page(replace(RUN, spent={})).words()
    assert "core_user_create_users 3 callscore_user_delete_users 1 callcore" in words


@pytest.mark.parametrize(("url", "links"), [("javascript:alert(1)", 0), ("https://m.example", 1), ("", 0)])
def test_only_a_web_address_becomes_a_link(url, links):
    found = [attrs for tag, attrs in page(replace(RUN, site_url=url)).elements if tag == "a" and attrs["href"] == url]
    assert len(found) == links


def test_a_run_that_goes_on_without_file_or_dag_has_a_page():
    bare = replace(
        RUN,
        ended=None,
        file=None,
        sha256=None,
        bytes=None,
        dag_id=None,
        dag_run_id=None,
        dialect={},
        correlation_id=None,
        calls={},
        spent={},
        state="unheard_of",
    )
    words = page(bare).words()
    assert "no file: 394 rows, 5 failed" in words
    assert "unheard_of" in words


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("set `a: b`, or <c>", "set <code><bdi>a: b</bdi></code>, or &lt;c&gt;"),
        ("`<b>`", "<code><bdi>&lt;b&gt;</bdi></code>"),
        ("a ` b", "a ` b"),
        ("\u202e", r"\u202e"),
    ],
)
def test_what_stands_in_backticks_is_code(text, html):
    assert str(coded(text)) == html
