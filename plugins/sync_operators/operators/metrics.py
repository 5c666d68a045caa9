"""Counters for Airflow's metrics, below `tool_sync.`; docs/reference/metrics.md names them all."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_operators.intake.report import CaptureReport


def count_capture(report: "CaptureReport") -> None:
    """One for the capture, one for each name of the drop under its code, and the bytes that came into the depot."""
    from airflow.sdk.observability.stats import Stats

    Stats.incr("tool_sync.captures")
    Stats.incr("tool_sync.capture.bytes", report.bytes_taken)
    for code, number in report.counts.items():
        Stats.incr(f"tool_sync.capture.{code}", number)
