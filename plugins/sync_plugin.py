"""The one file that Airflow loads by itself; everything else is the package `sync_operators`."""

from sync_operators.plugin import SyncPlugin

__all__ = ["SyncPlugin"]
