"""A Moodle in memory behind the real client, and rows as planning gives them."""

from urllib.parse import parse_qsl

import httpx
import pytest

from sync_operators.moodle.client import MoodleClient
from sync_operators.moodle.reader import MoodleReader
from sync_operators.moodle.site import SiteInfo
from sync_operators.settings import load_settings
from sync_operators.tools.tool import ParsedRow, ToolSettings

GUEST = {"id": 1, "username": "guest", "email": "root@localhost", "auth": "manual", "suspended": False}


class Moodle:
    """Answers look-ups from a list of accounts; counts what was asked."""

    def __init__(self):
        self.accounts = [GUEST]
        self.asked = []
        self.client = MoodleClient("http://moodle.test", "t" * 32, transport=httpx.MockTransport(self._answer))
        self.reader = MoodleReader(self.client)
        self.reader.users_by_field("username", ["nobody"])
        self.asked.clear()

    def add(self, key, username, **fields):
        """One account as Moodle tells it: what is empty is left out."""
        person = {"email": f"{username}@example.org", "firstname": "F", "lastname": "L", "department": "", **fields}
        common = {"auth": "manual", "lang": "en", "theme": "", "timezone": "99", "mailformat": 1}
        self.accounts.append({"id": key, "username": username, "suspended": False, **common, **person})

    def questions(self):
        """The look-ups since the last time: field and values."""
        asked, self.asked = self.asked, []
        return asked

    def _answer(self, request):
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        if form["wsfunction"] == "core_user_get_users":
            wanted = form["criteria[0][value]"].lower()
            self.asked.append(("any case", [wanted]))
            found = [one for one in self.accounts if one["email"].lower() == wanted]
            return httpx.Response(200, json={"users": found, "warnings": []})
        values = [value for name, value in form.items() if name.startswith("values[")]
        self.asked.append((form["field"], values))
        return httpx.Response(200, json=[one for one in self.accounts if str(one.get(form["field"], "")) in values])


@pytest.fixture
def moodle():
    opened = Moodle()
    yield opened
    opened.client.close()


@pytest.fixture
def site():
    return SiteInfo(
        sitename="Test",
        siteurl="http://moodle.test",
        userid=3,
        username="wssync",
        release="4.5",
        functions=frozenset(),
    )


def tool_settings(command="users", **switches):
    """The settings of a command with some of its own switches."""
    environ = {f"SYNC__{command.upper()}__{name.upper()}": str(value) for name, value in switches.items()}
    settings = load_settings(None, environ)
    return ToolSettings(settings.command(command), settings.users, None)


def row(number, *, fresh=True, **values):
    """A parsed row with the columns that every file has."""
    given = {"firstname": "F", "lastname": "L", **values}
    return ParsedRow(number, number + 1, f"key-{number}", given, fresh=fresh)
