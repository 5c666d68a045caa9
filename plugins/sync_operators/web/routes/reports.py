"""reports."""

from fastapi import APIRouter
from fastapi.responses import Response

from sync_operators.web.page import PageDep

SECTION = "reports"
router = APIRouter()


@router.get("/reports")
def page(page: PageDep) -> Response:
    """List them."""
    return page.show("reports", section=SECTION)
