"""Files of people: eight columns and some hundred bytes a row, as an ERP writes them."""

import random
from collections.abc import Iterable
from pathlib import Path

HEADER = "idnumber;username;firstname;lastname;email;department;city;country"
_DEPARTMENTS = ("Research", "Teaching", "Library", "Administration", "Workshop")
_CITIES = ("Uppsala", "Lyon", "Graz", "Porto", "Tartu", "Galway", "Brno")
_COUNTRIES = ("SE", "FR", "AT", "PT", "EE", "IE", "CZ")


def person(number: int) -> str:
    """One row; idnumbers are in the order of the numbers."""
    place = number % 7
    name = f"person{number:07d}"
    return ";".join(
        (
            f"E{number:07d}",
            name,
            f"Firstname{number % 997}",
            f"Lastname{number:07d}",
            f"{name}@example.org",
            _DEPARTMENTS[number % 5],
            _CITIES[place],
            _COUNTRIES[place],
        )
    )


def write_people(path: Path, numbers: Iterable[int]) -> Path:
    """A file of these people in this order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{HEADER}\n")
        file.writelines(f"{person(number)}\n" for number in numbers)
    return path


def shuffled(count: int) -> list[int]:
    """The numbers up to `count` in an order that is the same each time."""
    numbers = list(range(count))
    random.Random(count).shuffle(numbers)
    return numbers
