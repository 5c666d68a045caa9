"""A registrar whose program exports a university every night: who studies, what is taught, who left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

FACULTIES = {"Arts": 48, "Law": 100, "Science": 112}
USERS = "username;firstname;lastname;idnumber;email;institution;city\n"
COURSES = "shortname;fullname;idnumber;category\n"
ENROLMENTS = "cmd;uid;cid;rolename\n"
LEFT = "username;idnumber\n"


@dataclass(frozen=True, slots=True)
class Student:
    """One person as the registrar knows them."""

    number: int
    faculty: str
    lastname: str
    city: str = "Valmont"
    address: str = ""

    @property
    def username(self) -> str:
        return f"s{self.number}"

    @property
    def idnumber(self) -> str:
        return f"S{self.number}"

    @property
    def email(self) -> str:
        return self.address or f"{self.username}@example.org"

    @property
    def row(self) -> str:
        names = f"{self.username};Student;{self.lastname};{self.idnumber};{self.email}"
        return f"{names};Faculty of {self.faculty};{self.city}\n"

    @property
    def course(self) -> str:
        return course_of(self.faculty)


def course_of(faculty: str) -> str:
    """Short name of the one course of a faculty."""
    return f"{faculty[:3].upper()}-101"


class Registrar:
    """Knows the students, and exports them; `students` by idnumber, in the order of the files."""

    def __init__(self) -> None:
        self.students = {student.idnumber: student for student in _matriculated()}
        self._next = 9001

    def of(self, faculty: str) -> list[Student]:
        """The students of a faculty, in the order of the files."""
        return [student for student in self.students.values() if student.faculty == faculty]

    def change(self, student: Student, **changes: str) -> Student:
        """Somebody moves or marries; the student as they are now."""
        self.students[student.idnumber] = changed = replace(student, **changes)
        return changed

    def matriculate(self, faculty: str, lastname: str, **given: str) -> Student:
        """Somebody new."""
        student = Student(self._next, faculty, lastname, **given)
        self._next += 1
        self.students[student.idnumber] = student
        return student

    def dismiss(self, student: Student) -> Student:
        """Somebody leaves: the next exports do not hold them."""
        return self.students.pop(student.idnumber)

    def users(self, *, without: Iterable[Student] = (), **set_for_all: str) -> str:
        """The export of accounts; `set_for_all` is what a program wrong that night writes into every row."""
        left_out = set(without)
        rows = [replace(each, **set_for_all).row for each in self.students.values() if each not in left_out]
        return USERS + "".join(rows)

    def enrolments(self) -> str:
        """Everybody in the course of their faculty."""
        return ENROLMENTS + "".join(f"add;{each.idnumber};{each.course};student\n" for each in self.students.values())


def courses(*faculties: str) -> str:
    """The export of courses, one for each faculty."""
    rows = [f"{course_of(each)};Introduction to {each};C-{each};Faculty of {each}\n" for each in faculties]
    return COURSES + "".join(rows)


def left(students: Iterable[Student]) -> str:
    """The export of those who are no longer there: their accounts are suspended."""
    return LEFT + "".join(f"{each.username};{each.idnumber}\n" for each in students)


def _matriculated() -> Iterator[Student]:
    number = 1001
    for faculty, count in FACULTIES.items():
        for place in range(count):
            yield Student(number + place, faculty, f"{faculty} {place + 1}")
        number += 1000
