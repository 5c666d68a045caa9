"""French is complete: every message of code and templates has its words, and none is there for nothing."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sync_operators import web
from sync_operators.web.language import LOCALE, Language, chosen

FOLDER = Path(web.__file__).parent
METHODS = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def asked():
    found = extract_from_dir(
        FOLDER, METHODS, {"**.j2": {"trimmed": "true", "silent": "false"}}, KEYWORDS, comment_tags=()
    )
    return {message for _, _, message, _, _ in found}


def given(language):
    for path in (LOCALE / language).glob("*.po"):
        with path.open("rb") as file:
            yield from (message for message in read_po(file, locale=language, abort_invalid=True) if message.id)


def places(text):
    return set(re.findall(r"{(\w+)}", text))


def test_every_message_has_its_french_words():
    known = {message.id for message in given("fr") if not message.fuzzy and all(forms(message))}
    missing = {message for message in asked() if message not in known}
    assert missing == set()


def forms(message):
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_no_french_words_are_there_for_nothing():
    assert {message.id for message in given("fr")} - asked() == set()


def test_no_message_is_fuzzy():
    assert [message.id for message in given("fr") if message.fuzzy] == []


def test_french_fills_the_same_places():
    for message in given("fr"):
        wanted = places(message.id if isinstance(message.id, str) else message.id[1])
        assert all(places(form) == wanted for form in forms(message)), message.id


def test_french_puts_a_narrow_space_before_high_punctuation():
    wrong = [form for message in given("fr") for form in forms(message) if re.search(r"[ \u00a0\w][:;?!](\s|$)", form)]
    assert wrong == []


CHOICES = [
    ("fr", "en", "en", "fr"),
    (None, "fr", "en", "fr"),
    (None, None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
    (None, None, "de,en;q=0.5,fr;q=0.7", "fr"),
    (None, None, "de", "en"),
    (None, None, "", "en"),
    ("xx", "yy", "q=;;;", "en"),
]


@pytest.mark.parametrize(("query", "cookie", "accepted", "language"), CHOICES)
def test_the_address_chooses_the_language_then_the_cookie_then_the_browser(query, cookie, accepted, language):
    assert chosen(query, cookie, accepted) == language


def test_a_chosen_language_is_remembered_below_the_pages(pages):
    answer = pages.get("?lang=fr")
    assert 'lang="fr"' in answer.text
    assert "Vue d’ensemble" in answer.text
    assert "sync_lang=fr" in answer.headers["set-cookie"]
    assert "Path=/sync" in answer.headers["set-cookie"]


def test_sizes_and_counts_are_written_as_the_language_does():
    assert (Language("en").size(3_412_077), Language("fr").size(3_412_077)) == ("3.4\u00a0MB", "3,4\u00a0Mo")
    assert (Language("en").size(12), Language("fr").size(12)) == ("12\u00a0B", "12\u00a0o")
