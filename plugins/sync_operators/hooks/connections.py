"""The three connections of a site, and what is missing from them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sync_operators.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Connection

    from sync_operators.depot.storage import Depot
    from sync_operators.ledger import Ledger
    from sync_operators.ledger.looking import Look
    from sync_operators.moodle.client import MoodleClient
    from sync_operators.settings import Settings

DROP, MOODLE, LEDGER = "sync_drop", "sync_moodle", "sync_ledger"

EXAMPLES = {
    DROP: '{"conn_type": "sftp", "host": "sftp.example.org", "port": 22, "login": "erp", "password": "…", '
    '"extra": {"host_key": "ssh-ed25519 AAAA…", "path": "/in"}}',
    MOODLE: '{"conn_type": "http", "host": "https://moodle.example.org", "password": "<web-service token>"}',
    LEDGER: "postgresql://login:password@host:5432/database",
}


def connection(conn_id: str) -> "Connection":
    """The connection of that id; ConfigurationError says that it is missing and how to set it."""
    found = optional_connection(conn_id)
    if found is None:
        raise _not_set([conn_id])
    return found


def require(*conn_ids: str) -> None:
    """See that these connections are there; ConfigurationError names all that are not."""
    missing = [conn_id for conn_id in conn_ids if optional_connection(conn_id) is None]
    if missing:
        raise _not_set(missing)


def _not_set(missing: Sequence[str]) -> ConfigurationError:
    names = ", ".join(f"`{conn_id}`" for conn_id in missing)
    ways = "\n".join(f"  AIRFLOW_CONN_{conn_id.upper()}='{EXAMPLES[conn_id]}'" for conn_id in missing)
    return ConfigurationError(
        f"Not set: the connection{'s' if len(missing) > 1 else ''} {names}.",
        remedy=f"Set under Admin > Connections, or in the environment of Airflow, for example:\n{ways}",
    )


def optional_connection(conn_id: str) -> "Connection | None":
    """The connection of that id, if there is one."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None


def moodle_client(settings: "Settings", **limits: Any) -> "MoodleClient":
    """A client for the site of `sync_moodle`: host is its address, password its token; its limits are the settings'."""
    from sync_operators.moodle.client import MoodleClient

    found = connection(MOODLE)
    if not found.host or not found.password:
        raise ConfigurationError(
            f"The connection `{MOODLE}` needs the site's address as host and the web-service token as password.",
            remedy=f"For example: {EXAMPLES[MOODLE]}",
        )
    ours = settings.moodle
    usual = {"timeout": ours.timeout, "connections": ours.connections, "max_fields": ours.max_fields}
    return MoodleClient(_address(found), found.password, **{**usual, **limits})


def moodle_address() -> str:
    """The site's URL, of `sync_moodle`."""
    return _address(connection(MOODLE))


def _address(found: "Connection") -> str:
    """The site's URL, whichever way people spread it over the connection's fields."""
    from urllib.parse import urlsplit

    host = str(found.host)
    url = urlsplit(host if "://" in host else f"{found.schema or 'https'}://{host}")
    return url._replace(netloc=f"{url.netloc}:{found.port}").geturl() if found.port else url.geturl()


def ledger(settings: "Settings", clock: "Callable[[], datetime]") -> "Ledger":
    """The ledger of `sync_ledger`, or the SQLite file in the depot."""
    from sync_operators.ledger import open_ledger

    url, key = _ledger_place(settings)
    return open_ledger(url, fingerprint_key=key, clock=clock)


def ledger_look(settings: "Settings") -> "Look":
    """A look at the same ledger that changes nothing."""
    from sync_operators.ledger.looking import look_at

    url, key = _ledger_place(settings)
    return look_at(url, fingerprint_key=key)


def _ledger_place(settings: "Settings") -> tuple[str, bytes | None]:
    from airflow.sdk.log import mask_secret

    found = optional_connection(LEDGER)
    if found is None:
        return _sqlite_beside(settings), None
    key = found.extra_dejson.get("fingerprint_key")
    if key:
        # Airflow knows by their names which extras are secret; this one is ours.
        mask_secret(str(key))
    return _ledger_url(found), str(key).encode() if key else None


def _ledger_url(found: "Connection") -> str:
    """The connection as SQLAlchemy takes it; our own key in the extra is no part of the address."""
    from sqlalchemy import make_url

    url = make_url(found.get_uri())
    query: Any = {name: value for name, value in url.query.items() if name not in {"fingerprint_key", "__extra__"}}
    # Airflow's connection type is `postgres`, a name that SQLAlchemy has given up.
    driver = "postgresql+psycopg" if url.drivername in {"postgres", "postgresql"} else url.drivername
    return url.set(drivername=driver, query=query).render_as_string(hide_password=False)


def _sqlite_beside(settings: "Settings") -> str:
    url = settings.depot.url
    if not url.startswith("file://"):
        raise ConfigurationError(
            f"The depot {url} is no local folder, so the ledger cannot lie in it.",
            remedy=f"Set the connection `{LEDGER}`, for example {EXAMPLES[LEDGER]}",
        )
    return f"sqlite:///{url.removeprefix('file://')}/.ledger/ledger.sqlite3"


def depot(settings: "Settings") -> "Depot":
    """The depot of the settings, on whatever file system its URL names."""
    from airflow.sdk import ObjectStoragePath

    from sync_operators.depot.storage import Depot

    path = ObjectStoragePath(settings.depot.url)
    return Depot(path.fs, path.path)
