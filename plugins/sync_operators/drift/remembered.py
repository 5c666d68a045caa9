"""Rows whose files are gone, made again from what the ledger says was sent for them.

Copies of files with passwords are kept for days only, and the ledger's operations for a year. Only of what a command
has made itself do they hold every value; of what it found as it was, nothing was sent.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sync_operators.command_files.listing import Listing
from sync_operators.drift.source import Source
from sync_operators.errors import FileRefused
from sync_operators.ledger import standing
from sync_operators.ledger.fingerprints import Fingerprinter
from sync_operators.plans.changes import RowKeys
from sync_operators.plans.opening import Opened
from sync_operators.plans.workplace import Workplace
from sync_operators.tools import tool
from sync_operators.tools.accounts import as_text
from sync_operators.tools.tool import Tool, ToolSettings

ENTITIES: Final = {"users": "user"}
"""Commands whose rows can be made again, as the fields that they send are their columns; with the entity of these."""

_NO_COLUMNS: Final = frozenset({"password", "createpassword", "preferences"})

_Form = tuple[str, tuple[str, ...]]
"""The run that has applied rows last, and the columns that were sent for them."""


def remembered(work: Workplace, command: str, asked: Mapping[str, Any], runs: Mapping[str, str]) -> Iterator[Source]:
    """Give rows that stand (by key, with the run of each) in the shape of files, where enough is known of them."""
    if command not in ENTITIES:
        return
    with work.ledger.read() as tx:
        sent = standing.values_sent(tx, work.site_id, command, ENTITIES[command], runs)
    forms: defaultdict[_Form, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for key, fields in sent.items():
        cells = {name: as_text(value) for name, value in fields.items() if name not in _NO_COLUMNS}
        forms[runs[key], tuple(cells)][key] = tuple(cells.values())
    its_tool, settings = tool(command), work.tool_settings(command, asked)
    for (run_id, header), rows in forms.items():
        if source := _source(work, its_tool, settings, run_id, Listing(header, tuple(rows.values())), tuple(rows)):
            yield source


def _source(  # noqa: PLR0917  what a file is opened with, in its order
    work: Workplace, its_tool: Tool, settings: ToolSettings, run_id: str, file: Listing, keys: tuple[str, ...]
) -> Source | None:
    """The rows of one form; None when a column is missing that every file of the command has."""
    try:
        bound = its_tool.schema(settings).bind(file.header)
    except FileRefused:
        return None
    key_of = its_tool.key_of(bound, settings)
    prints = Fingerprinter(work.ledger.key, file.header, work.settings.digest(its_tool.command))
    wanted = [row for row, (key, values) in enumerate(zip(keys, file.rows, strict=True), 1) if key_of(values) == key]
    return Source(None, run_id, Opened(its_tool, settings, file, bound, RowKeys(key_of, prints)), wanted)
