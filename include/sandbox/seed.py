"""What a fresh stand-in site holds: two service accounts, sixty people, eight courses. Always the same."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from include.sandbox.store import Store

GUEST_ID, ADMIN_ID, SERVICE_ID, NOCAPS_ID = 1, 2, 3, 4
SEEDED_AT = 1_788_000_000

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
COURSES = (
    ("Onboarding", "ONB", "C-101", 1, 1),
    ("Fire safety", "FIRE", "C-102", 1, 1),
    ("Data protection", "GDPR", "C-103", 1, 1),
    ("Sécurité informatique", "SEC-FR", "C-104", 1, 1),
    ("First aid", "AID", "C-105", 1, 1),
    ("Leadership", "LEAD", "C-106", 1, 1),
    ("Spreadsheets", "XLS", "C-107", 1, 1),
    ("Retired course", "OLD", "C-108", 1, 0),
)


def seed(store: Store) -> None:
    """Fill an empty store."""
    with store.transaction():
        for account in (*_accounts(), *_people()):
            store.add_user(account | {"timecreated": SEEDED_AT, "timemodified": SEEDED_AT})
        store.add_courses([("Sandbox", "SITE", "", 0, 1), *COURSES])


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
