"""What can go wrong between us and Moodle, split by what the caller does next.

    SyncError
    ├── Refused                  Moodle understood and said no; trying again changes nothing
    ├── ConfigurationError
    │   └── TooManyFields        one row alone needs more form fields than a request may hold
    └── WorldError
        └── MoodleError
            ├── Unreachable      no good answer to a read, although it was tried several times
            │   └── NotSent      the same for a write: Moodle certainly did not begin it
            ├── Unanswered       a write without a good answer: look at Moodle before anything else
            │   └── CutShort     Moodle answered for fewer rows than were sent
            ├── CalledBack       given up before it was sent, over the error of another call
            └── Unusable         a clear end: nothing happens until a person mends it
                ├── TokenRefused, FunctionMissing, CapabilityMissing, ServicesOff, UploadsOff
                └── WrongAddress, BadAnswer, RequestCut

So after a write: `Refused`, `Unusable`, `NotSent` and `CalledBack` mean that the call had no effect beyond what its
failure strategy says (`failing`); after `Unanswered` nobody knows. The facts behind all of this are in
`moodle/ws-functions.md`. No text here ever holds the token: `answers` takes it out of what a server echoes.
"""

from collections.abc import Iterable

from sync_operators.errors import ConfigurationError, SyncError, WorldError
from sync_operators.moodle.capabilities import IN_SYSTEM, NEEDED

SERVICES_PAGE = "Site administration > Server > Web services > External services"
TOKENS_PAGE = "Site administration > Server > Web services > Manage tokens"
OVERVIEW_PAGE = "Site administration > Server > Web services > Overview"
ROLES_PAGE = "Site administration > Users > Permissions > Define roles"

# A missing capability of other functions may be a row's: of one course, of one cohort.
CAPABILITIES = {function: NEEDED[function] for function in IN_SYSTEM}


class Refused(SyncError):
    """Moodle understood the call and said no.

    `errorcode` is Moodle's own (`passwordpolicy` where Moodle puts the policy's text into its place, `phperror`
    where there is none), `said` is Moodle's text. A production site names neither row nor field.
    """

    code = "error_remote"

    def __init__(self, errorcode: str, said: str = "", *, function: str = "") -> None:
        super().__init__(f"{function or 'Moodle'}: refused with {errorcode}: {said}".rstrip(": "))
        self.errorcode = errorcode
        self.said = said
        self.function = function


class TooManyFields(ConfigurationError):
    """One row alone needs more form fields than a request may hold."""

    def __init__(self, needed: int, limit: int) -> None:
        super().__init__(
            f"One row needs a request of {needed} form fields, `moodle.max_fields` allows {limit}.",
            remedy="Raise `moodle.max_fields`, but keep it below `max_input_vars` of Moodle's PHP; or use fewer "
            "columns.",
        )


class MoodleError(WorldError):
    """Moodle cannot be used."""

    code = "error_moodle"


class Unreachable(MoodleError):
    """No good answer to a read, although it was tried several times."""

    def __init__(self, function: str, reason: str, *, tries: int) -> None:
        super().__init__(
            f"{function}: no answer from Moodle after {tries} tries: {reason}.",
            remedy="The next run goes on from here. If it lasts: see whether the site is up and reachable from here.",
        )
        self.function = function
        self.reason = reason


class NotSent(Unreachable):
    """A write that Moodle certainly did not begin: it may be sent again without looking."""


class Unanswered(MoodleError):
    """A write without a good answer: it may have been done, in part or not at all. Look before sending again."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(
            f"{function}: sent, but no good answer came: {reason}.",
            remedy="The next run looks at Moodle first, and then sends only what is missing.",
        )
        self.function = function
        self.reason = reason


class CutShort(Unanswered):
    """Moodle answered for fewer rows than were sent."""

    def __init__(self, function: str, *, sent: int, answered: int) -> None:
        super().__init__(function, f"{answered} of {sent} rows were answered")
        self.remedy = (
            "PHP takes only `max_input_vars` form fields of a request and drops the rest without a word. "
            "Set `moodle.max_fields` below that limit, or raise it (Moodle asks for 5000)."
        )


class CalledBack(MoodleError):
    """A call was given up, over the error of another one, before it was sent."""

    def __init__(self) -> None:
        super().__init__("The call was called back before it was sent.", remedy="The next run sends it.")


class Unusable(MoodleError):
    """A clear end: nothing happens until a person mends it. The call had no effect."""


class TokenRefused(Unusable):
    """The token, or the account behind it, may not use the web services."""

    def __init__(self, function: str, errorcode: str, said: str, *, remark: str = "") -> None:
        super().__init__(
            f"{function}: Moodle refuses the token ({errorcode}: {said}).",
            remedy="Check that the token (the password of the connection `sync_moodle`) is not expired or bound to "
            f"another address ({TOKENS_PAGE}), that its service is enabled ({SERVICES_PAGE}), and that its account is "
            f"not suspended or closed.{remark and ' ' + remark}",
        )
        self.function = function
        self.errorcode = errorcode


class FunctionMissing(Unusable):
    """Functions that the token's service does not offer."""

    def __init__(self, functions: Iterable[str]) -> None:
        self.functions = tuple(functions)
        super().__init__(
            f"The token's service does not offer {', '.join(self.functions)}.",
            remedy=f"Add to the service of the token: {', '.join(self.functions)} ({SERVICES_PAGE} > Functions).",
        )


class CapabilityMissing(Unusable):
    """The account behind the token may not do what the function does."""

    def __init__(self, function: str, said: str) -> None:
        self.function = function
        self.capabilities = CAPABILITIES.get(function, ())
        super().__init__(
            f"{function}: the account of the token lacks a capability ({said}).",
            remedy=f"Allow {', '.join(self.capabilities) or 'the capabilities of the function'} at system level "
            f"in a role of that account ({ROLES_PAGE}).",
        )


class ServicesOff(Unusable):
    """Web services, or their REST protocol, are switched off."""

    def __init__(self, function: str) -> None:
        super().__init__(
            f"{function}: Moodle answers 403 without a word: web services or the REST protocol are switched off.",
            remedy=f"Enable web services and the REST protocol ({OVERVIEW_PAGE}).",
        )


class UploadsOff(Unusable):
    """The token's service takes no files."""

    def __init__(self) -> None:
        super().__init__(
            "webservice/upload.php: the service of the token takes no files.",
            remedy=f"Switch on `Can upload files` in the settings of that service ({SERVICES_PAGE}).",
        )


class WrongAddress(Unusable):
    """What answers at that address is not Moodle's web service."""

    def __init__(self, function: str, url: str, reason: str) -> None:
        super().__init__(
            f"{function}: {url} is not the address of Moodle's web service: {reason}.",
            remedy="Set the connection `sync_moodle` to the site's address as Moodle itself knows it (`wwwroot`), with "
            "https:// where the site uses it. The token is never sent on to another address.",
        )


class BadAnswer(Unusable):
    """A page that is not an answer of the web service."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(
            f"{function}: the answer is not the web service's: {reason}.",
            remedy="Something between us and Moodle answers in its place (a sign-in page, a firewall), or PHP prints "
            "an error into the answer: see the web server's log, and that `display_errors` is off.",
        )
        self.reason = reason


class RequestCut(Unusable):
    """The server took only a part of the request, or refused its size; nothing was done."""

    def __init__(self, function: str, reason: str, *, fields: int) -> None:
        super().__init__(
            f"{function}: the server did not take the whole request ({fields} form fields): {reason}.",
            remedy="Set `moodle.max_fields` below `max_input_vars` of Moodle's PHP, or raise that (Moodle asks for "
            "5000). If it is higher: make `moodle.batch_rows` smaller, or raise `post_max_size` and the web server's "
            "body limit.",
        )
