"""Says all that is wrong with a header in one fault."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from sync_operators.codes import Fault


def header_fault(
    header: Sequence[str], missing: Sequence[str], unknown: Sequence[str], near: Callable[[str], Iterable[str]]
) -> Fault | None:
    """`error_missing_column` when a column is missing, else `error_bad_header`; None for a good header.

    Each argument lists names, nothing more, so that a message in any language can be made of them.
    """
    wrong = {
        "unknown": [_with_nearest(name, near(name)) for name in unknown],
        "double": [name for name, times in Counter(header).items() if name and times > 1],
        "unnamed": [str(at) for at, name in enumerate(header, 1) if not name],
    }
    args = {what: ", ".join(names) for what, names in wrong.items() if names}
    if missing:
        return Fault("error_missing_column", {"columns": ", ".join(missing), **args})
    return Fault("error_bad_header", args) if args else None


def _with_nearest(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, known, n=1)
    return f"{name} (→ {nearest[0]}?)" if nearest else name
