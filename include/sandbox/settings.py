"""What the control endpoint can set on the stand-in site; kept in its database, so a restart keeps it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

TokenName = Literal["main", "nocaps", "minimal"]
SiteState = Literal[
    "",
    "maintenance_cli",
    "maintenance_admin",
    "webservices_off",
    "token_expired",
    "account_suspended",
]


class SiteSettings(BaseModel):
    """Settings of the stand-in site, with the values of a healthy one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_input_vars: int = 1000
    answer_delay_ms: int = 0
    state: SiteState = ""
    revoked_tokens: tuple[TokenName, ...] = ()
    removed_functions: tuple[str, ...] = ()
    removed_capabilities: tuple[str, ...] = ()
    hidden_users: tuple[int, ...] = ()
    uploads: bool = True
    max_upload_bytes: int = 67_108_864
    # Seconds since 1970 that decide which enrolments are active; 0: the machine's own.
    clock: int = 0


class DropSettings(BaseModel):
    """Settings of the drop; they last as long as the process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    round_trip_ms: int = 0
    read_only: bool = False
