"""The drift check on a whole site: the fixtures of the end-to-end tests, and a check with what it left."""

from contextlib import ExitStack

import pytest

from tests.drift.checks import Drift
from tests.end_to_end.conftest import (  # noqa: F401 - fixtures
    database,
    enrolments,
    groups,
    open_enrolments,
    open_groups,
    open_users,
    running_sandbox,
    sandbox,
    site,
    users,
)
from tests.end_to_end.site import site as open_site


@pytest.fixture
def play(sandbox, tmp_path):  # noqa: F811 - a fixture
    """Opens a site for scenes, each on a Moodle as it was at first."""
    with ExitStack() as stack:

        def opened(*scenes, name="one", **environ):
            sandbox.control.reset()
            given = {key: value for scene in scenes for key, value in scene.environ.items()}
            return Drift(stack.enter_context(open_site(sandbox, tmp_path / name, environ={**given, **environ})))

        yield opened
