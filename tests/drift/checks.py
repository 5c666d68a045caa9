"""What tests of the drift check share: a site, its checks, and what they left."""

import csv
import json
from dataclasses import dataclass
from typing import Any

from sync_operators.drift.checking import Checked, check
from sync_operators.plans.request import Request
from tests.end_to_end.aftermath import Aftermath
from tests.end_to_end.site import Site


@dataclass
class Drift:
    """A site that is compared with what was applied to it."""

    site: Site

    @property
    def moodle(self) -> Any:
        """The whole state of the site."""
        return Aftermath(self.site.sandbox, self.site.folder).state()

    @property
    def writes(self) -> int:
        return self.site.sandbox.control.counts().writes

    def check(self, command: str = "users") -> Checked:
        self.site.dag_run += 1
        named = {"dag_id": "sync_reconcile", "dag_run_id": f"check-{self.site.dag_run}", "started_by": "test"}
        return check(self.site.work, Request(command, mode="reconcile", simulate=True, **named))

    def report(self, checked: Checked) -> list[dict[str, Any]]:
        """The lines of the report for machines."""
        text = (self.site.depot / (checked.jsonl or "")).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def lines(self, checked: Checked) -> list[dict[str, Any]]:
        """Its differences."""
        return [line for line in self.report(checked) if line["type"] == "drift"]

    def told(self, command: str = "users") -> list[tuple[Any, ...]]:
        """What, entity, field, ours and Moodle's of each difference of a new check."""
        names = ("what", "entity", "field", "ours", "moodle")
        checked = self.check(command)
        return [tuple(line[name] for name in names) for line in self.lines(checked)] if checked.jsonl else []

    def repair(self, checked: Checked, at: int = 0) -> list[dict[str, str]]:
        """The rows of a repair file."""
        with (self.site.depot / checked.repair[at]).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter=","))

    def repaired(self, checked: Checked, name: str, **wishes: Any) -> list[dict[str, Any]]:
        """What the runs of the repair files came to, dropped under the command's file name."""
        contents = [(self.site.depot / place).read_bytes() for place in checked.repair]
        return [self.site.deliver(name, content, checked.command, **wishes) for content in contents]
