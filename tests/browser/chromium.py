"""The browser: Debian's Chromium, driven by Playwright; nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.site import Past


def command() -> str | None:
    """Where Chromium is; None where it is not."""
    return next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser without windows."""
    with sync_playwright() as playwright:
        # Its own sandbox needs what a container does not give; it sees our pages alone.
        browser = playwright.chromium.launch(executable_path=command(), args=["--no-sandbox"])
        yield browser
        browser.close()


def signed_in(past: Past, who: str | None, *, language: str = "en", theme: str | None = None) -> dict[str, Any]:
    """What a browser has kept of somebody: their session, and the language and theme they have chosen in Airflow."""
    kept = {"i18nextLng": language} | ({"theme": theme} if theme else {})
    cookies = [{"name": "_token", "value": past.token(who), "url": past.address}] if who else []
    local = [{"name": name, "value": value} for name, value in kept.items()]
    return {"cookies": cookies, "origins": [{"origin": past.address, "localStorage": local}]}
