"""Finds the category that a row names, and plans those of a path that are missing, each once.

The whole tree comes in one call (`core_course_get_categories`), asked once a file: it answers every path, idnumber
and id, while a question by name would find equal names all over the site.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, Literal

from sync_operators.moodle.answered import plain
from sync_operators.moodle.categories import Category
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.rules import entity_id
from sync_operators.tools.account_finder import Refusal
from sync_operators.tools.tool import Draft

CategoryIdentity = Literal["path", "idnumber", "id"]

MAX_NAME: Final = 255
MAKE: Final = "create_category"
"""The verb that makes a category."""


@dataclass(frozen=True, slots=True)
class Place:
    """A category, and the acts that make it where it is missing; a negative id is one that this plan makes."""

    id: int
    drafts: tuple[Draft, ...] = ()

    @property
    def refs(self) -> tuple[tuple[str, int], ...]:
        """What a row stands on; nothing yet when this plan makes it."""
        return (("category", self.id),) if self.id > 0 else ()

    @property
    def parent(self) -> tuple[str, int] | None:
        """What an act needs that is to happen in it."""
        return ("category", self.id) if self.id < 0 else None


class CategoryFinder:
    """The categories of the site, with those that earlier rows plan."""

    def __init__(self, identity: CategoryIdentity, reader: MoodleReader, *, visible: bool = True) -> None:
        self._identity = identity
        self._reader = reader
        self._visible = visible
        self._by_id: dict[int, Category] | None = None
        self._children: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
        self._idnumbers: defaultdict[str, list[int]] = defaultdict(list)
        self._made = 0

    def look_up(self) -> None:
        """Ask Moodle for its categories, once."""
        if self._by_id is None:
            told = self._reader.all_categories()
            self._by_id = {category.id: category for category in told}
            for category in told:
                self._children[category.parent, _name(category.name)].append(category.id)
                self._idnumbers[category.idnumber].append(category.id)

    def find(self, value: str) -> Place:
        """The category that a value means by the identity of the settings; of a path, with what is missing.

        Raises Refusal when there is none, or several.
        """
        if self._identity == "idnumber":
            return self.numbered(value)
        if self._identity == "id" or value.isdecimal():
            return self.with_id(value)
        return self._walk(value)

    def with_id(self, value: str) -> Place:
        """The category of an id."""
        if entity_id(value) or int(value) not in (self._by_id or {}):
            raise Refusal("error_unknown_category", column="id", value=value)
        return Place(int(value))

    def numbered(self, value: str) -> Place:
        """The category of an idnumber."""
        return Place(_only(self._idnumbers.get(value, []), "idnumber", value))

    def _walk(self, path: str) -> Place:
        names = [name.strip() for name in path.strip("/ ").split("/")]
        _check(path, names)
        at, drafts = 0, list[Draft]()
        for depth, name in enumerate(names, 1):
            found = self._children.get((at, _name(name)), [])
            if not found:
                drafts.append(self._draft(at, name, "/".join(names[:depth])))
            at = _only(found, "category", "/".join(names[:depth])) if found else drafts[-1].target
        return Place(at, tuple(drafts))

    def _draft(self, parent: int, name: str, path: str) -> Draft:
        if not self._visible and not self._is_hidden(parent):
            # No function can hide a category, and one that shows what is to be hidden cannot be taken back.
            raise Refusal(
                "error_unsupported",
                what=path,
                reason="no web service makes a hidden category",
                setting="courses_create.new_categories_visible: true",
            )
        self._made -= 1
        self._children[parent, _name(name)].append(self._made)
        above = ("category", parent) if parent < 0 else None
        return Draft(MAKE, "category", self._made, {}, {"name": name, "parent": max(parent, 0)}, parent=above)

    def _is_hidden(self, category_id: int) -> bool:
        """What is made below a hidden category is hidden; one made by this plan can only be hidden so."""
        category = (self._by_id or {}).get(category_id)
        return category_id < 0 or (category is not None and not category.visible)


def _name(name: str) -> str:
    return plain(name).strip()


def _check(path: str, names: list[str]) -> None:
    if not all(names):
        raise Refusal("error_invalid_value", column="category", value=path, reason="empty")
    if any(len(name) > MAX_NAME for name in names):
        raise Refusal("error_invalid_value", column="category", limit=str(MAX_NAME), unit="characters")


def _only(found: list[int], column: str, value: str) -> int:
    if not found:
        raise Refusal("error_unknown_category", column=column, value=value)
    if len(found) > 1:
        raise Refusal("error_ambiguous", column=column, value=value, count=str(len(found)))
    return found[0]
