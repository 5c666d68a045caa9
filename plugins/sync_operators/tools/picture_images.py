"""Which bytes Moodle takes for a picture: it must be found out before, as it takes anything else for a removal."""

import io
import warnings
from typing import Any, Final

from sync_operators.codes import Fault

KINDS: Final = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif"}
"""Signatures of what `core_user_update_picture` takes, with the usual extension."""

FORMATS: Final = ("PNG", "JPEG", "GIF")

MAX_SIDE: Final = 10_000
MAX_PIXELS: Final = 40_000_000
"""PHP needs four bytes of memory for each, and makes a picture of 100 by 100 of them."""
MAX_FRAMES: Final = 100

EMPTY: Final = "no byte at all"
NO_IMAGE: Final = "it is no PNG, JPEG or GIF"
BROKEN: Final = "it is broken"
PIXELS: Final = "it has too many pixels"
FRAMES: Final = "it has too many frames"


def kind_of(content: bytes) -> str:
    """The extension that goes with an image's first bytes; empty for anything else."""
    return next((kind for magic, kind in KINDS.items() if content.startswith(magic)), "")


def image_fault(content: bytes) -> Fault | None:
    """What keeps an image from becoming a picture, by its signature, pixels and frames."""
    reason = _why_not(content)
    return Fault("error_bad_image", {"reason": reason}) if reason else None


def _why_not(content: bytes) -> str:
    if not content:
        return EMPTY
    return _looked_into(content) if kind_of(content) else NO_IMAGE


def _looked_into(content: bytes) -> str:
    # Only tasks that run pictures need Pillow.
    from PIL import Image  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if reason := _beyond(image):
                    return reason
                # Only of a PNG does this see more than decoding does: its end, and what was changed on the way.
                image.verify()
            return _decoded(content)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return PIXELS
    except Exception:  # noqa: BLE001 - Pillow lets through whatever a broken file makes its decoders raise
        return BROKEN


def _beyond(image: Any) -> str:
    width, height = image.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        return PIXELS
    return FRAMES if getattr(image, "n_frames", 1) > MAX_FRAMES else ""


def _decoded(content: bytes) -> str:
    """Nothing, when the image is whole; raises whatever a decoder raises when it is not."""
    from PIL import Image  # noqa: PLC0415

    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        # A photograph need not be decoded in its full size.
        image.draft("RGB", (256, 256))
        image.load()
    return ""
