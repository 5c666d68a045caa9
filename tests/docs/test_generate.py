"""Pages made from the code are what the code says now."""

import pytest

from docs.generate import PAGES, ROOT, main


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_code_gives_it(name):
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "stale: run `python docs/generate.py`"


def test_a_check_names_the_stale_pages_and_fails(monkeypatch, capsys):
    monkeypatch.setattr("docs.generate.PAGES", {"docs/no_such_page.md": lambda: "text"})
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == "stale: docs/no_such_page.md\n"
