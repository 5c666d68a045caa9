"""What a fresh stand-in site holds: sixty people, eight courses and what belongs to them. Always the same."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from include.sandbox.moodle.contexts import SYSTEM, context_id
from include.sandbox.moodle.course_making import make_course
from include.sandbox.moodle.course_tree import LAST, put_in_order
from include.sandbox.moodle.enrolment import enrol
from include.sandbox.store import Row, Store

SEEDED_AT = 1_788_000_000
STAMPS = {"timecreated": SEEDED_AT, "timemodified": SEEDED_AT}

_PEOPLE = """
Amélie Laurent FR Lyon|Jürgen Weiß DE Köln|Søren Kjær DK Aarhus|Zoë van Dijk NL Utrecht
Łukasz Wójcik PL Kraków|Ayşe Yılmaz TR İzmir|Nikos Papadopoulos GR Πάτρα|Olena Kovalenko UA Київ
Mei Tanaka JP 京都|Wei Zhang CN 上海|Aoife O’Brien IE Galway|Inès Fernández ES Sevilla
João Gonçalves PT Porto|Chiara D’Angelo IT Bologna|Björn Åkesson SE Malmö|Ngọc Nguyễn VN Huế
Fatima El-Sayed EG Giza|Omar Haddad LB Beirut|Priya Ramanathan IN Chennai|Kwame Mensah GH Accra
Siobhán Murphy IE Cork|Thomas Dubois FR Nantes|Camille Lefèvre FR Lille|Noémie Girard FR Rennes
François Müller CH Bern|Anna Schäfer DE Leipzig|Jonas Großmann DE Bremen|Márta Szabó HU Szeged
Petr Dvořák CZ Brno|Ľubica Horváthová SK Košice|Ana Petrović RS Niš|Ivan Horvat HR Split
Elena Ionescu RO Iași|Georgi Dimitrov BG Варна|Maria Silva BR Recife|Carlos Núñez MX Puebla
Lucía Gómez AR Rosario|Mateo Rojas CL Valparaíso|Sofía Herrera CO Cali|Emma Tremblay CA Québec
Liam Wilson GB Leeds|Olivia Clarke GB Bristol|Noah Campbell US Austin|Ava Johnson US Denver
Mia Thompson AU Hobart|Jack Harris NZ Dunedin|Min-jun Kim KR 부산|Ji-woo Park KR 서울
Yuki Sato JP 札幌|Haruto Suzuki JP 名古屋|Amina Diallo SN Dakar|Youssef Benali MA Fès
Leïla Mansouri TN Sfax|Abebe Bekele ET Adama|Thandiwe Nkosi ZA Durban|Aino Virtanen FI Tampere
Kristjan Tamm EE Tartu|Jānis Bērziņš LV Rīga|Guðrún Jónsdóttir IS Akureyri|Ingrid Solberg NO Bergen
"""
_DEPARTMENTS = ("Finance", "Human Resources", "IT", "Logistics", "Research")
# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "ı": "i", "ð": "d"})
# Name, idnumber, parent's idnumber, visible; the first one is Moodle's own.
CATEGORIES = (
    ("Compliance", "CAT-COMP", "", 1),
    ("Skills", "CAT-SKILLS", "", 1),
    ("Leadership", "CAT-LEAD", "CAT-SKILLS", 1),
    ("Archive", "CAT-OLD", "", 0),
)
# Name, short name, idnumber, category's idnumber, visible.
COURSES = (
    ("Onboarding", "ONB", "C-101", "", 1),
    ("Fire safety", "FIRE", "C-102", "CAT-COMP", 1),
    ("Data protection", "GDPR", "C-103", "CAT-COMP", 1),
    ("Sécurité informatique", "SEC-FR", "C-104", "CAT-COMP", 1),
    ("First aid", "AID", "C-105", "CAT-SKILLS", 1),
    ("Leadership", "LEAD", "C-106", "CAT-LEAD", 1),
    ("Spreadsheets", "XLS", "C-107", "CAT-SKILLS", 1),
    ("Retired course", "OLD", "C-108", "CAT-OLD", 0),
)
COURSE_FIELDS = (("costcentre", "Cost centre", "text"), ("mandatory", "Mandatory", "checkbox"))
# Name, idnumber, category's idnumber, visible, members by idnumber.
COHORTS = (
    ("Newcomers", "COH-NEW", "", 1, ("E1001", "E1002", "E1003", "E1004")),
    ("Managers", "COH-MGR", "", 1, ("E1005", "E1010")),
    ("Auditors", "COH-AUDIT", "CAT-COMP", 0, ("E1007",)),
)
# Course, role, participants by idnumber.
ENROLMENTS = (
    ("ONB", 3, ("E1005",)),
    ("ONB", 5, ("E1006", "E1007", "E1008")),
    ("FIRE", 5, ("E1001", "E1002", "E1006")),
    ("LEAD", 3, ("E1010",)),
)
# Course, name, idnumber, grouping, members by idnumber.
GROUPS = (
    ("ONB", "Morning", "ONB-AM", "Sessions", ("E1006", "E1007")),
    ("ONB", "Afternoon", "ONB-PM", "Sessions", ("E1008",)),
    ("FIRE", "North", "FIRE-N", "", ("E1001",)),
)


def seed(store: Store) -> None:
    """Fill an empty store with the people and courses of Example Group."""
    with store.transaction():
        _install(store)
        for person in _people():
            store.add_user(person | STAMPS)
        for fields in COURSE_FIELDS:
            store.insert("course_fields", dict(zip(("shortname", "name", "type"), fields, strict=True)))
        _Campus(store).build()
        put_in_order(store)


def seed_bare(store: Store) -> None:
    """Fill an empty store with what a Moodle has that was installed today: no people, no courses."""
    with store.transaction():
        _install(store)


def _install(store: Store) -> None:
    for account in _accounts():
        store.add_user(account | STAMPS)
    store.insert("contexts", {"level": 10, "instanceid": 0})
    site = {"fullname": "Sandbox", "shortname": "SITE", "format": "site", "sortorder": 1, "summaryformat": 0}
    store.insert("courses", {**site, "newsitems": 3, "enablecompletion": 0, **STAMPS})
    store.insert("categories", {"name": "Category 1", "timemodified": SEEDED_AT})
    put_in_order(store)


class _Campus:
    """What Example Group has made of its site; things are found by their idnumbers and short names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def build(self) -> None:
        for name, idnumber, parent, visible in CATEGORIES:
            place = {"parent": self._category(parent, 0), "sortorder": LAST}
            self._add("categories", name=name, idnumber=idnumber, visible=visible, **place)
        for fullname, shortname, idnumber, category, visible in COURSES:
            self._add_course(fullname, shortname, idnumber, category, visible)
        for cohort in COHORTS:
            self._add_cohort(*cohort)
        for shortname, role_id, people in ENROLMENTS:
            for number in people:
                enrol(self._store, self._method(shortname), self._id("users", idnumber=number), role_id)
        for group in GROUPS:
            self._add_group(*group)

    def _add_course(self, fullname: str, shortname: str, idnumber: str, category: str, visible: int) -> None:
        names = {"fullname": fullname, "shortname": shortname, "idnumber": idnumber, "visible": visible}
        place = {"categoryid": self._category(category, 1), "sortorder": LAST}
        make_course(self._store, {**names, **place, "startdate": SEEDED_AT, **STAMPS}, 4)

    def _add_cohort(self, name: str, idnumber: str, category: str, visible: int, members: tuple[str, ...]) -> None:
        place = context_id(self._store, "coursecat", self._category(category, 0)) if category else SYSTEM
        cohort = self._add(
            "cohorts", name=name, idnumber=idnumber, contextid=place, visible=visible, timecreated=SEEDED_AT
        )
        for number in members:
            self._add("cohort_members", cohortid=cohort, userid=self._id("users", idnumber=number))

    def _add_group(self, course: str, name: str, idnumber: str, grouping: str, members: tuple[str, ...]) -> None:
        course_id = self._id("courses", shortname=course)
        group = self._add("groups", courseid=course_id, name=name, idnumber=idnumber, timecreated=SEEDED_AT)
        for number in members:
            self._add("groups_members", groupid=group, userid=self._id("users", idnumber=number))
        if grouping:
            found = self._store.record("groupings", courseid=course_id, name=grouping)
            made = found["id"] if found else self._add("groupings", courseid=course_id, name=grouping)
            self._add("groupings_groups", groupingid=made, groupid=group)

    def _add(self, table: str, **fields: Any) -> int:
        return self._store.insert(table, fields)

    def _id(self, table: str, **wanted: Any) -> int:
        return int(self._store.records(table, **wanted)[0]["id"])

    def _category(self, idnumber: str, otherwise: int) -> int:
        return self._id("categories", idnumber=idnumber) if idnumber else otherwise

    def _method(self, shortname: str) -> Row:
        return self._store.records("enrol", courseid=self._id("courses", shortname=shortname), enrol="manual")[0]


def _accounts() -> Iterator[dict[str, Any]]:
    yield _account("guest", "Guest user", " ", "root@localhost")
    yield _account("admin", "Admin", "User", "admin@example.org")
    yield _account("wssync", "WS", "wssync", "wssync@example.org")
    yield _account("wsnocaps", "WS", "wsnocaps", "wsnocaps@example.org")


def _account(username: str, firstname: str, lastname: str, email: str) -> dict[str, Any]:
    return {"username": username, "firstname": firstname, "lastname": lastname, "email": email}


def _people() -> Iterator[dict[str, Any]]:
    people = [person for line in _PEOPLE.strip().splitlines() for person in line.split("|")]
    for number, person in enumerate(people):
        firstname, *middle, country, city = person.split(" ")
        yield _person(number, firstname, " ".join(middle)) | {"country": country, "city": city}


def _person(number: int, firstname: str, lastname: str) -> dict[str, Any]:
    name = f"{_plain(firstname)}.{_plain(lastname)}"
    return _account(name, firstname, lastname, f"{name}@example.org") | {
        "idnumber": f"E{1001 + number}",
        "department": _DEPARTMENTS[number % len(_DEPARTMENTS)],
        "institution": "Example Group",
        "lang": "fr" if number % 10 == 1 else "en",
        # Every twelfth has left the company.
        "suspended": int(number % 12 == 11),
        "password_origin": "generated",
        "customfields": {"staffno": f"S-{1001 + number}", "campus": ("North", "South")[number % 2], "active": "1"},
    }


def _plain(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(letter for letter in spread if letter.isascii() and letter.isalnum())
