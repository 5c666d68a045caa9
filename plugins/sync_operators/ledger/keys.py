"""The key of the fingerprints: made once, kept outside the tables.

A stolen ledger alone then does not let anybody guess the passwords that went into a fingerprint.
"""

import logging
import os
import secrets
from pathlib import Path

from sqlalchemy import Engine

from sync_operators.ledger.errors import Address, LedgerUnusable, translated

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 16, 64
_MAKE_ONE = 'python -c "import secrets; print(secrets.token_hex(32))"'


def checked(given: bytes | None, address: Address) -> bytes:
    """Take the key of the connection `sync_ledger`; refuse none, and one that can be guessed."""
    if given is None:
        raise LedgerUnusable(
            f"The ledger {address.text} has no key for its fingerprints.",
            remedy=f"Make one with `{_MAKE_ONE}`; keep it as extra `fingerprint_key` of the connection `sync_ledger`.",
        )
    if not SHORTEST <= len(given) <= LONGEST:
        raise LedgerUnusable(
            f"The `fingerprint_key` of the ledger {address.text} has {len(given)} bytes, not {SHORTEST} to {LONGEST}.",
            remedy=f"Make one with `{_MAKE_ONE}`; every row is looked up once after a change of the key.",
        )
    return given


def kept_beside(engine: Engine, address: Address) -> bytes:
    """Read the key file beside a SQLite ledger; made under the ledger's write lock, so by one process only."""
    path = Path(address.path + ".key")
    if not path.exists():
        with translated(address), engine.begin():
            _make(path)
    return read(path, address)


def _make(path: Path) -> None:
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32))
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    log.info("fingerprint key: made file=%s", path)


def read(path: Path, address: Address) -> bytes:
    """The key that a file keeps; LedgerUnusable when it keeps none."""
    try:
        key = path.read_bytes().strip()
    except OSError as exc:
        raise LedgerUnusable(
            f"The key file {path} of the ledger {address.text} cannot be read ({exc.strerror}).",
            remedy=f"Give this account the right to read {path}.",
        ) from exc
    if not SHORTEST <= len(key) <= LONGEST:
        raise LedgerUnusable(
            f"The key file {path} of the ledger {address.text} holds no key.",
            remedy=f"Put {path} back from a backup, or remove it: every row is then looked up once.",
        )
    return key
