"""Every word of the reports is there in both languages, and none is there for nothing."""

import re
from pathlib import Path

import pytest

from sync_operators.codes import LANGUAGES, Kind
from sync_operators.reports import bars, texts
from sync_operators.reports.texts import Texts, catalogue

FOLDER = Path(texts.__file__).parent
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.j2")])
LOOKED_UP = ("state_", "command_", "mode_")


def _texts(entry, language):
    text = entry[language]
    return [text] if isinstance(text, str) else [text["one"], text["other"]]


@pytest.mark.parametrize("key", catalogue())
def test_a_text_is_there_in_every_language_with_the_same_arguments(key):
    entry = catalogue()[key]
    assert set(entry) == set(LANGUAGES)
    takes = {
        language: {tuple(sorted(set(re.findall(r"{(\w+)}", text)))) for text in _texts(entry, language)}
        for language in LANGUAGES
    }
    assert takes["en"] == takes["fr"]
    assert all(text for language in LANGUAGES for text in _texts(entry, language))


@pytest.mark.parametrize("key", catalogue())
def test_a_text_is_used_somewhere(key):
    used = f'"{key}"' in SOURCES or key.startswith(LOOKED_UP)
    names = [f"bar_{name}" for name in bars.SEGMENTS] + [f"kind_{kind}" for kind in Kind]
    assert used or key in names


def test_every_key_that_a_template_asks_for_is_there():
    asked = set(re.findall(r'\bt(?:ext)?(?:\.count)?\("(\w+[^_])"', SOURCES))
    assert asked - set(catalogue()) == set()


def test_french_puts_a_narrow_space_before_high_punctuation():
    wrong = [
        text
        for entry in catalogue().values()
        for text in _texts(entry, "fr")
        if re.search(r" [:;?!](?!\))", text.replace("\u202f", ""))
    ]
    assert wrong == []


def test_a_name_without_a_word_is_shown_as_it_is():
    assert Texts("fr").named("command", "users") == "Utilisateurs"
    assert Texts("fr").named("command", "unheard_of") == "unheard_of"
