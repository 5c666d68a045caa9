"""What tests of `pictures` share: three accounts, zips made entry by entry, and what Moodle shows afterwards."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from sync_operators.ledger import operations
from sync_operators.moodle.pictures import set_picture, upload
from tests.end_to_end.enrolments import NAMES, Enrolments

SAMPLES = Path(__file__).parent / "samples"
UPLOAD, UPDATE, ASK = "webservice/upload.php", "core_user_update_picture", "core_user_get_users_by_field"


def image(colour: str = "red", kind: str = "PNG", size: tuple[int, int] = (8, 8), frames: int = 1) -> bytes:
    """An image of one colour; of a GIF with several frames each is a little darker."""
    out = io.BytesIO()
    more = [Image.new("RGB", size, (at % 256, 0, at // 256)) for at in range(1, frames)]
    beside = {"save_all": True, "append_images": more} if more else {}
    Image.new("RGB", size, colour).save(out, kind, **beside)
    return out.getvalue()


def zipped(entries: Mapping[str | zipfile.ZipInfo, bytes] | list[tuple[Any, bytes]]) -> bytes:
    """A zip of some entries in their order, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries.items() if isinstance(entries, Mapping) else entries:
            info = zipfile.ZipInfo(name) if isinstance(name, str) else name
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sha(content: bytes) -> str:
    """Its checksum."""
    return hashlib.sha256(content).hexdigest()


@dataclass
class Pictures(Enrolments):
    """A site with three accounts, zoe, yan and xia, and no picture."""

    def build(self) -> "Pictures":
        """Make the accounts behind the web service's back."""
        self.people(NAMES)
        return self

    def send(self, entries: Any, name: str = "userpictures_a.zip", **wishes: Any) -> dict[str, Any]:
        """What the ERP is told of the run of a zip of these entries, or of these bytes."""
        content = entries if isinstance(entries, bytes) else zipped(entries)
        return self.site.deliver(name, content, "pictures", **wishes)

    def ends(self, run_id: str) -> list[tuple[str, str]]:
        """Entry and code of every row, in the order of the archive."""
        with self.site.work.ledger.read() as tx:
            return [(entry.entry, entry.code) for entry in operations.rows(tx, run_id)]

    def come_to(self, entries: Any, **wishes: Any) -> list[tuple[str, str]]:
        """Entry and code of every row of a zip of these entries."""
        return self.ends(self.send(entries, **wishes)["run_id"])

    def shown(self) -> dict[str, str]:
        """Checksum of the picture of each account that has one of its own."""
        found: dict[str, str] = self.sandbox.control.site_state()["pictures"]
        return found

    def give_picture(self, user: str, content: bytes) -> None:
        """Give the account of that idnumber a picture by somebody else's hand."""
        moodle = self.site.work.moodle
        assert set_picture(moodle, self.users[user], upload(moodle, "x.png", content))

    def tryback(self) -> dict[str, bytes]:
        """What is in the one tryback."""
        (path,) = (self.site.depot / "tryback").rglob("*.zip")
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
