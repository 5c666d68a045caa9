"""How the picture of an account is set (`moodle/ws-functions.md`, core_user_update_picture)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sync_operators.codes import Fault
from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.failing import Statuses, Strategy
from sync_operators.moodle.pictures import set_picture, upload
from sync_operators.moodle.reader import MoodleReader
from sync_operators.tools.picture_images import kind_of
from sync_operators.tools.tool import Act, Seen

REASONS: Final = {
    "": "Moodle could not read the image",
    "fileoversized": "the image is larger than Moodle takes",
    "noprofileedit": "the profile cannot be edited here: it comes from elsewhere",
    "useradmineditadmin": "it is the account of an administrator",
    "guestsarenotallowed": "it is the guest account",
    "userimagesdisabled": "pictures are switched off on the site",
    "nopermissions": "our account may not edit that profile",
}
"""What Moodle's codes mean; it gives none for an image that it cannot read."""


class SetPicture:
    """One upload, one `core_user_update_picture`; the upload alone does nothing, so it may come twice."""

    code = "updated"
    strategy: Strategy[Act, Any] = Statuses()
    remembers = True

    def lost(self, act: Act) -> tuple[tuple[str, int], ...]:  # noqa: ARG002 - the protocol's
        """Nothing stands on a picture."""
        return ()

    def fields(self, act: Act) -> int:  # noqa: ARG002 - the protocol's
        """Draft area and account."""
        return 2

    def send(self, moodle: MoodleClient, acts: Sequence[Act]) -> Any:
        """Read the image from the file, upload it, make it the picture; whether the account has it now."""
        return [self._send(moodle, act) for act in acts]

    def made(self, acts: Sequence[Act], answer: Any) -> Mapping[int, int]:  # noqa: ARG002 - the protocol's
        """A picture has no id: the account's stands for it."""
        return {act.seq: act.moodle_id or 0 for act in acts}

    def look(self, reader: MoodleReader, acts: Sequence[Act]) -> Mapping[int, Seen]:
        """Each picture has a number of its own: another one than before is ours."""
        users = reader.users_by_field("id", [str(act.moodle_id) for act in acts])
        now = {user.id: user.picture for user in users}
        done = {act.seq: now.get(act.moodle_id or 0, 0) not in {0, act.before["picture"]} for act in acts}
        return {act.seq: Seen(done[act.seq], act.moodle_id) for act in acts}

    def explain(self, reader: MoodleReader, act: Act, errorcode: str, message: str) -> Fault:  # noqa: ARG002
        """What Moodle's own code means."""
        said = {"reason": REASONS[errorcode]} if errorcode in REASONS else {}
        return Fault("error_save", {**said, "moodle_message": message, "moodle_code": errorcode})

    def after_write(self, reader: MoodleReader, acts: Mapping[int, Act]) -> Mapping[int, tuple[Fault, ...]]:  # noqa: ARG002
        """No warnings."""
        return {}

    @staticmethod
    def _send(moodle: MoodleClient, act: Act) -> bool:
        if act.content is None:
            raise ValueError("an act without an image")
        content = act.content()
        return set_picture(moodle, act.moodle_id or 0, upload(moodle, f"picture.{kind_of(content)}", content))
