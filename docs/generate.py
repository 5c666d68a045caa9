"""Write the pages that are made from the code; with `--check`, only say which are stale.

    python docs/generate.py [--check]

A page is one line of `PAGES`: its path in the checkout and the function that gives its text.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from docs.generators import codes, columns, reports, service_account, settings  # noqa: E402

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/how-to/service-account.md": service_account.page,
    "docs/reference/codes.md": codes.page,
    "docs/reference/columns.md": columns.page,
    "docs/reference/report.md": reports.page,
    "docs/reference/settings.md": settings.page,
    "include/config/sync.schema.json": settings.schema,
}


def stale() -> list[str]:
    """Name the pages whose text is no longer what the code gives."""
    return [name for name, text in PAGES.items() if _written(ROOT / name) != text()]


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write() -> list[str]:
    """Write the stale pages and name them."""
    names = stale()
    for name in names:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
    return names


def main(arguments: list[str]) -> int:
    """Write or check; the exit status is 1 when a check finds a stale page."""
    check = arguments == ["--check"]
    names = stale() if check else write()
    sys.stdout.writelines(f"{'stale' if check else 'written'}: {name}\n" for name in names)
    return int(check and bool(names))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
