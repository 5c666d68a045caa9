"""A browser without pictures: the app as Airflow mounts it, with somebody signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

ROLES = ("viewer", "user", "op", "admin")


@dataclass
class Pages:
    """The pages for one person; `role` None is nobody."""

    app: Any
    role: str | None = "admin"
    user: str = "ann"

    @classmethod
    @contextmanager
    def over(cls, store: Any) -> Iterator["Pages"]:
        """The pages over a store."""
        from sync_operators.web.app import make_app
        from sync_operators.web.page import the_store

        app = make_app()
        app.dependency_overrides[the_store] = lambda: store
        yield cls(app)

    def as_(self, role: str | None) -> "Pages":
        """The same for another person."""
        return Pages(self.app, role, self.user)

    @property
    def client(self) -> TestClient:
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        from sync_operators.web.access import get_user

        overrides = self.app.dependency_overrides
        overrides.pop(get_user, None)
        if self.role:
            overrides[get_user] = lambda: SimpleAuthManagerUser(username=self.user, role=self.role)
        mounted = Starlette(routes=[Mount("/sync", self.app)])
        return TestClient(mounted, base_url="http://testserver", raise_server_exceptions=False, follow_redirects=False)

    def get(self, place: str = "", **headers: str) -> Any:
        """GET an address below the pages."""
        return self.client.get(
            f"/sync/{place}", headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    def fragment(self, place: str = "") -> Any:
        """The changing part of a page, as the script asks for it."""
        return self.get(place, x_fragment="1")

    def post(self, place: str, data: Any = None, **headers: str) -> Any:
        """POST a form as a browser sends it from our own pages."""
        sent = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}
        return self.client.post(f"/sync/{place}", data=data, headers=sent | _named(headers))

    def request(self, method: str, place: str, **options: Any) -> Any:
        """Any method."""
        return self.client.request(method, f"/sync/{place}", **options)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in headers.items()}
