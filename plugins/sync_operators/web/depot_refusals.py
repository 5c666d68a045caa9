"""What the depot refuses to people, as the answer of a page."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import NoResultFound

from sync_operators.depot import errors
from sync_operators.depot.arranging import AT_ONCE
from sync_operators.web.language import N_
from sync_operators.web.refusals import Refused, not_found

_NO_NAME = (
    422,
    N_("Not a name."),
    N_(
        "{name} cannot be the name of a file or folder here: no slash, no control character, no dot at its beginning, "
        "at most 200 bytes. Nothing was changed."
    ),
)
_WORDS: dict[type[errors.DepotError], tuple[int, str, str]] = {
    errors.Managed: (
        403,
        N_("Kept by the system."),
        N_(
            "In the folders archives, reports, quarantine, tryback and undo, and in hidden ones, people change "
            "nothing. Nothing was changed."
        ),
    ),
    errors.InUse: (
        409,
        N_("In use."),
        N_(
            "A run has {name} in its hands, or waits for an answer about it. Wait until the run has ended, or decide "
            "on its plan. It was left as it is."
        ),
    ),
    errors.AlreadyThere: (
        409,
        N_("There is one already."),
        N_("Something of that name is there, and nothing is ever replaced. {name} was left as it is."),
    ),
    errors.BadName: _NO_NAME,
    errors.OutsideDepot: _NO_NAME,
    errors.TooLarge: (
        413,
        N_("Too large."),
        N_(
            "An upload has a limit (`depot.largest_upload`), and a folder is moved or deleted with at most {count} "
            "files. It was not kept or changed; what came before it was."
        ),
    ),
    errors.DepotFull: (
        507,
        N_("The depot is full."),
        N_("No space is left for it. It was not kept; what came before it was."),
    ),
}


@contextmanager
def refusing(name: str = "") -> Iterator[None]:
    """Turn what the depot refuses about a file or folder into Refused."""
    try:
        yield
    except (NoResultFound, errors.NotThere):
        raise not_found() from None
    except tuple(_WORDS) as error:
        status, title, text = _WORDS[type(error)]
        raise Refused(status, title, text, values={"name": name, "count": AT_ONCE}) from None
