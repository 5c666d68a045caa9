"""The command `categories_clean`: deletes the empty categories of a site, or of one part of it. It takes no file.

Its rows are the categories themselves, listed when the run begins, the deepest first, each with whether it was empty
then. Nothing that was not empty at that time is deleted by the run, however often it is planned again: with
`ignore_empty_subcategories: false` the category above a deleted one stays. One call tells the whole tree.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sync_operators.codes import Fault
from sync_operators.command_files.columns import BoundSchema, Column, Schema
from sync_operators.command_files.listing import Listing
from sync_operators.errors import FileRefused
from sync_operators.moodle import categories, courses
from sync_operators.moodle.categories import Category
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.tools.category_verbs import DeleteCategory
from sync_operators.tools.empty_categories import EmptyCategories
from sync_operators.tools.tool import Draft, ParsedRow, RowPlan, Tool, ToolSettings

YES, NO = "1", "0"
COLUMNS: Final = ("id", "empty")


def list_categories(settings: ToolSettings, reader: MoodleReader) -> Listing:
    """Every category from `start` on, itself included, after those below it; FileRefused when there is no such one."""
    start = settings.section.start
    told = reader.categories_below(start) if start else reader.all_categories()
    if not told:
        raise FileRefused(Fault("error_unknown_category", {"column": "start", "value": str(start)}))
    tree = _judged(settings, told)
    rows = ((str(each.id), NO if tree.stays(each.id) else YES) for each in tree.deepest_first())
    return Listing(COLUMNS, tuple(rows))


class CleanPlanner:
    """Plans the deletion of empty categories."""

    def __init__(self, settings: ToolSettings, reader: MoodleReader, site: SiteInfo) -> None:  # noqa: ARG002
        self._settings = settings
        self._reader = reader
        self._tree: EmptyCategories | None = None

    def look_up(self, rows: Sequence[ParsedRow]) -> None:  # noqa: ARG002 - one question answers all
        """Ask Moodle for its categories, once."""
        if self._tree is None:
            self._tree = _judged(self._settings, self._reader.all_categories())

    def plan(self, row: ParsedRow) -> RowPlan:
        """Delete the category if it was empty when the run began, and still is."""
        tree, category_id = self._tree or _judged(self._settings, ()), int(row.values["id"])
        category = tree.get(category_id)
        if category is None:
            return RowPlan(code="skipped_not_found", args={"identity": "id", "value": str(category_id)})
        if fault := tree.stays(category_id):
            return RowPlan.of(fault)
        if row.values["empty"] != YES:
            reason = "it was not empty when the run began"
            return RowPlan.of(Fault("skipped_not_empty", {"category": tree.path(category), "reason": reason}))
        return RowPlan((_deletion(tree, category),), args={"category": tree.path(category)})


def _judged(settings: ToolSettings, told: Sequence[Category]) -> EmptyCategories:
    section = settings.section
    return EmptyCategories(told, keep=section.keep, ignore_empty_subcategories=section.ignore_empty_subcategories)


def _deletion(tree: EmptyCategories, category: Category) -> Draft:
    """A category goes after all that are below it."""
    numbered = {"idnumber": category.idnumber} if category.idnumber else {}
    return Draft(
        "delete",
        "category",
        category.id,
        before={"name": tree.path(category), **numbered, "parent": category.parent},
        takes=frozenset(("gone", str(child)) for child in tree.children(category.id)),
        frees=frozenset({("gone", str(category.id))}),
    )


def _schema(settings: ToolSettings) -> Schema:  # noqa: ARG001 - the protocol's
    return Schema((Column("id", required=True), Column("empty", required=True)))


def _key_of(bound: BoundSchema, settings: ToolSettings) -> Callable[[Sequence[str]], str]:  # noqa: ARG001
    return lambda values: f"id={values[0]}"


CATEGORIES_CLEAN: Final = Tool(
    command="categories_clean",
    entity="category",
    schema=_schema,
    key_of=_key_of,
    planner=CleanPlanner,
    verbs={"delete": DeleteCategory()},
    guarded_as={"delete": "delete"},
    functions=(categories.GET, categories.DELETE, courses.GET_BY_FIELD),
    lists=list_categories,
    rows_per_call={"delete": 1},
)
