"""Databases for the length of a figure, where a PostgreSQL listens on this machine."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

_SERVER = "postgresql://postgres@127.0.0.1:5432"


def missing() -> str | None:
    """Why figures on PostgreSQL cannot be taken; None when they can."""
    try:
        import psycopg
    except ModuleNotFoundError:
        return "psycopg is not installed"
    try:
        psycopg.connect(f"{_SERVER}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"none listens: {error}".splitlines()[0]
    return None


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty database."""
    import psycopg

    name = f"figures_{os.getpid()}_{uuid.uuid4().hex[:6]}"
    with psycopg.connect(f"{_SERVER}/postgres", autocommit=True, connect_timeout=3) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{_SERVER}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
