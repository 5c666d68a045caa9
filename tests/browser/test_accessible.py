"""WCAG 2.2 AA as far as a machine sees it: every page, dialog, theme and width; zoom, motion, words beside colours."""

import pytest

from tests.browser.axe import violations
from tests.browser.screens import screens

WIDTHS = {1280: 900, 900: 800, 390: 844}
THEMES = ("light", "dark")
SETTINGS = [(theme, width) for theme in THEMES for width in WIDTHS]


@pytest.fixture
def every_screen(visit, past):
    """Opens screens, one after another, in a browser of each theme and width; gives what a look at each tells."""
    visit.expect("status of 404")

    def look_at(wanted, look):
        told = {}
        for theme, width in sorted({setting for _, setting in wanted}):
            page = visit.browser("admin", theme=theme, width=width, height=WIDTHS.get(width, 256)).new_page()
            for screen in (screen for screen, setting in wanted if setting == (theme, width)):
                page.goto(past.pages + screen.place)
                screen.then(page)
                if found := look(page):
                    told[f"{screen.name} {theme} {width}"] = found
        return told

    return look_at


def faults(page):
    """What axe finds, and states that show by their colour alone."""
    wordless = "[...document.querySelectorAll('.tag')].filter(one => !one.innerText.trim()).map(one => one.outerHTML)"
    return violations(page) + [f"no word: {each}" for each in page.evaluate(wordless)]


def test_axe_finds_nothing_on_any_page_nor_dialog_and_each_state_has_a_word(every_screen, past):
    """Each screen in one theme and width, in turn; `make torture` has every screen in all of them."""
    wanted = [(screen, SETTINGS[turn % len(SETTINGS)]) for turn, screen in enumerate(screens(past))]
    assert every_screen(wanted, faults) == {}


def test_what_axe_and_we_look_for_is_found_where_it_is(visit):
    page = visit("admin", "depot")
    page.evaluate(
        "document.querySelector('input[type=search]').closest('label').replaceWith(document.createElement('input'))"
    )
    page.evaluate("document.querySelector('.tag').replaceChildren()")
    told = " ".join(faults(page))
    assert "label: Form elements must have labels" in told
    assert "no word: <span class=" in told


@pytest.mark.torture
def test_so_it_is_in_any_theme_nor_width(every_screen, past, chosen):
    wanted = chosen([(screen, setting) for screen in screens(past) for setting in SETTINGS])
    assert every_screen(wanted, faults) == {}


def sideways(page):
    """How far a page can be scrolled to the side, and what sticks out furthest."""
    return page.evaluate(
        """() => {
            const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
            if (over <= 0) return null;
            const parts = [...document.querySelectorAll("main > *, .card > *, .actionbar > *")];
            const guilty = parts.filter((one) => one.scrollWidth > one.clientWidth && !one.matches(".scroll, pre"));
            return `${over} px: ${guilty.map((one) => one.outerHTML.slice(0, 120)).join(" | ")}`;
        }"""
    )


def test_at_400_percent_no_page_scrolls_sideways(every_screen, past):
    """1280 px wide at 400 %: 320. Tables have a scroll box of their own, which WCAG 1.4.10 lets them."""
    assert every_screen([(screen, ("light", 320)) for screen in screens(past)], sideways) == {}


def test_nothing_moves_for_who_wants_no_motion(visit):
    spin = "document.querySelector('svg.i').classList.add('spin'), document.getAnimations().length"
    assert visit("admin", "depot").evaluate(spin) == 1
    assert visit("admin", "depot", reduced_motion="reduce").evaluate(spin) == 0
