"""Control endpoint: rows of the site's tables, read and changed behind the web service's back."""

from typing import Any

from fastapi import FastAPI, HTTPException

from include.sandbox.moodle.course_making import make_course
from include.sandbox.moodle.course_tree import put_in_order
from include.sandbox.moodle.enrol_sync import follow_cohorts, follow_courses
from include.sandbox.moodle.exchange import Site
from include.sandbox.schema import SITE_TABLES
from include.sandbox.site_state import site_state
from include.sandbox.store import Store


def add_row_routes(app: FastAPI, site: Site) -> None:
    """What a person with the database's password could see and do."""

    @app.get("/site-state")
    async def whole_state() -> dict[str, Any]:
        return site_state(site.store)

    @app.get("/rows/{table}")
    async def rows(table: str) -> list[dict[str, Any]]:
        found = site.store.records(_known(table))
        return [{name: value for name, value in row.items() if name != "content"} for row in found]

    @app.post("/rows/{table}")
    async def add_row(table: str, fields: dict[str, Any]) -> int:
        with site.store.transaction():
            made = _add(site.store, _known(table), fields)
            settle(site.store)
        return made

    @app.patch("/rows/{table}/{row_id}")
    async def change_row(table: str, row_id: int, fields: dict[str, Any]) -> None:
        with site.store.transaction():
            site.store.change(_known(table), row_id, fields)
            settle(site.store)

    @app.delete("/rows/{table}/{row_id}")
    async def delete_row(table: str, row_id: int) -> None:
        with site.store.transaction():
            site.store.delete(_known(table), id=row_id)
            settle(site.store)


def _known(table: str) -> str:
    if table not in SITE_TABLES:
        raise HTTPException(404, f"no table {table}")
    return table


def _add(store: Store, table: str, fields: dict[str, Any]) -> int:
    if table == "courses":
        return make_course(store, {"categoryid": 1, **fields})
    return store.insert(table, fields)


def settle(store: Store) -> None:
    """Make what follows from other rows anew: the order of the site, and enrolments that follow others."""
    put_in_order(store)
    follow_cohorts(store, store.scalars("SELECT DISTINCT customint1 FROM enrol WHERE enrol = 'cohort'"))
    follow_courses(store, store.scalars("SELECT DISTINCT customint1 FROM enrol WHERE enrol = 'meta'"))
