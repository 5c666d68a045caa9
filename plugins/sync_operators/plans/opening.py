"""Opens what a run reads as its tool has it: a CSV, something else, or a list that the command made itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema
from sync_operators.command_files.dialect import DialectRules
from sync_operators.command_files.listing import Listing
from sync_operators.command_files.reader import CommandFile
from sync_operators.command_files.source import InputFile, Row
from sync_operators.ledger.fingerprints import Fingerprinter
from sync_operators.plans.changes import RowKeys
from sync_operators.plans.repairing import without_mark
from sync_operators.plans.workplace import Workplace
from sync_operators.settings import Settings
from sync_operators.tools import tool
from sync_operators.tools.tool import Tool, ToolSettings
from sync_operators.tools.undo import UNDOES, needed_columns, undo_key_of, undo_schema

FORCE = "force"
"""What a run of an undo file may be asked for: see `Opened.force`."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A command file with its header checked against its tool."""

    tool: Tool
    settings: ToolSettings
    file: InputFile
    bound: BoundSchema
    keys: RowKeys
    needed: tuple[str, ...] | None = None
    """Of an undo file, the columns that every other file of its command has."""
    force: bool = False
    """Whether an undo file brings back also what somebody has changed since."""
    repairs: bool = False
    """Whether it is a repair file: its rows were applied before, and are compared with Moodle all the same."""

    def check(self, record: Row) -> tuple[dict[str, Any], tuple[Fault, ...]]:
        """The parsed values of a record and all that is wrong with it."""
        return ({}, (record.fault,)) if record.fault else self.bound.check(record)


def open_file(
    work: Workplace,
    command: str,
    opener: Callable[[], BinaryIO],
    asked: Mapping[str, Any] | None = None,
    *,
    read_as: Mapping[str, str] | None = None,
) -> Opened:
    """Find the dialect, read the header. Raises FileRefused when the file as a whole cannot be run.

    `read_as` is what somebody said of this version's encoding and separator.
    """
    its_tool = tool(command)
    given = input_file(work.settings, its_tool, work.tool_settings(command, asked), opener, read_as)
    repair = without_mark(given)
    file = repair or given
    undo = its_tool.undo if UNDOES in file.header else None
    settings = work.tool_settings(command, undo.settings if undo else asked)
    schema = its_tool.schema(settings)
    bound = (undo_schema(schema) if undo else schema).bind(
        file.header, unknown=getattr(settings.section, "unknown_columns", "refuse")
    )
    key_of = undo_key_of(undo, file.header) if undo else its_tool.key_of(bound, settings)
    prints = Fingerprinter(work.ledger.key, [f"{name}" for name in file.header], work.settings.digest(command))
    return Opened(
        its_tool,
        settings,
        file,
        bound,
        RowKeys(key_of, prints),
        needed=needed_columns(schema) if undo else None,
        force=bool((asked or {}).get(FORCE)),
        repairs=repair is not None,
    )


def input_file(
    settings: Settings,
    its_tool: Tool,
    tool_settings: ToolSettings,
    opener: Callable[[], BinaryIO],
    read_as: Mapping[str, str] | None = None,
) -> InputFile:
    """A file as its tool reads it. Raises FileRefused when it is none."""
    if its_tool.lists:
        return Listing.read(opener)
    if its_tool.reads:
        return its_tool.reads(opener, tool_settings)
    return CommandFile(opener, dialect_rules(settings, its_tool.command, read_as), header=its_tool.header)


def dialect_rules(settings: Settings, command: str, read_as: Mapping[str, str] | None = None) -> DialectRules:
    """What is pinned for a file of a command: by who said how to read this version, else by the settings."""
    pinned, its_tool, said = settings.command(command).dialect, tool(command), read_as or {}
    return DialectRules(
        encoding=said.get("encoding") or pinned.encoding,
        separator=said.get("separator") or pinned.separator or its_tool.separator,
        comment=pinned.comment,
        max_field_bytes=pinned.max_field_bytes,
        old_comments=pinned.old_comments,
        old_escapes=pinned.old_escapes,
    )
