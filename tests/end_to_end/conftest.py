import secrets
from contextlib import ExitStack

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from include.sandbox.starting import start
from tests.end_to_end.enrolments import Enrolments
from tests.end_to_end.groups import Groups
from tests.end_to_end.pictures import Pictures
from tests.end_to_end.site import site as open_site
from tests.end_to_end.users import ANN, BOB, EVE, Users
from tests.end_to_end.walker import Walkers

POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/"


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory):
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def walkers():
    made = Walkers()
    yield made
    made.close()


@pytest.fixture
def sandbox(running_sandbox):
    running_sandbox.control.reset()
    return running_sandbox


@pytest.fixture
def site(sandbox, tmp_path):
    with open_site(sandbox, tmp_path) as opened:
        yield opened


@pytest.fixture
def open_users(sandbox, tmp_path):
    """Opens a site with settings of the section `users` (others by `section__key`), and three accounts."""
    with ExitStack() as stack:

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'USERS__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            users = Users(stack.enter_context(open_site(sandbox, tmp_path, environ=environ)), sandbox)
            if not sandbox.control.people().keys() & {"bob", "ann", "eve"}:
                users.add(BOB, ANN, EVE)
            return users

        yield opened


@pytest.fixture
def users(open_users):
    return open_users()


@pytest.fixture
def open_enrolments(sandbox, tmp_path):
    """Opens a site with settings of `enrolments` (others by `section__key`), three accounts and two courses."""
    with ExitStack() as stack:

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'ENROLMENTS__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            return Enrolments(stack.enter_context(open_site(sandbox, tmp_path, environ=environ)), sandbox).build()

        yield opened


@pytest.fixture
def enrolments(open_enrolments):
    return open_enrolments()


@pytest.fixture
def open_groups(sandbox, tmp_path):
    """Opens a site with settings of `groups` (others by `section__key`), three accounts and two courses."""
    with ExitStack() as stack:

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'GROUPS__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            return Groups(stack.enter_context(open_site(sandbox, tmp_path, environ=environ)), sandbox).build()

        yield opened


@pytest.fixture
def groups(open_groups):
    return open_groups()


@pytest.fixture
def members(open_groups):
    """The same with groups in both courses, for files of `group_members`."""
    site = open_groups().labs()
    site.command = "group_members"
    return site


@pytest.fixture
def open_pictures(sandbox, tmp_path):
    """Opens a site with settings of `pictures` (others by `section__key`) and three accounts."""
    with ExitStack() as stack:

        def opened(**settings):
            environ = {
                f"SYNC__{name.upper() if '__' in name else f'PICTURES__{name.upper()}'}": str(value)
                for name, value in settings.items()
            }
            return Pictures(stack.enter_context(open_site(sandbox, tmp_path, environ=environ)), sandbox).build()

        yield opened


@pytest.fixture
def pictures(open_pictures):
    return open_pictures()


@pytest.fixture(scope="module")
def database():
    """A database of our own on a PostgreSQL, where one listens."""
    engine = create_engine(POSTGRESQL + "postgres", isolation_level="AUTOCOMMIT")
    name = f"sync_walk_{secrets.token_hex(6)}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except DBAPIError as error:
        pytest.skip(f"NO POSTGRESQL on 127.0.0.1:5432: {error.orig}")
    yield POSTGRESQL + name
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
