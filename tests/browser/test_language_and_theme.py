"""Language and theme are those chosen in Airflow, from the first look on, and when they are changed elsewhere."""

import pytest
from playwright.sync_api import expect

from sync_operators.web.language import catalogue
from tests.browser.screens import screens

DARK, LIGHT = "dark", "light"


def brightness(page):
    """Of the page's background, 0 to 255."""
    return page.evaluate(
        """() => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
            const paint = canvas.getContext("2d");
            paint.fillStyle = getComputedStyle(document.body).backgroundColor;
            paint.fillRect(0, 0, 1, 1);
            return Math.max(...paint.getImageData(0, 0, 1, 1).data.slice(0, 3));
        }"""
    )


def test_every_page_is_french_for_who_has_chosen_french_in_airflow(visit, past):
    """No text that the catalogue translates is left in English."""
    visit.expect("status of 404")
    english = {text for text, forms in catalogue("fr").items() if forms[0] != text and "{" not in text and " " in text}
    assert english & set(visit("admin").evaluate(TEXTS))
    page = visit.browser("admin", language="fr", locale="en-GB").new_page()
    left = {}
    for screen in screens(past):
        page.goto(past.pages + screen.place)
        assert page.locator("html").get_attribute("lang") == "fr", screen.name
        screen.then(page)
        if found := english & set(page.evaluate(TEXTS)):
            left[screen.name] = found
    assert left == {}


TEXTS = """() => {
    const told = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) told.push(walk.currentNode.textContent.trim());
    for (const one of document.querySelectorAll("[title], [aria-label], [placeholder]"))
        told.push(one.title, one.ariaLabel, one.placeholder);
    return told.filter(Boolean);
}"""


def test_the_choice_on_our_own_page_holds_on_the_next(visit):
    page = visit("admin", "depot")
    page.get_by_role("link", name="FR", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dépôt")
    page.get_by_role("navigation", name="Rubriques").get_by_role("link", name="Rapports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rapports")


def test_a_language_chosen_in_airflow_meanwhile_is_followed(visit, past):
    page = visit("admin", "reports")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    other = page.context.new_page()
    other.goto(past.pages + "plans")
    other.evaluate("localStorage.setItem('i18nextLng', 'fr')")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rapports")


@pytest.mark.parametrize(("theme", "dark"), [(DARK, True), (LIGHT, False)])
@pytest.mark.parametrize("system", [DARK, LIGHT])
def test_airflows_theme_goes_before_the_systems(visit, theme, dark, system):
    page = visit("admin", "plans", theme=theme, color_scheme=system)
    assert (brightness(page) < 100) is dark


@pytest.mark.parametrize("system", [DARK, LIGHT])
def test_without_a_choice_it_is_the_systems(visit, system):
    assert (brightness(visit("admin", "plans", color_scheme=system)) < 100) is (system == DARK)


def test_a_theme_chosen_in_airflow_meanwhile_is_followed(visit, past):
    page = visit("admin", "plans", theme=LIGHT)
    other = page.context.new_page()
    other.goto(past.pages + "reports")
    other.evaluate("localStorage.setItem('theme', 'dark')")
    expect(page.locator("html")).to_have_class("dark")
    assert brightness(page) < 100
