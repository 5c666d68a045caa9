"""Command files made in memory."""

import io

from sync_operators.command_files.columns import Column, Pattern, Schema
from sync_operators.command_files.dialect import DialectRules
from sync_operators.command_files.reader import CommandFile

USERS = Schema(
    (Column("username", required=True, limit=100), Column("firstname", required=True), Column("email")),
    (Pattern("course<n>"), Pattern("profile_field_<short>")),
)


def command_file(content, *, header=True, **rules):
    return CommandFile(lambda: io.BytesIO(content), DialectRules(**rules), header=header)


def values(content, **options):
    return [record.values for record in command_file(content, **options).records()]


def faults(content, **options):
    """Line, last line and fault of each record; None for a good one."""
    return [(r.line, r.last_line, r.fault) for r in command_file(content, **options).records()]
