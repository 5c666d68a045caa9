"""Client of the control endpoint: what tests and demos ask of the sandbox."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

import httpx

from include.sandbox.settings import SiteState, TokenName

When = Literal["before", "after"]


class Control:
    """Makes the stand-ins misbehave, and tells what they saw.

    Faults of Moodle (`timeout`, `page`, `cut`, `drop_connection`, `slow`, `kill_caller`) strike the `nth` matching
    call from the moment they are asked for (1 = the next one), and `times - 1` calls after it. `of="core_user_…"`
    counts calls of that function only, `writes_only=True` calls of writing functions only. `when="before"`: the call
    takes no effect; `when="after"`: it takes effect, and only the answer suffers. Several faults wait side by side;
    each counts for itself. Faults of the drop (`fail_request`, `drop_request`, `hang_request`, `kill_requester`) work
    the same with SFTP requests, `of` being one of: open close read write lstat fstat stat setstat fsetstat remove
    mkdir rmdir realpath rename posix_rename readlink symlink link scandir.

    Settings (`set_site`, `revoke_token`, …) hold until they are changed or `reset()`, across a restart too.

        with start(tmp_path) as sandbox:
            sandbox.control.timeout(of="core_user_create_users", when="after")
            ...
            assert sandbox.control.counts().writes == 1
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def __enter__(self) -> "Control":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def reset(self, *, bare: bool = False) -> None:
        """Back to seed data: the site, its settings, faults, counts and journal; the drop is emptied. Tokens stay.

        `bare`: not even people and courses, only what a Moodle has that was installed today.
        """
        self._send("POST", "/reset", params={"bare": bare})

    # Faults of Moodle.

    def timeout(self, *, when: When = "before", **match: Any) -> None:
        """Never answer: the connection stays open until the client gives up (or 600 s)."""
        self._fault("timeout", when=when, **match)

    def page(self, status: int = 502, *, when: When = "before", retry_after: int = 0, **match: Any) -> None:
        """Answer an HTML page with that status: 502, 503, 504, 429, 413, or 200 for a page where JSON was due.

        `retry_after`: ask for so many seconds of rest.
        """
        self._fault("page", status=status, when=when, retry_after=retry_after, **match)

    def cut(self, **match: Any) -> None:
        """Take effect, then end the connection in the middle of the answer."""
        self._fault("cut", when="after", **match)

    def drop_connection(self, *, when: When = "before", **match: Any) -> None:
        """Reset the connection without a byte of an answer."""
        self._fault("drop", when=when, **match)

    def slow(self, ms: int, *, when: When = "before", **match: Any) -> None:
        """Answer rightly, but `ms` later."""
        self._fault("slow", ms=ms, when=when, **match)

    def kill_caller(self, pid: int, *, when: When = "before", **match: Any) -> None:
        """SIGKILL process `pid` at the call, without an effect of it (`before`) or with it (`after`)."""
        self._fault("kill", pid=pid, when=when, **match)

    def clear_faults(self) -> None:
        """Forget the faults of Moodle that have not struck yet."""
        self._send("DELETE", "/faults")

    def pending_faults(self) -> list[dict[str, Any]]:
        """The faults of Moodle that can still strike."""
        return list(self._get("/faults"))

    # Settings of Moodle.

    def set_site(self, **changes: Any) -> None:
        """Change settings by the names of `include.sandbox.settings.SiteSettings`."""
        self._send("PATCH", "/settings", json=changes)

    def site(self) -> dict[str, Any]:
        """The settings as they are."""
        return dict(self._get("/settings"))

    def set_state(self, state: SiteState) -> None:
        """Declare maintenance (`maintenance_cli`: 503 and HTML; `maintenance_admin`: 200 and `sitemaintenance`).

        Also `webservices_off` (403, empty), `token_expired`, `account_suspended`; `""` is a healthy site again.
        """
        self.set_site(state=state)

    def set_max_input_vars(self, limit: int) -> None:
        """Let PHP cut forms of more fields (default 1000)."""
        self.set_site(max_input_vars=limit)

    def set_clock(self, at: int) -> None:
        """Let the site's time, which decides which enrolments are active, stand still (seconds; 0: it runs)."""
        self.set_site(clock=at)

    def set_uploads(self, *, on: bool = True) -> None:
        """Switch the service's "Can upload files"."""
        self.set_site(uploads=on)

    def set_answer_delay(self, ms: int) -> None:
        """Answer every call `ms` later (default 0); calls wait side by side."""
        self.set_site(answer_delay_ms=ms)

    def revoke_token(self, name: TokenName = "main") -> None:
        """Make the token unknown: `invalidtoken`."""
        self._put_in("revoked_tokens", name)

    def restore_token(self, name: TokenName = "main") -> None:
        """Make the token valid again."""
        self._take_out("revoked_tokens", name)

    def remove_function(self, name: str) -> None:
        """Take a function out of the service: `accessexception`, and site information no longer lists it."""
        self._put_in("removed_functions", name)

    def add_function(self, name: str) -> None:
        """Put a removed function back."""
        self._take_out("removed_functions", name)

    def remove_capability(self, name: str) -> None:
        """Take a capability from the main account, such as `moodle/user:create` (`nopermissions`).

        Without `moodle/user:viewdetails` look-ups leave everybody out in silence; without
        `moodle/user:viewalldetails` they leave out username, idnumber and more, and find nobody by those.
        """
        self._put_in("removed_capabilities", name)

    def add_capability(self, name: str) -> None:
        """Give a removed capability back."""
        self._take_out("removed_capabilities", name)

    def hide_users(self, *ids: int) -> None:
        """Leave exactly these accounts out of every look-up, in silence; none: show all again."""
        self.set_site(hidden_users=ids)

    # What Moodle saw and holds.

    def calls(self) -> list[dict[str, Any]]:
        """Every call that arrived: seq, at, function, token (main, nocaps, minimal, ""), writes, outcome, fault.

        outcome: "ok", an errorcode, an HTTP status of a site state, or "(not carried out)" for faults `before`.
        """
        return list(self._get("/calls"))

    def counts(self) -> "Counts":
        """Counts of the calls that arrived, spoilt ones included."""
        return Counts(self.calls())

    def journal(self) -> list[dict[str, Any]]:
        """Every write that took effect: seq, at, function, rows (taken), args (checked, passwords left out).

        An update that changed nothing is in it too; a refused write is not.
        """
        return list(self._get("/journal"))

    def accounts(self) -> list[dict[str, Any]]:
        """All accounts, deleted ones too, with all fields, in the order of ids.

        Beside Moodle's fields: `deleted` 0/1, `customfields` and `preferences` (dicts), `password_origin` ("" = never
        set through the web service, "given", "generated"), `password` (sha-256 of a given one).
        """
        return list(self._get("/accounts"))

    def people(self) -> dict[str, dict[str, Any]]:
        """Accounts that are not deleted, by username."""
        return {account["username"]: account for account in self.accounts() if not account["deleted"]}

    def state(self) -> list[dict[str, Any]]:
        """`accounts()` without what differs between two equal runs: ids, times, the stamp in a deleted username."""
        left_out = ("id", "timecreated", "timemodified")
        kept = [{key: value for key, value in one.items() if key not in left_out} for one in self.accounts()]
        for account in kept:
            if account["deleted"]:
                account["username"] = account["username"].rpartition(".")[0]
        return sorted(kept, key=lambda account: (account["username"], account["email"]))

    def site_state(self) -> dict[str, Any]:
        """The content of the site by names, without ids and stamps: two equal runs leave equal states.

        `categories` (in the order of the site, with their courses), `courses` by short name (with methods, enrolments,
        roles, groups, groupings, contents), `cohorts` with members, `roles` outside courses, `pictures` by username as
        sha-256. Accounts are in `state()`.
        """
        return dict(self._get("/site-state"))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table of `schema.py`, ids and stamps included."""
        return list(self._get(f"/rows/{table}"))

    def add_row(self, table: str, **fields: Any) -> int:
        """Insert a row behind the web service's back; its id. What follows from it follows at once.

        A course gets its sections, announcements and methods. What no web service can make is made here: a method
        (`enrol`: courseid, enrol, status, customint1 = cohort or course), a course's custom field (`course_fields`).
        """
        return int(self._send("POST", f"/rows/{table}", json=fields).json())

    def change_row(self, table: str, row_id: int, **fields: Any) -> None:
        """Change a row behind the web service's back, as a person in Moodle's pages would."""
        self._send("PATCH", f"/rows/{table}/{row_id}", json=fields)

    def delete_row(self, table: str, row_id: int) -> None:
        """Delete a row, and nothing that hangs on it."""
        self._send("DELETE", f"/rows/{table}/{row_id}")

    def password_is(self, username: str, password: str) -> bool:
        """Whether the account would log in with the password."""
        answer = self._send("POST", "/password", params={"username": username, "password": password})
        return bool(answer.json())

    def add_accounts(self, accounts: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add accounts behind the web service's back: no call, no journal. Columns of `schema.USER_FIELDS`."""
        return list(self._send("POST", "/accounts", json=[dict(one) for one in accounts]).json())

    def change_account(self, user_id: int, **fields: Any) -> None:
        """Change an account behind the web service's back, as a person in Moodle's pages would."""
        self._send("PATCH", f"/accounts/{user_id}", json=fields)

    # The drop.

    def fail_request(self, *, when: When = "before", **match: Any) -> None:
        """Answer an SFTP request with SSH_FX_FAILURE, without (`before`) or with (`after`) its effect."""
        self._drop_fault("fail", when=when, **match)

    def drop_request(self, *, when: When = "before", **match: Any) -> None:
        """Lose the SSH connection at an SFTP request."""
        self._drop_fault("drop", when=when, **match)

    def hang_request(self, *, when: When = "before", **match: Any) -> None:
        """Never answer an SFTP request; the client's polite close then waits too, so it has to abort."""
        self._drop_fault("hang", when=when, **match)

    def kill_requester(self, pid: int, *, when: When = "before", **match: Any) -> None:
        """SIGKILL process `pid` at an SFTP request."""
        self._drop_fault("kill", pid=pid, when=when, **match)

    def clear_drop_faults(self) -> None:
        """Forget the faults of the drop that have not struck yet."""
        self._send("DELETE", "/drop/faults")

    def set_round_trip(self, ms: int) -> None:
        """Make every round trip to the drop, the SSH handshake's too, `ms` longer; pipelined requests overlap."""
        self._send("PATCH", "/drop/settings", json={"round_trip_ms": ms})

    def set_read_only(self, *, on: bool = True) -> None:
        """Refuse every writing SFTP request with SSH_FX_PERMISSION_DENIED."""
        self._send("PATCH", "/drop/settings", json={"read_only": on})

    def requests(self) -> list[str]:
        """Every SFTP request that arrived, by operation, in order."""
        return list(self._get("/drop/requests"))

    def _fault(self, kind: str, **details: Any) -> None:
        self._send("POST", "/faults", json={"kind": kind, **details})

    def _drop_fault(self, kind: str, **details: Any) -> None:
        self._send("POST", "/drop/faults", json={"kind": kind, **details})

    def _put_in(self, setting: str, name: str) -> None:
        self.set_site(**{setting: [*self.site()[setting], name]})

    def _take_out(self, setting: str, name: str) -> None:
        self.set_site(**{setting: [one for one in self.site()[setting] if one != name]})

    def _get(self, path: str) -> Any:
        return self._send("GET", path).json()

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        response = self._http.request(method, path, **content)
        if response.is_error:
            raise ValueError(f"control endpoint: {method} {path}: {response.status_code} {response.text}")
        return response


class Counts:
    """How many calls arrived: `total`, `writes`, and `by_function`."""

    def __init__(self, calls: Sequence[Mapping[str, Any]]) -> None:
        self.total = len(calls)
        self.writes = sum(1 for call in calls if call["writes"])
        self.by_function = Counter(call["function"] for call in calls)
