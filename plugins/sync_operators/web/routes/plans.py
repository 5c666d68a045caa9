"""plans."""

from fastapi import APIRouter
from fastapi.responses import Response

from sync_operators.web.page import PageDep

SECTION = "plans"
router = APIRouter()


@router.get("/plans")
def page(page: PageDep) -> Response:
    """List them."""
    return page.show("plans", section=SECTION)
