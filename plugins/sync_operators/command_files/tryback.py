"""Writes some rows of a command file into a file of the same dialect, in their original bytes."""

from collections.abc import Iterable
from typing import BinaryIO

from sync_operators.command_files.reader import CommandFile


def write_tryback(file: CommandFile, rows: Iterable[int], out: BinaryIO) -> int:
    """Write BOM, header and these rows (ordinals, ascending), comments left out; the number of rows written.

    A tryback that is read again with the same dialect gives the same values, so it can be mended and dropped as it is.
    A last row without line end stays so: nothing follows it.
    """
    out.write(file.dialect.bom_bytes + file.header_bytes)
    records, written = file.records(), 0
    for row in rows:
        record = next((record for record in records if record.row == row), None)
        if record is None:
            raise LookupError(f"no row {row} after the ones before it")
        out.write(record.raw)
        written += 1
    return written
