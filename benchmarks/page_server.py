"""The pages as a process of their own, as the api-server of Airflow has them: over a site's depot and ledger."""

import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from include.sandbox.environment import LOCAL, environment, migrate
from include.sandbox.starting import Sandbox

TRIVIAL = "trivial"
"""A route of the same app, behind the same checks, that does nothing."""


@contextmanager
def serving(sandbox: Sandbox, folder: Path) -> Iterator[httpx.Client]:
    """A client of the pages, signed in as an administrator, while they are served."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(listening, sandbox, folder))
        server.start()
        try:
            # The kernel takes connections from the start, and the first request waits for the imports.
            address = f"http://127.0.0.1:{listening.getsockname()[1]}/sync/"
            with httpx.Client(base_url=address, timeout=120, trust_env=False) as client:
                client.get(TRIVIAL).raise_for_status()
                yield client
        finally:
            server.terminate()
            server.join()


def _serve(listening: socket.socket, sandbox: Sandbox, folder: Path) -> None:
    import os

    import uvicorn

    from tests.end_to_end.site import site

    home = LOCAL / "figures-airflow"
    migrate(home)
    os.environ.update({name: text for name, text in environment(home).items() if name.startswith("AIRFLOW")})
    # No passwords are made: who asks is given.
    os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] = "True"
    with site(sandbox, folder) as opened:
        config = uvicorn.Config(_app(opened.work), log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listening])


def _app(work: Any) -> Any:
    """The app as Airflow mounts it, with its own auth manager; only who asks is given."""
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.responses import PlainTextResponse
    from starlette.applications import Starlette
    from starlette.routing import Mount

    from sync_operators.hooks.workplace import Store
    from sync_operators.web.access import get_user
    from sync_operators.web.app import make_app
    from sync_operators.web.page import the_store

    init_auth_manager()
    app = make_app()
    app.add_api_route(f"/{TRIVIAL}", lambda: PlainTextResponse("well"), methods=["GET"])
    # Ours stands before the route that takes every other address.
    app.router.routes.insert(0, app.router.routes.pop())
    store = Store(work.settings, work.depot, work.ledger, "pages", work.clock)
    app.dependency_overrides[the_store] = lambda: store
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="figures", role="admin")
    return Starlette(routes=[Mount("/sync", app)])
