"""What can go wrong with the world, split by what the caller does about it.

    SyncError
    ├── ConfigurationError   the settings are wrong: nothing starts
    ├── FileRefused          the file as a whole cannot be run: quarantine
    └── WorldError           Moodle, drop, depot or ledger cannot be used: try later
        ├── Busy             another holds the lease
        └── LeaseLost        another took our lease over: stop at once

A row's fault is no exception but data: see `codes.Fault`.
"""

from sync_operators.codes import Fault


class SyncError(Exception):
    """Says what went wrong and where (`message`) and what a person does next (`remedy`)."""

    code = ""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigurationError(SyncError):
    """All faults of the configuration in one."""

    code = "error_configuration"


class FileRefused(SyncError):
    """The file as a whole cannot be run; `fault` holds the code and its arguments."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message("en"), remedy=fault.remedy("en"))
        self.fault = fault
        self.code = fault.code


class WorldError(SyncError):
    """Moodle, drop, depot or ledger cannot be used now; the next run goes on."""

    code = "error_world"


class Busy(WorldError):
    """Somebody else holds the lease; the message names the holder."""

    code = "error_busy"


class LeaseLost(WorldError):
    """Our lease was taken over: whoever has it goes on, we stop and write nothing about the run."""
