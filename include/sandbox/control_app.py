"""The control endpoint: what the stand-ins shall do wrong next, and what they have seen so far."""

from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from include.sandbox.control_rows import add_row_routes
from include.sandbox.drop import Drop
from include.sandbox.faults import DropFault, MoodleFault
from include.sandbox.moodle.app import Site
from include.sandbox.moodle.user_rules import digest
from include.sandbox.seed import seed, seed_bare
from include.sandbox.settings import DropSettings, SiteSettings


def make_control_app(site: Site, drop: Drop) -> FastAPI:
    """The control endpoint of a site and a drop."""
    app = FastAPI(openapi_url=None)
    _add_site_routes(app, site)
    add_row_routes(app, site)
    _add_drop_routes(app, drop)

    @app.exception_handler(ValidationError)
    async def refuse(_request: Request, exc: ValidationError) -> PlainTextResponse:
        return PlainTextResponse(str(exc), status_code=422)

    @app.post("/reset")
    async def reset(*, bare: bool = False) -> None:
        site.store.clear()
        (seed_bare if bare else seed)(site.store)
        site.faults.clear()
        drop.reset()

    return app


def _add_site_routes(app: FastAPI, site: Site) -> None:
    _add_site_reports(app, site)

    @app.get("/settings")
    async def settings() -> SiteSettings:
        return site.settings()

    @app.patch("/settings")
    async def change_settings(changes: dict[str, Any]) -> SiteSettings:
        changed = SiteSettings.model_validate(site.settings().model_dump() | changes)
        site.store.save_settings(changed)
        return changed

    @app.get("/faults")
    async def faults() -> list[Any]:
        return site.faults.pending()

    @app.post("/faults")
    async def add_fault(fault: MoodleFault) -> None:
        site.faults.add(fault)

    @app.delete("/faults")
    async def clear_faults() -> None:
        site.faults.clear()


def _add_site_reports(app: FastAPI, site: Site) -> None:
    @app.get("/calls")
    async def calls() -> list[dict[str, Any]]:
        return site.store.calls()

    @app.get("/journal")
    async def journal() -> list[dict[str, Any]]:
        return site.store.journal()

    @app.get("/accounts")
    async def accounts() -> list[dict[str, Any]]:
        return list(site.store.users())

    @app.post("/accounts")
    async def add_accounts(accounts: list[dict[str, Any]]) -> list[int]:
        with site.store.transaction():
            return [site.store.add_user(account) for account in accounts]

    @app.patch("/accounts/{user_id}")
    async def change_account(user_id: int, fields: dict[str, Any]) -> None:
        site.store.change_user(user_id, fields)

    @app.post("/password")
    async def password(username: str, password: str) -> bool:
        found = site.store.users_among("username", [username])
        if not found:
            raise HTTPException(404, f"no account {username}")
        return bool(found[0]["password"]) and found[0]["password"] == digest(password)


def _add_drop_routes(app: FastAPI, drop: Drop) -> None:
    @app.get("/drop/requests")
    async def requests() -> list[str]:
        return drop.requests

    @app.patch("/drop/settings")
    async def change_settings(changes: dict[str, Any]) -> DropSettings:
        drop.settings = DropSettings.model_validate(drop.settings.model_dump() | changes)
        return drop.settings

    @app.post("/drop/faults")
    async def add_fault(fault: DropFault) -> None:
        drop.faults.add(fault)

    @app.delete("/drop/faults")
    async def clear_faults() -> None:
        drop.faults.clear()
