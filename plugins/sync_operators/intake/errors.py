"""What can go wrong with the drop.

DropError             the drop cannot be used: try later
├── HostKeyRefused    another server answers than the one we expect, or we expect none
├── LoginRefused      the server does not let us in
├── DropLost          the connection is gone, or nothing answers
└── DropRefused       the server said no to one request
    ├── NotInDrop     there is no such file (any more)
    └── DropDenied    the account may not do that
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh

from sync_operators.errors import WorldError

_REMEDY = "Check server, account and `path` of the connection `sync_drop`; files in the drop stay where they are."


class DropError(WorldError):
    """The drop cannot be used now."""

    code = "error_drop"

    def __init__(self, message: str, *, remedy: str = _REMEDY) -> None:
        super().__init__(message, remedy=remedy)


class HostKeyRefused(DropError):
    """Another server answers than the one we expect, or we expect none."""


class LoginRefused(DropError):
    """The server does not let us in."""


class DropLost(DropError):
    """The connection is gone, or nothing answers."""


class DropRefused(DropError):
    """The server said no to one request; `reason` is its own word."""

    def __init__(self, message: str, *, reason: str, remedy: str = _REMEDY) -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason


class NotInDrop(DropRefused):
    """There is no such file, or no longer."""


class DropDenied(DropRefused):
    """The account may not do that."""


_GONE = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.SFTPBadMessage)
_MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_DENIED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)


@contextmanager
def drop_errors(what: str) -> Iterator[None]:
    """Turn what the SSH library says about a request into ours."""
    try:
        yield
    except _GONE as exc:
        raise DropLost(f"drop: the connection was lost at {what} ({exc.reason}).") from exc
    except asyncssh.SFTPError as exc:
        raise _refused(what, exc) from exc
    except TimeoutError as exc:
        raise DropLost(f"drop: no answer to {what}.") from exc
    except (asyncssh.Error, OSError) as exc:
        raise DropLost(f"drop: the connection was lost at {what} ({exc}).") from exc


def _refused(what: str, exc: asyncssh.SFTPError) -> DropRefused:
    reason = exc.reason or type(exc).__name__
    kind = NotInDrop if isinstance(exc, _MISSING) else DropDenied if isinstance(exc, _DENIED) else DropRefused
    return kind(f"drop: {what} was refused ({reason}).", reason=reason)


@contextmanager
def drop_connection_errors() -> Iterator[None]:
    """Turn what goes wrong while connecting into ours, each with what a person does about it."""
    try:
        yield
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyImportError) as exc:
        raise HostKeyRefused(f"drop: the server's host key is not the expected one ({exc}).", remedy=_HOST_KEY) from exc
    except asyncssh.PermissionDenied as exc:
        raise LoginRefused(f"drop: the login was refused ({exc.reason}).", remedy=_LOGIN) from exc
    except (asyncssh.Error, OSError, TimeoutError) as exc:
        raise DropError(f"drop: no connection ({exc or type(exc).__name__}).") from exc


_HOST_KEY = (
    "Somebody may be between us and the server. If the server has really changed its key, put the new one into the "
    "extra `host_key` of the connection `sync_drop` (`ssh-keyscan` shows it)."
)
_LOGIN = "Check login and password (or `private_key`) of the connection `sync_drop`."
