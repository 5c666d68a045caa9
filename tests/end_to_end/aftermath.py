"""What must hold when the walk has come to its end, however often it was killed on the way (design, I1 to I10)."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from include.sandbox.starting import Sandbox
from sync_operators.ledger import Ledger, open_ledger
from sync_operators.ledger.tables import applied_rows, files, metadata, operations, runs
from sync_operators.moodle.client import UPLOAD
from sync_operators.plans.workplace import utc_now
from tests.end_to_end.scenes import Scene

PRODUCTS = ("archives", "reports", "tryback", "quarantine", "undo")
_STAMP = re.compile(r"_\d{8}T\d{6}Z-[0-9a-f]{6}")
KEY = b"k" * 32
"""Of a ledger that is not the depot's own; as `site.open_work` has it."""
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
    ledger: str = ""
    """The address of a ledger that is not the depot's own."""

    @property
    def depot(self) -> Path:
        return self.folder / "depot"

    def products(self) -> Files:
        """Everything that is never to be replaced."""
        found = Files.below(self.depot).found
        return Files({place: sha256 for place, sha256 in found.items() if place.partition("/")[0] in PRODUCTS})

    def check(self, scenes: Iterable[Scene], before: Files, clean: "Clean") -> None:
        """All of it."""
        self.each_file_is_in_one_place(scenes)
        self.what_was_run_is_what_was_captured()
        self.nothing_is_left_open()
        self.rows_read_are_outcomes(scenes)
        self.no_secret_is_written_down()
        self.no_product_was_replaced(before)
        self.all_is_as_in(clean)
        self.the_drop_has_its_answers(clean)
        if any(scene.file for scene in scenes):
            # A command without a file has a run whenever it is asked.
            kinds = self.kinds()
            assert kinds == clean.kinds, f"products: more {kinds - clean.kinds}, less {clean.kinds - kinds}"

    def all_is_as_in(self, clean: "Clean") -> None:
        """I3 and I5: Moodle's state, what was written, and what `delta` takes for applied."""
        state = self.state()
        assert state == clean.state, f"I5: {differences(state, clean.state)}"
        writes = self.writes()
        assert writes == clean.writes, f"I3: more {writes - clean.writes}, less {clean.writes - writes}"
        applied = self.applied()
        assert applied == clean.applied, f"delta remembers {applied ^ clean.applied} otherwise"

    def no_product_was_replaced(self, before: Files) -> None:
        """I10."""
        after = self.products().found
        assert {place: after.get(place) for place in before.found} == before.found, "I10: a product was replaced"

    def each_file_is_in_one_place(self, scenes: Iterable[Scene]) -> None:
        """I1."""
        depot, drop = Files.below(self.depot), Files.below(self.sandbox.drop)
        for scene in filter(_has_file, scenes):
            sha256 = _sha256(scene.content)
            # The tryback of a file of which every row is in error is the file again.
            where = [place for place in depot.having(sha256) if not place.startswith("tryback/")]
            where += [f"drop:{place}" for place in drop.having(sha256) if not place.startswith("_tryback_")]
            assert len(where) == 1, f"I1: {scene.file} lies in {where}"

    def what_was_run_is_what_was_captured(self) -> None:
        """I2, and that the ledger says where."""
        columns = (files.c.place, files.c.sha256, files.c.state, files.c.moving_to, files.c.origin)
        for row in self._ask(select(*columns)):
            state = "stored" if row.origin == "generated" else "done"
            assert (row.state, row.moving_to) == (state, None), f"I1: {row}"
            assert _sha256((self.depot / row.place).read_bytes()) == row.sha256, f"I2: {row.place}"

    def nothing_is_left_open(self) -> None:
        # A lease may be: whoever was killed just behind the end of a run holds it, and being dead loses it at once.
        states = {row.state for row in self._ask(select(runs.c.state))}
        assert states <= {"done", "done_with_errors"}, f"runs are {states}"
        assert {row.state for row in self._ask(select(operations.c.state))} <= {"done"}, "operations are open"

    def rows_read_are_outcomes(self, scenes: Iterable[Scene]) -> None:
        """I4."""
        for scene in filter(_has_file, scenes):
            (report,) = _named(self.depot / "reports", Path(scene.file).with_suffix(".jsonl").name)
            counts = json.loads(report.read_text(encoding="utf-8").splitlines()[-1])["counts"]
            assert sum(counts.values()) == len(scene.rows), f"I4: {scene.file}: {counts}"
            refused = [row for path in _named(self.depot / "tryback", scene.file) for row in scene.split(path)]
            assert refused == scene.bad, f"I4: {scene.file}"

    def no_secret_is_written_down(self) -> None:
        """I9; archives and trybacks hold the original bytes."""
        secrets = (self.sandbox.token, self.sandbox.sftp.password, *SECRETS)
        for path in self.folder.rglob("*"):
            place = path.relative_to(self.folder).as_posix()
            if path.is_file() and not place.startswith(("depot/archives/", "depot/tryback/")):
                _has_none(path, secrets)
        for path in (self.depot / "tryback").rglob("*.why.csv"):
            _has_none(path, secrets)

    def the_drop_has_its_answers(self, clean: "Clean") -> None:
        """Each once, and just as it lies in the depot."""
        products = set(self.products().found.values())
        for path in self.sandbox.drop.glob("_*"):
            assert _sha256(path.read_bytes()) in products, f"{path.name} is no product"
        assert self.answers() == clean.answers, f"answers in the drop: {self.answers()}, not {clean.answers}"

    def as_clean(self) -> "Clean":
        """How all is now, to be compared with."""
        return Clean(self.state(), self.writes(), self.applied(), self.kinds(), self.answers())

    def state(self) -> dict[str, Any]:
        """Everything in Moodle by names: accounts, and the whole site."""
        accounts = {account["username"]: _unknown(account) for account in self.sandbox.control.state()}
        return {"accounts": accounts, **self.sandbox.control.site_state()}

    def writes(self) -> Counter[str]:
        """How many rows took effect in Moodle, by function: ids differ from run to run."""
        rows: Counter[str] = Counter()
        for entry in self.sandbox.control.journal():
            rows[entry["function"]] += entry["rows"]
        # An upload does nothing by itself, so it may come twice.
        del rows[UPLOAD]
        return rows

    def applied(self) -> set[tuple[str, str]]:
        """What `delta` takes for applied, by command and key."""
        return {(row.command, row.key) for row in self._ask(select(applied_rows.c.command, applied_rows.c.key))}

    def kinds(self) -> Counter[str]:
        """Products by folder and name, without the run's id; reports of failures and holds aside."""
        found = [Path(place) for place in self.products().found if not Path(place).name.startswith(".tmp-")]
        return Counter(
            f"{path.parts[0]}/{path.name.partition('_')[2]}" for path in found if ".failed-" not in path.name
        )

    def answers(self) -> Counter[str]:
        """What lies in the drop for the ERP, by name without the run's id."""
        return Counter(_STAMP.sub("", path.name) for path in self.sandbox.drop.glob("_*"))

    def was_planned(self) -> bool:
        """Whether a plan was there that holds: it is gone on with, not made again."""
        unfinished = self._ask(select(runs.c.planned_at).where(runs.c.ended.is_(None)))
        return any(row.planned_at for row in unfinished)

    def forget_all(self) -> None:
        """Empty a ledger that does not go with the depot."""
        if self.ledger:
            with self._open() as ledger, ledger.write() as tx:
                for table in reversed(metadata.sorted_tables):
                    tx.execute(table.delete())

    def _ask(self, wanted: Any) -> list[Any]:
        with self._open() as ledger, ledger.read() as tx:
            return list(tx.execute(wanted))

    def _open(self) -> Ledger:
        address = self.ledger or f"sqlite:///{self.depot}/.ledger/ledger.sqlite3"
        return open_ledger(address, fingerprint_key=KEY if self.ledger else None, clock=utc_now)


@dataclass(frozen=True)
class Clean:
    """What a walk that nobody disturbs comes to."""

    state: dict[str, Any]
    writes: Counter[str]
    applied: set[tuple[str, str]]
    kinds: Counter[str]
    answers: Counter[str]
    trail: tuple[str, ...] = ()
    calls: int = 0
    requests: int = 0


def differences(found: Any, wanted: Any) -> Any:
    """Where two states differ, and how."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = [name for name in {**found, **wanted} if found.get(name) != wanted.get(name)]
        return {name: differences(found.get(name), wanted.get(name)) for name in names}
    return found, wanted


def _unknown(account: dict[str, Any]) -> dict[str, Any]:
    """A password that nobody knows is as good as another, and so is a picture's number: the picture is compared."""
    account |= {"picture": account["picture"] > 0}
    return account | ({"password": "unknown"} if account["preferences"].get("auth_forcepasswordchange") else {})


def _has_file(scene: Scene) -> bool:
    return bool(scene.file)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _named(folder: Path, name: str) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.partition("_")[2] == name)


def _has_none(path: Path, secrets: tuple[str, ...]) -> None:
    content = path.read_bytes()
    found = [secret[:4] + "…" for secret in secrets if secret.encode() in content]
    assert not found, f"I9: {path.name} holds {found}"
