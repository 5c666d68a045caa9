"""The pages over a real depot and ledger, filled once by the walk against the sandbox; Airflow's own auth manager."""

from contextlib import contextmanager

import pytest

from include.sandbox.starting import start
from tests.end_to_end.site import site as open_site
from tests.web.browsing import Pages
from tests.web.story import Story, tell


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def story(running_sandbox, tmp_path_factory):
    """One site with a past: see `story.py`. Tests only look at it; what writes takes `own_story`."""
    with _told(running_sandbox, tmp_path_factory.mktemp("story")) as told:
        yield told


@pytest.fixture
def own_story(running_sandbox, tmp_path):
    """The same, to be changed."""
    with _told(running_sandbox, tmp_path) as told:
        yield told


@contextmanager
def _told(sandbox, folder):
    sandbox.control.reset()
    with open_site(sandbox, folder, environ=Story.SETTINGS) as site:
        yield tell(site, sandbox)


@pytest.fixture(scope="session")
def auth_manager(airflow_home):
    from airflow.api_fastapi.app import init_auth_manager

    return init_auth_manager()


@pytest.fixture
def pages(story, auth_manager):
    """The pages over the story: `pages.as_("viewer").get("reports")`."""
    with Pages.over(story.store) as opened:
        yield opened


@pytest.fixture
def own_pages(own_story, auth_manager):
    with Pages.over(own_story.store) as opened:
        yield opened
