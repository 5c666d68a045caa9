"""The whole content of the stand-in site by names instead of ids, without stamps: two equal runs leave equal states.

Accounts go by username, courses by short name, categories by their path of names, cohorts by idnumber (by name without
one). Dates of courses and enrolments are data and stay; when a row was made or changed does not.
"""

from typing import Any

from include.sandbox.moodle.contexts import LEVELS
from include.sandbox.moodle.roles import SHORTNAMES
from include.sandbox.store import Row, Store

_STAMPS = ("id", "timecreated", "timemodified", "sortorder", "place", "categoryid", "defaultgroupingid")


def site_state(store: Store) -> dict[str, Any]:
    """Categories, courses with all that is in them, cohorts, roles outside courses, pictures."""
    return _Dump(store).whole()


class _Dump:
    """Reads what names things once, and the rest table by table."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._people = {row["id"]: _username(row) for row in store.users()}
        self._courses = {row["id"]: row["shortname"] for row in store.records("courses")}
        self._cohorts = {row["id"]: row["idnumber"] or row["name"] for row in store.records("cohorts")}
        self._contexts = {row["id"]: row for row in store.records("contexts")}
        self._places = {(row["level"], row["instanceid"]): key for key, row in self._contexts.items()}
        self._categories = {0: ""}
        for row in store.records("categories", order="depth, id"):
            above = self._categories.get(row["parent"], "")
            self._categories[row["id"]] = f"{above} / {row['name']}" if above else row["name"]

    def whole(self) -> dict[str, Any]:
        return {
            "categories": [self._category(row) for row in self._store.records("categories", order="sortorder")],
            "courses": {row["shortname"]: self._course(row) for row in self._store.records("courses")},
            "cohorts": sorted(map(self._cohort, self._store.records("cohorts")), key=str),
            "roles": self._roles(),
            "pictures": self._pictures(),
        }

    def _category(self, row: Row) -> dict[str, Any]:
        fields = {name: row[name] for name in ("idnumber", "description", "visible", "theme")}
        courses = self._store.records("courses", order="sortorder", categoryid=row["id"])
        return {"path": self._categories[row["id"]], **fields, "courses": [one["shortname"] for one in courses]}

    def _course(self, row: Row) -> dict[str, Any]:
        fields = {name: value for name, value in row.items() if name not in _STAMPS}
        groupings = self._store.records("groupings", order="name", courseid=row["id"])
        default = {one["id"]: one["name"] for one in groupings}.get(row["defaultgroupingid"], "")
        return {
            **fields,
            "category": self._categories.get(row["categoryid"], "(none)"),
            "default_grouping": default,
            "methods": [self._method(one) for one in self._rows("enrol", row, "sortorder, id")],
            "enrolments": self._enrolments(row),
            "roles": self._roles_in("course", row["id"]),
            "groups": {one["name"]: self._group(one) for one in self._rows("groups", row, "name")},
            "groupings": {one["name"]: self._grouping(one) for one in groupings},
            "contents": self._contents(row),
        }

    def _rows(self, table: str, course: Row, order: str) -> list[Row]:
        return self._store.records(table, order=order, courseid=course["id"])

    def _method(self, row: Row) -> dict[str, Any]:
        followed = {"meta": self._courses, "cohort": self._cohorts}.get(row["enrol"], {})
        group = self._store.scalar("SELECT name FROM groups WHERE id = ?", (row["customint2"],))
        names = {"follows": followed.get(row["customint1"], ""), "group": group or ""}
        return {"enrol": row["enrol"], "status": row["status"], **names}

    def _enrolments(self, course: Row) -> list[dict[str, Any]]:
        sql = (
            "SELECT ue.userid, e.enrol, ue.status, ue.timestart, ue.timeend FROM user_enrolments ue "
            "JOIN enrol e ON e.id = ue.enrolid WHERE e.courseid = ?"
        )
        found = self._store.query(sql, (course["id"],))
        return sorted(({"user": self._people[row.pop("userid")], **row} for row in found), key=str)

    def _roles_in(self, level: str, instance: int) -> list[str]:
        place = self._places.get((LEVELS[level], instance), 0)
        held = self._store.records("role_assignments", contextid=place)
        return sorted(f"{self._people[row['userid']]}: {_role(row)}" for row in held)

    def _roles(self) -> list[str]:
        """Roles in the system's and in categories' contexts."""
        found = {"system": self._roles_in("system", 0)}
        found |= {path: self._roles_in("coursecat", key) for key, path in self._categories.items() if key}
        return [f"{place}: {held}" for place, all_held in found.items() for held in all_held]

    def _group(self, row: Row) -> dict[str, Any]:
        columns = ("idnumber", "description", "enrolmentkey", "visibility", "participation")
        members = self._store.scalars("SELECT userid FROM groups_members WHERE groupid = ?", (row["id"],))
        return {**{name: row[name] for name in columns}, "members": self._names(members)}

    def _grouping(self, row: Row) -> dict[str, Any]:
        sql = "SELECT g.name FROM groups g JOIN groupings_groups gg ON gg.groupid = g.id WHERE gg.groupingid = ?"
        groups = sorted(self._store.scalars(sql, (row["id"],)))
        return {"idnumber": row["idnumber"], "description": row["description"], "groups": groups}

    def _contents(self, course: Row) -> list[dict[str, Any]]:
        modules = self._rows("modules", course, "id")
        return [
            {
                "section": row["section"],
                "name": row["name"],
                "modules": [f"{one['modname']}: {one['name']}" for one in modules if one["sectionid"] == row["id"]],
            }
            for row in self._rows("sections", course, "section")
        ]

    def _cohort(self, row: Row) -> dict[str, Any]:
        members = self._store.scalars("SELECT userid FROM cohort_members WHERE cohortid = ?", (row["id"],))
        context = self._contexts[row["contextid"]]
        place = self._categories[context["instanceid"]] if context["level"] == LEVELS["coursecat"] else "system"
        columns = ("idnumber", "name", "description", "visible", "theme")
        return {**{name: row[name] for name in columns}, "context": place, "members": self._names(members)}

    def _pictures(self) -> dict[str, str]:
        rows = self._store.query("SELECT contextid, sha256 FROM files WHERE component = 'user' AND filearea = 'icon'")
        return {self._people[self._contexts[row["contextid"]]["instanceid"]]: row["sha256"] for row in rows}

    def _names(self, user_ids: list[int]) -> list[str]:
        return sorted(self._people[user_id] for user_id in user_ids)


def _username(user: Row) -> str:
    """Without the stamp that Moodle gives a deleted account's."""
    return user["username"].rpartition(".")[0] if user["deleted"] else str(user["username"])


def _role(row: Row) -> str:
    return f"{SHORTNAMES[row['roleid']]} ({row['component']})" if row["component"] else SHORTNAMES[row["roleid"]]
