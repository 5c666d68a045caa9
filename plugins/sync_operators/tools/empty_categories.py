"""Which categories of a tree are empty, and why the others stay.

Moodle tells the whole tree with the number of courses in each category in one call (`core_course_get_categories`);
hidden courses are in that number, also for an account that does not see them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sync_operators.codes import Fault
from sync_operators.moodle.answered import plain
from sync_operators.moodle.categories import Category

SEPARATOR = " / "


class EmptyCategories:
    """Some categories of a site, judged by the switches of `categories_clean`."""

    def __init__(self, told: Iterable[Category], *, keep: Collection[int], ignore_empty_subcategories: bool) -> None:
        self._by_id = {category.id: category for category in told}
        self._keep = frozenset(keep)
        self._ignore = ignore_empty_subcategories
        self._children: defaultdict[int, list[int]] = defaultdict(list)
        for category in self._by_id.values():
            self._children[category.parent].append(category.id)
        self._stays: dict[int, Fault | None] = {}
        for category in self.deepest_first():
            self._stays[category.id] = self._judged(category)

    def deepest_first(self) -> list[Category]:
        """Every category, after all that are below it."""
        return sorted(self._by_id.values(), key=lambda category: -len(self._way(category)))

    def get(self, category_id: int) -> Category | None:
        """A category by its id."""
        return self._by_id.get(category_id)

    def children(self, category_id: int) -> list[int]:
        """The ids of the categories right below one."""
        return self._children[category_id]

    def stays(self, category_id: int) -> Fault | None:
        """Why a category is not to go; None for an empty one."""
        return self._stays[category_id]

    def path(self, category: Category) -> str:
        """The names on the way to a category, its own at the end."""
        return SEPARATOR.join(plain(each.name) for each in reversed(self._way(category)))

    def _way(self, category: Category) -> list[Category]:
        """A category, and those above it as far as they are known."""
        way = [category]
        while (above := self._by_id.get(way[-1].parent)) is not None:
            way.append(above)
        return way

    def _judged(self, category: Category) -> Fault | None:
        if category.id in self._keep:
            return Fault("skipped_kept", {"category": self.path(category)})
        if category.coursecount:
            return Fault("skipped_not_empty", {"category": self.path(category), "reason": "courses are in it"})
        below = self._children[category.id]
        if below and not self._ignore:
            return Fault("skipped_not_empty", {"category": self.path(category), "reason": "sub-categories are in it"})
        if any(self._stays[each] for each in below):
            return Fault("skipped_not_empty", {"category": self.path(category), "reason": "not all below it is empty"})
        return None
