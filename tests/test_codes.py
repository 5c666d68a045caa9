"""Every outcome code has its texts in every language, and takes only the arguments it declares."""

import pytest

from sync_operators.codes import LANGUAGES, Fault, Kind, _parts, code, codes, phrase, placeholders, worst

CODES = sorted(codes())
TEXTS = [(name, language) for name in CODES for language in LANGUAGES]
NOTHING_TO_DO = {name for name in CODES if code(name).kind is Kind.OK and name != "planned"} | {"ignored_lock"}


def test_the_worst_of_no_kinds_is_ok_and_of_some_the_last_in_order():
    assert worst([]) is Kind.OK
    assert worst([Kind.WARN, Kind.ERROR, Kind.SKIP]) is Kind.ERROR


@pytest.mark.parametrize("name", CODES)
def test_the_name_of_a_code_tells_its_kind(name):
    starts = {"error_": Kind.ERROR, "warn_": Kind.WARN, "skipped_": Kind.SKIP, "ignored_": Kind.SKIP}
    told = [kind for start, kind in starts.items() if name.startswith(start)]
    assert told in ([], [code(name).kind])


@pytest.mark.parametrize(("name", "language"), TEXTS)
def test_every_code_has_a_title_and_a_message_in_every_language(name, language):
    one = code(name)
    assert one.title(language).endswith(".")
    assert one.messages[language].endswith(".")


@pytest.mark.parametrize(("name", "language"), TEXTS)
def test_every_code_but_a_plain_success_says_what_a_person_does_next(name, language):
    assert bool(code(name).remedy(language)) == (name not in NOTHING_TO_DO)


@pytest.mark.parametrize("name", CODES)
def test_a_code_declares_the_arguments_of_its_texts(name):
    """`args` stand outside of brackets, `optional` ones only inside: what is not declared would never be given."""
    one = code(name)
    for language in LANGUAGES:
        needed = _names(one.messages[language], optional=False)
        given = _names(one.messages[language], optional=True) | _names(one.remedies.get(language, ""), optional=True)
        assert needed == set(one.args), (language, "args")
        assert given - needed == set(one.optional), (language, "optional")


@pytest.mark.parametrize(("name", "language"), TEXTS)
def test_a_title_and_a_remedy_stand_without_any_argument(name, language):
    one = code(name)
    assert placeholders(one.titles[language]) == frozenset()
    assert _names(one.remedies.get(language, ""), optional=False) == set()


@pytest.mark.parametrize(("name", "language"), TEXTS)
def test_a_message_never_shows_a_placeholder_or_a_bracket(name, language):
    one = code(name)
    every = {arg: f"«{arg}»" for arg in (*one.args, *one.optional)}
    for args in ({}, {arg: every[arg] for arg in one.args}, every):
        text = one.message(language, args) + one.remedy(language, args)
        assert not set("{}[]") & set(text), text


@pytest.mark.parametrize("name", CODES)
def test_french_puts_no_ordinary_space_before_high_punctuation_and_no_straight_apostrophe(name):
    one = code(name)
    texts = one.titles["fr"] + one.messages["fr"] + one.remedies.get("fr", "")
    assert [mark for mark in (" :", " ;", " ?", " !", " »", "« ", "'") if mark in texts] == []


def test_an_optional_part_stands_only_with_all_its_arguments():
    fault = Fault("error_invalid_value", {"column": "city", "limit": "120"})
    assert fault.message("en") == "`city` has a value that is not allowed."
    fault = Fault("error_invalid_value", {"column": "city", "limit": "120", "unit": "characters"})
    assert fault.message("en") == "`city` has a value that is not allowed; at most 120 characters."
    assert fault.message("fr") == "`city` a une valeur non admise\u202f; au plus 120 caractères."


def test_a_message_that_lacks_an_argument_says_its_title():
    assert Fault("error_missing_value").message("en") == "A required value is empty."


def test_braces_and_brackets_of_a_value_stay_as_they_are():
    fault = Fault("error_email_collision", {"email": "{other_id}[x]"})
    assert fault.message("en") == "Another account has the e-mail address `{other_id}[x]`."


@pytest.mark.parametrize("name", ["value", "found"])
def test_a_password_is_never_in_a_message(name):
    fault = Fault("error_invalid_value", {"column": "Password", name: "hunter2", "reason": "too short"})
    assert fault.message("en") == "`Password` has a value that is not allowed: too short."


def test_a_very_long_value_is_cut_in_a_message():
    message = Fault("error_invalid_value", {"column": "city", "value": "x" * 5_000_000}).message("en")
    assert message == f"`city` has a value that is not allowed: `{'x' * 299}…`."


def test_a_phrase_nobody_translated_stays_english():
    assert phrase("bytes", "fr") == "octets"
    assert phrase("from elsewhere", "fr") == "from elsewhere"


def _names(template, *, optional):
    return {name for part in _parts(template) if part.optional is optional for name in part.names}
