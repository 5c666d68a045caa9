"""What people do on the pages is done on a ledger in PostgreSQL, too: the same tests as on SQLite."""

import pytest
from sqlalchemy import create_engine

from sync_operators.ledger import open_ledger
from sync_operators.ledger.tables import metadata
from sync_operators.plans.workplace import utc_now
from tests.end_to_end.conftest import database  # noqa: F401
from tests.end_to_end.site import site as open_site
from tests.web import test_depot, test_files
from tests.web.story import Story, tell
from tests.web.test_files import dags  # noqa: F401


@pytest.fixture(scope="module")
def own_database(database):  # noqa: F811
    """A database with the tables of a ledger: to empty it is quicker than to make it."""
    open_ledger(database, fingerprint_key=b"k" * 32, clock=utc_now).close()
    return database


@pytest.fixture
def own_story(running_sandbox, tmp_path, own_database):
    """The story on a ledger that holds nothing else."""
    _empty(own_database)
    running_sandbox.control.reset()
    with open_site(running_sandbox, tmp_path, environ=Story.SETTINGS, ledger=own_database) as site:
        yield tell(site, running_sandbox)


def _empty(url):
    engine = create_engine(url)
    with engine.begin() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())
    engine.dispose()


def test_the_ledger_of_these_tests_is_in_postgresql(own_story):
    assert own_story.store.ledger.engine.dialect.name == "postgresql"


class TestUploading(test_depot.TestUploading):
    """On PostgreSQL."""


class TestArranging(test_depot.TestArranging):
    """On PostgreSQL."""


class TestSecrets(test_files.TestSecrets):
    """On PostgreSQL."""


class TestReadingAnotherWay(test_files.TestReadingAnotherWay):
    """On PostgreSQL."""


class TestRunning(test_files.TestRunning):
    """On PostgreSQL."""
