"""Who changed this: from an account, a course, a cohort … to the file and line that changed it, and back."""

from fastapi import APIRouter
from fastapi.responses import Response

from sync_operators.web.models import changes as model
from sync_operators.web.page import PageDep, readable

SECTION = "changes"
router = APIRouter()


@router.get("/changes")
def changes(page: PageDep, entity: str = "", name: str = "", file: str = "", line: str = "") -> Response:
    """The changes of what is asked for; those of tools that the person may not look at are left out."""
    asked = model.Asked(entity, name.strip(), file.strip(), int(line) if line.strip().isdecimal() else None)
    found = model.find(page.store, asked, frozenset(readable(page.access)))
    return page.show("changes", section=SECTION, asked=asked, found=found, entities=model.ENTITIES, most=model.MOST)
