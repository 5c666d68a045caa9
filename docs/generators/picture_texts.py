"""What the manual says of the entries of a zip of pictures, which has no columns."""

from typing import Final

from sync_operators.command_files.archive import Limits
from sync_operators.tools.picture_images import MAX_FRAMES, MAX_PIXELS, MAX_SIDE

_LIMITS: Final = Limits()
_MB: Final = 1024**2
_WELL: Final = (
    f"it is a whole PNG, JPEG or GIF by its content, with at most {MAX_SIDE:,} pixels a side, {MAX_PIXELS:,} in all "
    f"and {MAX_FRAMES} frames, and no larger than Moodle takes; else it is `error_bad_image`"
)
_UNSAFE: Final = (
    f"its path is absolute or leads out of the zip, it is a link, it unpacks to more than {_LIMITS.ratio} times its "
    f"size or {_LIMITS.entry_bytes // _MB} MB, or it comes after {_LIMITS.entries:,} others "
    f"or {_LIMITS.all_bytes // _MB:,} MB"
)
_ENTRIES: Final = {
    "`updated`: the account's new picture": _WELL,
    "`unchanged`": "it is what the account was given last, and the account has a picture; nothing is written",
    "`skipped_has_picture`": "the account has a picture, and `overwrite` is off",
    "`skipped_junk`": "it lies in a folder `__MACOSX`, its name begins with a dot, is `Thumbs.db` or `desktop.ini`, "
    "or has no extension",
    "`error_duplicate`": "one before it is for the same account: the first whole image counts",
    "`error_unsafe_entry`": _UNSAFE,
}

SECTION: Final = (
    """
## pictures

Zips of images instead of columns: every zip in the depot's root whose name begins with `prefix`, one after another. See
[`pictures`](settings.md#pictures) for `user_identity`, `prefix` and `overwrite`. Each entry is a row, in any folder of
the zip; its name without the last extension is the account's `user_identity`.

| an entry is | when |
| --- | --- |
"""
    + "".join(f"| {name} | {when} |\n" for name, when in _ENTRIES.items())
    + """
What is no zip, has lost its end or is encrypted is refused as a whole: `error_bad_zip`. The tryback is a zip of the
images that failed, with the reasons beside it; what could not be unpacked safely is not in it.
"""
)
