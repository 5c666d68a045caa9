"""The entries of the navigation, in their order; each is shown where its page is there."""

from typing import NamedTuple

from sync_operators.web.language import N_


class Entry(NamedTuple):
    """One entry: the key its pages name themselves by, their address below the root, and its label."""

    key: str
    place: str
    label: str


NAVIGATION = (
    Entry("overview", "", N_("Overview")),
    Entry("depot", "depot", N_("Depot")),
    Entry("plans", "plans", N_("Plans")),
    Entry("reports", "reports", N_("Reports")),
    Entry("courses", "courses", N_("Courses")),
    Entry("changes", "changes", N_("Who changed")),
    Entry("settings", "settings", N_("Settings")),
)
