"""The command `pictures`: profile pictures from zips of images that are named after accounts.

Calls: accounts in batches, which tells also whether they have a picture of their own; then one upload and one
`core_user_update_picture` for each picture that changes. `core_user_update_users` takes many at once, but does not say
of which image it has made nothing, so it would cost a look at each.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Final

from sync_operators.command_files.archive import HEADER, Archive
from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.moodle.errors import UploadsOff
from sync_operators.moodle.pictures import UPDATE
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.moodle.users import GET_BY_FIELD, User
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.accounts import folded
from sync_operators.tools.picture_images import image_fault
from sync_operators.tools.picture_verbs import SetPicture
from sync_operators.tools.tool import CONTENT, FROM_FILE, PICTURE, Draft, ParsedRow, RowPlan, Tool, ToolSettings
from sync_operators.tools.user_finder import UserFinder

HAS_ONE: Final = "skipped_has_picture"
TOO_LARGE: Final = "it is larger than Moodle takes"


def schema(settings: ToolSettings) -> Schema:  # noqa: ARG001 - the same for all settings
    """What is known of each entry; a file has no columns."""
    entry, name, size, sha256 = HEADER
    return Schema((Column(entry), Column(name), Column(size, parse=int), Column(sha256)))


def key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:
    """The key of an entry: the account that it is named after."""
    identity, at = settings.section.user_identity, bound.names.index("name")
    return lambda values: f"{identity}={folded(identity, values[at])}"


def read(opener: Callable[[], BinaryIO], settings: ToolSettings) -> Archive:
    """The zip, each entry looked into; names that mean one account count once."""
    identity = settings.section.user_identity
    return Archive(opener, image_fault, same=lambda stem: folded(identity, stem))


class PicturePlanner:
    """An image becomes the picture of its account, unless it was given the same before, or has one and may keep it."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:
        if not site.uploads:
            raise UploadsOff
        self._overwrite = settings.section.overwrite
        self._limit = site.max_upload
        self._given = settings.pictures_given
        self._users = UserFinder(settings.section.user_identity, reader, note=self._note)
        self._pictures: dict[int, int] = {}
        self._checksums: dict[int, str] = {}

    def look_up(self, rows: Sequence[ParsedRow]) -> None:
        """Ask Moodle for the accounts, and our own memory for what they were given."""
        known = set(self._pictures)
        self._users.look_up(row.values["name"] for row in rows)
        self._checksums |= self._given(self._pictures.keys() - known)

    def plan(self, row: ParsedRow) -> RowPlan:
        """Decide on one image."""
        try:
            return self._plan(row.values)
        except Refusal as refusal:
            return RowPlan.of(refusal.fault)

    def _plan(self, values: Mapping[str, Any]) -> RowPlan:
        user_id = self._users.find(values["name"])
        if 0 < self._limit < values["bytes"]:
            raise Refusal("error_bad_image", reason=TOO_LARGE, limit=str(self._limit), unit="bytes")
        refs, present = (("user", user_id),), self._pictures[user_id]
        if present and self._checksums.get(user_id) == values["sha256"]:
            return RowPlan(code="unchanged", refs=refs)
        if present and not self._overwrite:
            return RowPlan(code=HAS_ONE, refs=refs)
        after = {"sha256": values["sha256"], CONTENT: FROM_FILE}
        verb = "replace" if present else "set"
        return RowPlan((Draft(verb, PICTURE, user_id, {"picture": present}, after, (CONTENT,)),), refs=refs)

    def _note(self, user: User) -> None:
        self._pictures[user.id] = user.picture


PICTURES: Final = Tool(
    command="pictures",
    entity=PICTURE,
    schema=schema,
    key_of=key_of,
    planner=PicturePlanner,
    verbs={"set": SetPicture(), "replace": SetPicture()},
    guarded_as={"set": "create", "replace": "update"},
    functions=(GET_BY_FIELD, UPDATE),
    reads=read,
    rows_per_call={"set": 1, "replace": 1},
    standing=frozenset({HAS_ONE}),
)
