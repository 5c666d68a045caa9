"""Pictures of every page, in both languages and themes, and of the few that README and manual show.

`python -m tests.browser.screenshots`: all of them into `.local/screenshots`, the few into `docs/images`.
The site they show is the demo's: a registrar's export was run, a list of leavers waits for a person.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from include.sandbox.environment import LOCAL, ROOT
from include.sandbox.samples import export, left_in_the_drop
from tests.browser.chromium import chromium, signed_in
from tests.browser.screens import Screen, screens
from tests.browser.site import Past, make_folder, past_site, upload
from tests.end_to_end.airflow_site import AirflowSite

EVERY = LOCAL / "screenshots"
SHOWN = ROOT / "docs" / "images"
LANGUAGES, THEMES = ("en", "fr"), ("light", "dark")
WIDTH, HEIGHT = 1280, 900
COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A picture of the manual: its file, the screen it shows, how much of it in pixels."""

    file: str
    screen: str
    height: int


PICTURES = (
    Picture("depot.png", "depot", 560),
    Picture("plan.png", "plan", HEIGHT),
    Picture("report.png", "report", 1400),
)


def main() -> None:
    """Start the site, look at everything."""
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as folder,
        past_site(Path(folder), configuration="", happen=_nights) as past,
        chromium() as browser,
    ):
        _every(browser, past)
    for picture in PICTURES:
        _show(picture)
    sys.stdout.write(f"{len(list(EVERY.glob('*.png')))} pictures in {EVERY}, {len(PICTURES)} in {SHOWN}\n")


def _nights(site: AirflowSite) -> dict[str, str]:
    """The demo's two, with a list of leavers that is over its limit; tomorrow's enrolments lie there already."""
    files = [sample.file for sample in export()]
    first = _night(site, "registrar-1", *files, *left_in_the_drop(), "userdelete.csv")
    _night(site, "registrar-2", *files)
    site.erp.trigger("sync_course_list", {}, "read-courses")
    site.erp.result("sync_course_list", "read-courses")
    for folder, within in (("autumn", ""), ("science", "autumn"), ("spring", "")):
        make_folder(site, folder, within)
    upload(site, "", "enrols.csv")
    upload(site, "autumn/science", "groupmembers.csv")
    Past(site, first).is_asked(first["users_delete"])
    return first


def _night(site: AirflowSite, name: str, *files: str) -> dict[str, str]:
    site.erp.drop(*files)
    site.erp.trigger("sync_all", {"correlation_id": name}, name)
    return {run["command"]: run["run_id"] for run in site.erp.result("sync_all", name)[1]["runs"]}


def _every(browser: Any, past: Past) -> None:
    EVERY.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        for theme in THEMES:
            with _page(browser, past, language, theme) as page:
                for screen in screens(past):
                    _open(page, past, screen)
                    page.screenshot(path=EVERY / f"{screen.name}.{language}.{theme}.png", full_page=True)


def _show(picture: Picture) -> None:
    """Flat colours need no more than a palette."""
    with Image.open(EVERY / f"{picture.screen}.en.light.png") as whole:
        part = whole.convert("RGB").crop((0, 0, WIDTH, min(picture.height, whole.height)))
    part.quantize(COLOURS, dither=Image.Dither.NONE).save(SHOWN / picture.file, optimize=True)


@contextmanager
def _page(browser: Any, past: Past, language: str, theme: str) -> Iterator[Any]:
    context = browser.new_context(
        storage_state=signed_in(past, "admin", language=language, theme=theme),
        viewport={"width": WIDTH, "height": HEIGHT},
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def _open(page: Any, past: Past, screen: Screen) -> None:
    page.goto(past.pages + screen.place)
    screen.then(page)


if __name__ == "__main__":
    main()
