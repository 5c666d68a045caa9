"""Course categories (source: ws-functions.md, "Categories")."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from include.sandbox.moodle.answers import NULL
from include.sandbox.moodle.contexts import context_id
from include.sandbox.moodle.course_tree import LAST, delete_category, delete_course, put_in_order, subtree
from include.sandbox.moodle.formats import formatted
from include.sandbox.moodle.params import Many, Struct, Value, optional
from include.sandbox.moodle.refusals import Refusal, missing_record
from include.sandbox.moodle.registry import Call, function
from include.sandbox.moodle.writing import all_or_nothing
from include.sandbox.store import Row, Store

_MANAGE = "moodle/category:manage"
_DETAILS = {"idnumber": optional("raw"), "description": optional("raw"), "theme": optional("theme")}
_KEYS = ("id", "ids", "name", "parent", "idnumber", "visible", "theme")


@function(
    "core_course_create_categories",
    Struct(
        {
            "categories": Many(
                Struct(
                    {
                        "name": Value("text"),
                        "parent": optional("int", 0),
                        "descriptionformat": optional("int", 1),
                        **_DETAILS,
                    }
                )
            )
        }
    ),
    writes=True,
)
def create_categories(call: Call) -> list[dict[str, Any]]:
    """All categories or none; parents must be there already."""
    rows = call.params["categories"]
    with all_or_nothing(call, "core_course_create_categories", rows):
        made = [_create(call, row) for row in rows]
        put_in_order(call.store)
    return made


def _create(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    above = call.store.record("categories", id=row["parent"])
    if row["parent"] and above is None:
        raise Refusal("unknowcategory", "Category not known!")
    call.caller.require(_MANAGE)
    _check_names(call.store, row, 0)
    shown = {"visible": above["visible"]} if above else {}
    made = call.store.insert("categories", {**row, **shown, "sortorder": LAST, "timemodified": int(time.time())})
    context_id(call.store, "coursecat", made)
    return {"id": made, "name": formatted(row["name"])}


def _check_names(store: Store, row: Mapping[str, Any], own_id: int) -> None:
    if row.get("name") == "":
        raise Refusal("categorynamerequired", "Category name is required")
    if len(row.get("name", "")) > 255:
        raise Refusal("categorytoolong", "Category name too long")
    if len(row.get("idnumber", "")) > 100:
        raise Refusal("idnumbertoolong", "ID number is too long")
    taken = store.record("categories", idnumber=row["idnumber"]) if row.get("idnumber") else None
    if taken and taken["id"] != own_id:
        raise Refusal("categoryidnumbertaken", "ID number is already used for another category")


@function(
    "core_course_update_categories",
    Struct(
        {
            "categories": Many(
                Struct(
                    {
                        "id": Value("int"),
                        "name": optional("text"),
                        "parent": optional("int"),
                        "descriptionformat": optional("int", 1),
                        **_DETAILS,
                    }
                )
            )
        }
    ),
    writes=True,
)
def update_categories(call: Call) -> None:
    """All categories or none; only what is sent changes."""
    rows = call.params["categories"]
    with all_or_nothing(call, "core_course_update_categories", rows):
        for row in rows:
            _update(call, row)
            put_in_order(call.store)


def _update(call: Call, row: Mapping[str, Any]) -> None:
    before = _known(call.store, row["id"])
    call.caller.require(_MANAGE)
    _check_names(call.store, row, before["id"])
    fields = {name: value for name, value in row.items() if name not in {"id", "parent"}}
    if "description" not in row:
        fields.pop("descriptionformat")
    if row.get("parent", before["parent"]) != before["parent"]:
        fields |= _move(call.store, before, row["parent"])
    call.store.change("categories", before["id"], {**fields, "timemodified": int(time.time())})


def _move(store: Store, category: Row, parent: int) -> dict[str, Any]:
    """Behind the others of its new parent; what goes below a hidden category is hidden too."""
    above = store.record("categories", id=parent)
    if parent and above is None:
        raise missing_record("course_categories")
    if above and f"/{category['id']}/" in f"{above['path']}/":
        raise Refusal("cannotmovecategory", "Cannot move category")
    if above and not above["visible"]:
        for one in (category, *subtree(store, category)):
            store.change("categories", one["id"], {"visible": 0})
            store.execute("UPDATE courses SET visible = 0 WHERE categoryid = ?", (one["id"],))
    return {"parent": parent, "sortorder": LAST}


def _known(store: Store, category_id: int) -> Row:
    found = store.record("categories", id=category_id)
    if found is None:
        raise Refusal("unknowncategory", f'Unknown category with category ID number "{category_id}"')
    return found


@function(
    "core_course_delete_categories",
    Struct(
        {
            "categories": Many(
                Struct({"id": Value("int"), "newparent": optional("int"), "recursive": optional("bool", default=False)})
            )
        }
    ),
    writes=True,
)
def delete_categories(call: Call) -> None:
    """All categories or none, with what is in them or after moving it."""
    rows = call.params["categories"]
    with all_or_nothing(call, "core_course_delete_categories", rows):
        for row in rows:
            category = _known(call.store, row["id"])
            call.caller.require(_MANAGE)
            if row["recursive"]:
                _delete_with_content(call, category)
            else:
                _delete_and_move(call.store, category, row.get("newparent") or category["parent"])
            put_in_order(call.store)


def _delete_with_content(call: Call, category: Row) -> None:
    going = [*reversed(subtree(call.store, category)), category]
    if not all(_sees(call, one) for one in going):
        raise Refusal("youcannotdeletecategory", f"You cannot delete category {formatted(category['name'])}")
    courses = [row["id"] for one in going for row in call.store.records("courses", categoryid=one["id"])]
    if courses and not call.caller.may("moodle/course:delete"):
        raise Refusal("youcannotdeletecategory", f"You cannot delete category {formatted(category['name'])}")
    for course_id in courses:
        delete_course(call.store, course_id)
    for one in going:
        delete_category(call.store, one)


def _delete_and_move(store: Store, category: Row, target: int) -> None:
    if not target:
        raise Refusal("movecatcontentstoroot", "Moving the category contents to root is not allowed.")
    if f"/{category['id']}/" in f"{_known(store, target)['path']}/":
        raise Refusal("youcannotdeletecategory", f"You cannot delete category {formatted(category['name'])}")
    for place, course in enumerate(store.records("courses", order="sortorder", categoryid=category["id"])):
        store.change("courses", course["id"], {"categoryid": target, "sortorder": LAST + place})
    for child in store.records("categories", order="sortorder", parent=category["id"]):
        store.change("categories", child["id"], _move(store, child, target))
    delete_category(store, {**category, "parent": target})


@function(
    "core_course_get_categories",
    Struct(
        {
            "criteria": Many(Struct({"key": Value("alpha"), "value": Value("raw")}), required=False, default=()),
            "addsubcategories": optional("bool", default=True),
        }
    ),
)
def get_categories(call: Call) -> list[dict[str, Any]]:
    """Categories that meet all criteria, and those below them, in the order of the tree."""
    everything = call.store.records("categories", order="sortorder")
    found = [one for one in everything if _meets(one, call.params["criteria"])]
    if call.params["criteria"] and call.params["addsubcategories"]:
        roots = tuple(f"{one['path']}/" for one in found)
        found = [one for one in everything if f"{one['path']}/".startswith(roots)] if roots else []
    counts = Counter(call.store.scalars("SELECT categoryid FROM courses"))
    return [_shown(call, one, counts[one["id"]]) for one in found if _sees(call, one)]


def _meets(category: Row, criteria: list[dict[str, str]]) -> bool:
    if any(one["key"] not in _KEYS for one in criteria):
        raise Refusal("criteriaerror", "Missing permissions to search on a criterion.")
    return all(_equals(category, one["key"], one["value"]) for one in criteria)


def _equals(category: Row, key: str, value: str) -> bool:
    if key == "ids":
        return str(category["id"]) in value.split(",")
    if key == "idnumber":
        return (category["idnumber"] or "") == value
    return str(category[key]) == value


def _sees(call: Call, category: Row) -> bool:
    return bool(category["visible"]) or call.caller.may("moodle/category:viewhiddencategories")


def _shown(call: Call, category: Row, courses: int) -> dict[str, Any]:
    return {
        "id": category["id"],
        "name": formatted(category["name"]),
        "idnumber": NULL if category["idnumber"] is None else category["idnumber"],
        "description": category["description"],
        "descriptionformat": category["descriptionformat"],
        "parent": category["parent"],
        "sortorder": category["sortorder"],
        "coursecount": courses,
        **_managers_part(call, category),
        "depth": category["depth"],
        "path": category["path"],
        "theme": category["theme"] if call.caller.may(_MANAGE) else None,
    }


def _managers_part(call: Call, category: Row) -> dict[str, Any]:
    seen = call.caller.may(_MANAGE)
    return {name: category[name] if seen else None for name in ("visible", "visibleold", "timemodified")}
