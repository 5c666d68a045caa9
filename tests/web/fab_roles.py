"""What the pages answer the roles of FAB, as JSON: run by `test_fab.py`, since a process has one auth manager."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from include.sandbox.starting import start
from tests.end_to_end.site import site as open_site
from tests.web.browsing import Pages
from tests.web.story import Story, tell
from tests.web.test_access import FORMS, ROUTES, places

ROLES = ("Public", "Viewer", "User", "Op", "Admin")


def main(folder: Path) -> None:
    """Print the status of every route for every role."""
    people = _people()
    with start(folder / "sandbox") as sandbox, open_site(sandbox, folder / "site", environ=Story.SETTINGS) as site:
        story = tell(site, sandbox)
        with Pages.over(story.store) as pages:
            told = {role: _statuses(pages, person, places(story)) for role, person in people.items()}
    sys.stdout.write(f"\n{json.dumps(told)}\n")


def _people() -> dict[str, Any]:
    """Somebody of each role that FAB makes by itself."""
    from airflow.api_fastapi.app import init_auth_manager

    manager: Any = init_auth_manager()
    manager.get_fastapi_app()  # as the API server does: it makes the Flask app that FAB lives in
    with manager.flask_app.app_context():
        security = manager.security_manager
        security.sync_roles()
        for role in ROLES:
            name = role.lower()
            security.add_user(name, name, "Test", f"{name}@example.org", security.find_role(role), name)
        people = {role: security.find_user(role.lower()) for role in ROLES}
        return {role: person for role, person in people.items() if person.perms is not None}


def _statuses(pages: Pages, person: Any, names: Mapping[str, object]) -> dict[str, int]:
    from sync_operators.web.access import get_user

    client = pages.as_(None).client
    pages.app.dependency_overrides[get_user] = lambda: person
    return {f"{method} {place}": _status(client, method, place, names) for method, place, _ in ROUTES}


def _status(client: Any, method: str, place: str, names: Mapping[str, object]) -> int:
    sent = {"data": FORMS.get(place)} if method == "POST" else {}
    return int(client.request(method, f"/sync/{place.format(**names)}", **sent).status_code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
