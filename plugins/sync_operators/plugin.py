"""What the plugin offers to Airflow: the pages under `/sync`, and ways to them."""

from importlib import import_module
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from sync_operators.schedules import PAGES_MOUNT


class LazyApp:
    """An ASGI app that is imported with its first request: parsers and tasks load the plugin too, and never serve."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if self._app is None:
            self._app = getattr(import_module(self._module), self._name)
        await self._app(scope, receive, send)


def _view(destination: str, href: str) -> dict[str, str]:
    route = "tool-sync" if destination == "nav" else f"tool-sync-{destination.replace('_', '-')}"
    return {"name": "Tool Sync", "href": f"{PAGES_MOUNT}/{href}", "destination": destination, "url_route": route}


class SyncPlugin(AirflowPlugin):
    """The pages, their entry in the navigation, and a tab on each DAG and DAG run that shows its part of them."""

    name = "sync_operators"
    fastapi_apps = [  # noqa: RUF012 - Airflow's own shape
        {"app": LazyApp("sync_operators.web.app", "app"), "url_prefix": PAGES_MOUNT, "name": "Tool Sync"}
    ]
    external_views = [  # noqa: RUF012
        _view("nav", ""),
        _view("dag", "dags/{DAG_ID}"),
        _view("dag_run", "dags/{DAG_ID}/runs/{RUN_ID}"),
    ]
