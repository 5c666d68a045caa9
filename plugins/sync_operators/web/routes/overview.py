"""overview."""

from fastapi import APIRouter
from fastapi.responses import Response

from sync_operators.web.page import PageDep

SECTION = "overview"
router = APIRouter()


@router.get("/")
def page(page: PageDep) -> Response:
    """List them."""
    return page.show("overview", section=SECTION)
