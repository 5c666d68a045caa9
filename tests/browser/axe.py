"""axe-core over a page: which rules of WCAG it breaks, and where."""

from functools import cache
from importlib.resources import files
from typing import Any

_RUN = "axe.run({resultTypes: ['violations']}).then(told => told.violations)"


def violations(page: Any) -> list[str]:
    """Each broken rule with the first places that break it; none on a good page."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_script())
    return [
        f"{one['id']}: {one['help']}: " + "; ".join(f"{at['target']} {at['html'][:160]}" for at in one["nodes"][:3])
        for one in page.evaluate(_RUN)
    ]


@cache
def _script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
