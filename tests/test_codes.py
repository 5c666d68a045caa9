"""Every outcome code has its texts in every language, and takes only the arguments it declares."""

import ast
from pathlib import Path

import pytest

import sync_operators
from sync_operators.codes import LANGUAGES, Fault, Kind, _parts, code, codes, phrase, placeholders, worst
from sync_operators.command_files import formats, records
from sync_operators.moodle import rules

PACKAGE = Path(sync_operators.__file__).parent

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


def test_a_sentence_of_others_ends_once():
    fault = Fault("error_moodle", {"reason": "No answer from Moodle within 60 s."})
    assert fault.message("en") == "Moodle cannot be used now: No answer from Moodle within 60 s."


def test_a_phrase_nobody_translated_stays_english():
    assert phrase("bytes", "fr") == "octets"
    assert phrase("from elsewhere", "fr") == "from elsewhere"


def _names(template, *, optional):
    return {name for part in _parts(template) if part.optional is optional for name in part.names}


# -- what the package really gives ----------------------------------------------------------------------------------


def _faults():
    """Every `Fault("code", {…})` and `Refusal("code", …=…)` of the package: code, arguments, whether all are known."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Fault", "Refusal"}:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    yield pytest.param(first.value, *_given(node), id=f"{path.stem}:{node.lineno}:{first.value}")


def _given(call):
    """The names that a call gives with their literal values, and whether these are all."""
    pairs = {keyword.arg: keyword.value for keyword in call.keywords}
    mapping = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
    if isinstance(mapping, ast.Dict):
        pairs |= {key.value if key else None: value for key, value in zip(mapping.keys, mapping.values, strict=True)}
    literals = {name: value.value if isinstance(value, ast.Constant) else None for name, value in pairs.items()}
    complete = isinstance(mapping, ast.Dict) and None not in literals
    literals.pop(None, None)
    return literals, complete


FAULTS = list(_faults())


@pytest.mark.parametrize(("name", "given", "complete"), FAULTS)
def test_a_fault_gives_what_its_code_needs_and_nothing_its_code_has_no_words_for(name, given, complete):
    one = code(name)
    assert set(given) - {*one.args, *one.optional} <= {"moodle_code"}
    assert not complete or set(one.args) <= set(given)


@pytest.mark.parametrize(("name", "given", "complete"), FAULTS)
def test_a_phrase_of_ours_is_known_in_french(name, given, complete):
    # A single word is the name of a column.
    words = [given[arg] for arg in ("reason", "unit", "what") if " " in (given.get(arg) or "")]
    assert [text for text in words if phrase(text, "fr") == text] == []


def test_every_reason_of_the_reader_and_of_moodles_rules_is_known_in_both_languages():
    read = [text for _, text in (*formats._MAGIC, *formats._MARKUP)]
    read += [records.UNCLOSED, records.AFTER_QUOTE, records.BARE_QUOTE, records.NUL, records.TOO_LONG]
    assert [text for text in read if phrase(text, "fr") == text] == []
    assert [key for key in rules.REASONS for language in LANGUAGES if phrase(key, language) == key] == []


def _words(path):
    """Every word in a text of a module, descriptions left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
    return {word for text in texts if isinstance(text.value, str) for word in text.value.split()}


def test_every_code_is_given_somewhere_in_the_package():
    given = set().union(*map(_words, PACKAGE.rglob("*.py")))
    assert set(CODES) - given == set()


TESTS = Path(__file__).parent
RUNNING = ("command_files", "end_to_end", "intake", "plans", "tools")
"""Where tests run the package on files and compare what became of them. Elsewhere a code may be made up."""


def test_every_code_is_what_a_test_of_files_expects():
    """A code in such a test is compared with what came out: where it did not come out, that test is red.

    To note the codes seen while tests run would prove more, but only of a whole session on all workers.
    """
    expected = set().union(*(_words(path) for name in RUNNING for path in (TESTS / name).rglob("*.py")))
    assert set(CODES) - expected == set()
