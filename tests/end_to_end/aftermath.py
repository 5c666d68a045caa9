"""What must hold when the walk has come to its end, however often it was killed on the way (design, I1 to I10)."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from include.sandbox.starting import Sandbox
from sync_operators.ledger import open_ledger
from sync_operators.ledger.tables import applied_rows, files, operations, runs
from sync_operators.plans.workplace import utc_now

PRODUCTS = ("archives", "reports", "tryback", "quarantine")
SECRETS = ("Canary-Pass-1!", "Canary-Pass-2!", "Canary-Pass-3!")


@dataclass(frozen=True)
class Files:
    """A checksum for every file below a folder."""

    found: Mapping[str, str]

    @staticmethod
    def below(folder: Path) -> "Files":
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return Files({path.relative_to(folder).as_posix(): _sha256(path.read_bytes()) for path in paths})

    def having(self, sha256: str) -> list[str]:
        return sorted(place for place, found in self.found.items() if found == sha256)


@dataclass
class Aftermath:
    """Depot, drop, ledger and Moodle after the walk."""

    sandbox: Sandbox
    folder: Path

    @property
    def depot(self) -> Path:
        return self.folder / "depot"

    def products(self) -> Files:
        """Everything that is never to be replaced."""
        found = Files.below(self.depot).found
        return Files({place: sha256 for place, sha256 in found.items() if place.partition("/")[0] in PRODUCTS})

    def check(self, contents: Mapping[str, bytes], before: Files, clean: "Clean") -> None:
        """All of it."""
        self.each_file_is_in_one_place(contents)
        self.what_was_run_is_what_was_captured()
        self.nothing_is_left_open()
        self.rows_read_are_outcomes(contents)
        self.no_secret_is_written_down()
        after = self.products().found
        assert {place: after.get(place) for place in before.found} == before.found, "I10: a product was replaced"
        state = self.state()
        assert state == clean.state, f"I5: {_differences(state, clean.state)}"
        writes = self.writes()
        assert writes == clean.writes, f"I3: more {writes - clean.writes}, less {clean.writes - writes}"
        applied = self.applied()
        assert applied == clean.applied, f"delta remembers {applied ^ clean.applied} otherwise"
        kinds = self.kinds()
        assert kinds == clean.kinds, f"products: more {kinds - clean.kinds}, less {clean.kinds - kinds}"

    def each_file_is_in_one_place(self, contents: Mapping[str, bytes]) -> None:
        """I1."""
        depot, drop = Files.below(self.depot), Files.below(self.sandbox.drop)
        for name, content in contents.items():
            where = depot.having(_sha256(content)) + [f"drop:{place}" for place in drop.having(_sha256(content))]
            assert len(where) == 1, f"I1: {name} lies in {where}"

    def what_was_run_is_what_was_captured(self) -> None:
        """I2, and that the ledger says where."""
        for row in self._ask(select(files.c.place, files.c.sha256, files.c.state, files.c.moving_to)):
            assert (row.state, row.moving_to) == ("done", None), f"I1: {row}"
            assert _sha256((self.depot / row.place).read_bytes()) == row.sha256, f"I2: {row.place}"

    def nothing_is_left_open(self) -> None:
        # A lease may be: whoever was killed just behind the end of a run holds it, and being dead loses it at once.
        states = {row.state for row in self._ask(select(runs.c.state))}
        assert states <= {"done", "done_with_errors"}, f"runs are {states}"
        assert {row.state for row in self._ask(select(operations.c.state))} <= {"done"}, "operations are open"

    def rows_read_are_outcomes(self, contents: Mapping[str, bytes]) -> None:
        """I4."""
        for name, content in contents.items():
            (report,) = _named(self.depot / "reports", Path(name).with_suffix(".jsonl").name)
            lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
            counts = lines[-1]["counts"]
            errors = [line["line"] for line in lines if line["type"] == "row" and line["kind"] == "error"]
            trybacks = _named(self.depot / "tryback", name)
            assert sum(counts.values()) == len(_rows(content)), f"I4: {name}: {counts}"
            refused = [row for path in trybacks for row in _rows(path.read_bytes())]
            assert refused == [row for at, row in enumerate(_rows(content), 2) if at in errors], f"I4: {name}"

    def no_secret_is_written_down(self) -> None:
        """I9; archives and trybacks hold the original bytes."""
        secrets = (self.sandbox.token, self.sandbox.sftp.password, *SECRETS)
        for path in self.folder.rglob("*"):
            place = path.relative_to(self.folder).as_posix()
            if path.is_file() and not place.startswith(("depot/archives/", "depot/tryback/")):
                _has_none(path, secrets)
        for path in (self.depot / "tryback").rglob("*.why.csv"):
            _has_none(path, secrets)

    def state(self) -> list[dict[str, Any]]:
        """Moodle's accounts; a password that nobody knows is as good as another."""
        return [
            account | ({"password": "unknown"} if account["preferences"].get("auth_forcepasswordchange") else {})
            for account in self.sandbox.control.state()
        ]

    def writes(self) -> Counter[str]:
        """Every row that took effect in Moodle, by function and account: ids differ from run to run."""
        names = {account["id"]: account["email"] or account["username"] for account in self.sandbox.control.accounts()}
        return Counter(
            f"{entry['function']} {json.dumps(_without_id(row, names), sort_keys=True)}"
            for entry in self.sandbox.control.journal()
            for row in _rows_of(entry["args"])
        )

    def applied(self) -> set[tuple[str, str]]:
        """What `delta` takes for applied, by command and key."""
        return {(row.command, row.key) for row in self._ask(select(applied_rows.c.command, applied_rows.c.key))}

    def kinds(self) -> Counter[str]:
        """Products by folder and name, without the run's id; reports of failures and holds aside."""
        found = [Path(place) for place in self.products().found if not Path(place).name.startswith(".tmp-")]
        return Counter(
            f"{path.parts[0]}/{path.name.partition('_')[2]}" for path in found if ".failed-" not in path.name
        )

    def _ask(self, wanted: Any) -> list[Any]:
        with (
            open_ledger(f"sqlite:///{self.depot}/.ledger/ledger.sqlite3", clock=utc_now) as ledger,
            ledger.read() as tx,
        ):
            return list(tx.execute(wanted))


@dataclass(frozen=True)
class Clean:
    """What a walk that nobody disturbs comes to."""

    state: list[dict[str, Any]]
    writes: Counter[str]
    applied: set[tuple[str, str]]
    kinds: Counter[str]
    effects: int
    calls: int
    requests: int


def _differences(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[Any]:
    names = {account["username"] for account in found} ^ {account["username"] for account in wanted}
    pairs = zip(found, wanted, strict=False)
    return [names] if names else [set(map(str, one.items())) ^ set(map(str, other.items())) for one, other in pairs]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _named(folder: Path, name: str) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.partition("_")[2] == name)


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode()), delimiter=";"))[1:]


def _rows_of(args: Mapping[str, Any]) -> list[Any]:
    return [row for rows in args.values() for row in rows]


def _without_id(row: Any, names: Mapping[int, str]) -> Any:
    if not isinstance(row, dict):
        return names.get(int(row), row)
    return {name: names.get(int(value), value) if name == "id" else value for name, value in row.items()}


def _has_none(path: Path, secrets: tuple[str, ...]) -> None:
    content = path.read_bytes()
    found = [secret[:4] + "…" for secret in secrets if secret.encode() in content]
    assert not found, f"I9: {path.name} holds {found}"
