"""The one memory: files, runs, plans, what was applied, who may work when (SQLite or PostgreSQL)."""

from sync_operators.ledger.errors import LedgerError, LedgerTooNew, LedgerUnusable
from sync_operators.ledger.opening import Ledger, open_ledger

__all__ = ["Ledger", "LedgerError", "LedgerTooNew", "LedgerUnusable", "open_ledger"]
