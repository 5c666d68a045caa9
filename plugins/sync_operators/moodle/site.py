"""Who we are on the site, and what our token may call."""

from collections.abc import Iterable
from dataclasses import dataclass

from sync_operators.moodle.client import SITE_INFO, MoodleClient
from sync_operators.moodle.errors import BadAnswer, FunctionMissing


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """What `core_webservice_get_site_info` tells and we need; its private access key is left behind."""

    sitename: str
    siteurl: str
    userid: int
    username: str
    release: str
    functions: frozenset[str]
    is_admin: bool = False
    uploads: bool = False
    """Whether the token's service takes files."""
    max_upload: int = 0
    """Bytes of the largest file that the account may upload; 0 or less: untold, or no limit."""

    def require(self, functions: Iterable[str]) -> None:
        """Raise FunctionMissing with all of the functions that the token may not call."""
        missing = [function for function in functions if function not in self.functions]
        if missing:
            raise FunctionMissing(missing)


def site_info(client: MoodleClient) -> SiteInfo:
    """Ask the site who we are."""
    answer = client.read(SITE_INFO, {})
    try:
        return SiteInfo(
            sitename=str(answer.get("sitename", "")),
            siteurl=str(answer["siteurl"]),
            userid=int(answer["userid"]),
            username=str(answer["username"]),
            release=str(answer.get("release", "")),
            functions=frozenset(entry["name"] for entry in answer["functions"]),
            is_admin=bool(answer.get("userissiteadmin", False)),
            uploads=bool(answer.get("uploadfiles", False)),
            max_upload=int(answer.get("usermaxuploadfilesize") or 0),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer(SITE_INFO, f"a field is missing or of another type ({error!r})") from error
