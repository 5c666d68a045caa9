"""Texts as Moodle answers them: look-ups format names, and what they format is not what is stored.

Tags are taken away and `&`, `<`, `>` come as entities (`moodle/ws-functions.md`, and the recorded contract of
`core_course_get_courses`), so texts are compared in a form that both the sent and the answered one come to.
"""

import html
import re
from typing import Final

_TAG: Final = re.compile(r"<[^<>\s][^<>]*>")


def plain(text: str) -> str:
    """The form in which a sent and an answered name are alike."""
    return html.unescape(_TAG.sub("", html.unescape(text))) if set("&<") & set(text) else text
