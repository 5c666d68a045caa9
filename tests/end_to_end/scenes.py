"""A scene for each command: a file of good and bad rows, and how the bad ones are mended.

All play on the sandbox's own site. A command is added by one scene in the table; `test_scenes.py` misses it otherwise.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from include.sandbox.control import Control
from include.sandbox.starting import Sandbox
from sync_operators.tools import tools
from tests.end_to_end.pictures import image, zipped
from tests.end_to_end.site import Site

ARROW = " => "
_IMAGES = {"broken": image("red")[:-9], **{colour: image(colour) for colour in ("red", "green", "blue", "white")}}


@dataclass(frozen=True, eq=False)
class Scene:
    """One command and one file of it; `text` has a line for each row, a bad one with ` => ` and how it is mended.

    A command without a file has neither. `begin` puts into Moodle what the sandbox's own site lacks.
    """

    command: str
    file: str
    text: str
    environ: Mapping[str, str] = field(default_factory=dict)
    header: bool = True
    begin: Callable[[Control], object] = lambda _: None

    def __str__(self) -> str:
        return self.command

    @property
    def content(self) -> bytes:
        """The file as the ERP drops it."""
        return self._file([line.partition(ARROW)[0] for line in self._lines])

    @property
    def correct(self) -> bytes:
        """The file without a fault."""
        return self._file([line.rpartition(ARROW)[2] for line in self._lines])

    def mended(self, tryback: bytes) -> bytes:
        """A tryback whose rows somebody has mended."""
        cures = dict(line.split(ARROW) for line in self._lines if ARROW in line)
        return self._file([cures.get(line, line) for line in self._split(tryback)])

    def split(self, path: Path) -> list[str]:
        """The rows of a tryback of this file."""
        return self._split(path.read_bytes())[int(self.header) :]

    @property
    def rows(self) -> list[str]:
        """Every row as it stands in the file."""
        return [line.partition(ARROW)[0] for line in self._lines][int(self.header) :]

    @property
    def bad(self) -> list[str]:
        """Every row that is to end in error."""
        return [line.partition(ARROW)[0] for line in self._lines if ARROW in line]

    @property
    def _lines(self) -> list[str]:
        return self.text.strip().splitlines()

    def _file(self, lines: Sequence[str]) -> bytes:
        return "".join(f"{line}\n" for line in lines).encode()

    def _split(self, content: bytes) -> list[str]:
        return content.decode().splitlines()

    def drop(self, sandbox: Sandbox, content: bytes | None = None) -> None:
        """Put the file, or another of its name, into the drop."""
        if self.file:
            (sandbox.drop / self.file).write_bytes(self.content if content is None else content)

    def deliver(self, site: Site, content: bytes | None = None) -> None:
        """Drop and capture it."""
        self.drop(site.sandbox, content)
        site.capture()


class Zip(Scene):
    """A scene whose file is a zip: a line is the name of an entry, and what it holds."""

    def _file(self, lines: Sequence[str]) -> bytes:
        return zipped([(name, _IMAGES[kind]) for name, kind in map(str.split, lines)])

    def _split(self, content: bytes) -> list[str]:
        kinds = {content: kind for kind, content in _IMAGES.items()}
        with ZipFile(BytesIO(content)) as archive:
            return [f"{name} {kinds[archive.read(name)]}" for name in archive.namelist()]


def settings(scenes: Iterable[Scene]) -> dict[str, str]:
    """The settings that several scenes need together."""
    return {name: value for scene in scenes for name, value in scene.environ.items()}


def without_scene() -> set[str]:
    """Commands that run and have no scene."""
    return {tool.command for tool in tools()} - {scene.command for scene in SCENES}


USERS = Scene(
    "users",
    "userimport.csv",
    """
username;oldusername;firstname;lastname;idnumber;email;city;lang;password;suspended;course1;role1;group1;cohort;cohortid
new.one;;New;One;N1;new.one@example.org;Oslo;en;Canary-Pass-1!;;ONB;;Morning;;COH-NEW
new.two;;New;Two;N2;new.two@example.org;Oslo;en;Canary-Pass-2!;1;FIRE;teacher;Evening;Scene;COH-SCENE
no.mail;;No;Mail;N3;;Rome;en;Canary-Pass-3!;;;;;; => no.mail;;No;Mail;N3;nm@example.org;Rome;en;Canary-Pass-3!;;;;;;
not.known;;Not;Known;N4;nk@example.org;Rome;xx;;;;;;; => not.known;;Not;Known;N4;nk@example.org;Rome;en;;;;;;;
amelie.laurent;;Amélie;Laurent;E1001;amelie.laurent@example.org;Grenoble;en;;;FIRE;student;Evening;Scene;COH-SCENE
jurgen.new;jurgen.weiss;Jürgen;Weiß;E1002;jurgen.weiss@example.org;Köln;fr;;;;;;;
amelie.laurent;;Amélie;Laurent;E1001;amelie.laurent@example.org;Annecy;en;Canary-Pass-1!;;;;;;
new.one;;New;One;N1;new.one@example.org;Bergen;en;;;ONB;;Morning;;COH-NEW
zoe.vandijk;;Zoë;van Dijk;E1004;zoe.vandijk@example.org;Delft;en;;;;;;;
no.course;;No;Course;N8;nc@example.org;Rome;en;;;GONE;;;; => no.course;;No;Course;N8;nc@example.org;Rome;en;;;LEAD;;;;
""",
    {"SYNC__USERS__ALLOW_RENAME": "true", "SYNC__USERS__UPDATE_PASSWORDS": "true"},
)
MORE_USERS = Scene(
    "users",
    "more-1.csv",
    """
username;firstname;lastname;idnumber;email
new.three;New;Three;N5;new.three@example.org
new.four;New;Four;N6;new.four@example.org
new.five;New;Five;N7;new.five@example.org
""",
    {"SYNC__USERS__FILE": "userimport.csv, more-*.csv"},
)
USERS_DELETE = Scene(
    "users_delete",
    "userdelete.csv",
    """
username
lukasz.wojcik
nobody.here
new.four
ayse.yilmaz
admin => mei.tanaka
""",
)
USERS_SUSPEND = Scene(
    "users_suspend",
    "usersuspend.csv",
    """
username
nikos.papadopoulos
olena.kovalenko
new.three
guest => wei.zhang
""",
)
COURSES_CREATE = Scene(
    "courses_create",
    "uploadcourses.csv",
    """
shortname;fullname;idnumber;category;visible;template;topic1;teacher1_account
NEW-1;First;N-1;Skills/Tools/Hand tools;1;;Hammers;
NEW-2;Second;N-2;Skills/Tools;0;;;E1003
NEW-3;;N-3;Skills/Tools;1;;; => NEW-3;Third;N-3;Skills/Tools;1;;;
NEW-4;Fourth;N-4;Skills;1;NOT-THERE;; => NEW-4;Fourth;N-4;Skills;1;FIRE;;
AID;First aid, renewed;C-105;Compliance;1;;;E1004
NEW-5;Fifth;N-5;Compliance;1;ONB;;
NEW-1;First;N-1;Skills/Tools/Hand tools;0;;Hammers;
""",
    {"SYNC__COURSES_CREATE__UPDATE": "true"},
)
COURSES_DELETE = Scene(
    "courses_delete",
    "deletecourses.csv",
    """
AID
SITE => LEAD
XLS
NOT-THERE => GDPR
""",
    header=False,
)
COURSES_CHECK = Scene(
    "courses_check",
    "courses.csv",
    """
ONB
NOT-THERE
AID;two;three => AID
""",
    header=False,
)
COURSES_RESET = Scene(
    "courses_reset",
    "resetcourses.csv",
    """
shortname;events;logs;notes;grades;roles;local_roles;groups;groupings;modules
ONB;yes;;;;all;;all;all;
FIRE;;;;;studnet;;;; => FIRE;;;;;student;;members;;
NOT-THERE;;;;;all;;;; => LEAD;;;;;editingteacher;;;;
""",
    {f"SYNC__GUARDS__COURSES_RESET__{verb}__FLOOR": "1000" for verb in ("UNENROL", "REMOVE")},
)
COURSES_META = Scene(
    "courses_meta",
    "metacourses.csv",
    """
cmd;master;meta
add;ONB;AID
add;FIRE;AID
del;FIRE;AID
add;NOT-THERE;XLS => add;FIRE;XLS
add;XLS;XLS => add;LEAD;XLS
add;ONB;GDPR
""",
)
ENROLMENTS = Scene(
    "enrolments",
    "enrols.csv",
    """
cmd;uid;cid;rolename;gcmd;g1
add;E1009;ONB;student;gadd;Morning
add;E1010;FIRE;student;gaddcreate;South
add;E1011;ONB;student;gadd;Nowhere => add;E1011;ONB;student;gadd;Afternoon
shift;E1006;ONB;teacher;;
shift;E1007;ONB;student;greplace;Afternoon
del;E1001;FIRE;student;;
add;E9999;ONB;student;; => add;E1012;ONB;student;;
add;E1013;ONB;studnet;; => add;E1013;ONB;student;;
add;E1014;NOT-THERE;student;; => add;E1014;LEAD;student;;
""",
)
COHORTS = Scene(
    "cohorts",
    "cohorts.csv",
    """
cmd;cidnumber;cname;cdescription;userid;ccatcontextidnumber
add;Y1;First year;Intake 2026;;CAT-SKILLS
add;Y1;;;E1020;
add;COH-NEW;;;E1009;
del;COH-NEW;;;E1001;
add;COH-MGR;Directors;;E9999; => add;COH-MGR;Directors;;E1011;
free;COH-AUDIT;;;;
add;Y2;Second year;;E1021;CAT-NONE => add;Y2;Second year;;E1021;CAT-COMP
add;Y3;Third year;;E1022;
del;COH-AUDIT;;;;
""",
)
COHORT_LINKS = Scene(
    "cohort_links",
    "cohortscourses.csv",
    """
cmd;cohort;course;role;makegroup
add;COH-NEW;ONB;student;1 => add;COH-NEW;ONB;student;1
add;COH-MGR;NOT-THERE;student;0 => add;COH-MGR;AID;student;0
del;COH-MGR;FIRE;*; => del;COH-MGR;FIRE;*;
""",
)
GROUPS = Scene(
    "groups",
    "groups.csv",
    """
type;courseid;name;idnumber;description;grouping;selfgrouping
grouping;FIRE;Zones;FIRE-Z;All zones;;
group;FIRE;South;FIRE-S;Gate 2;FIRE-Z;0
group;FIRE;East;FIRE-E;;;1
group;NOT-THERE;West;FIRE-W;;; => group;FIRE;West;FIRE-W;;FIRE-Z;
group;ONB;;ONB-X;;; => group;ONB;Evening;ONB-X;;;
group;ONB;Night;ONB-N;Late;;
""",
)
GROUP_MEMBERS = Scene(
    "group_members",
    "groupmembers.csv",
    """
cmd,courseid,groupid,userid
add,ONB,ONB-PM,E1006
shift,ONB,ONB-PM,E1007
del,ONB,ONB-PM,E1008
add,FIRE,FIRE-N,E1002
add,FIRE,FIRE-X,E1006 => add,FIRE,FIRE-N,E1006
add,FIRE,FIRE-N,E1030 => add,ONB,ONB-AM,E1008
""",
)
PICTURES = Zip(
    "pictures",
    "userpictures_1.zip",
    """
amelie.laurent.png red
staff/jurgen.weiss.png green
zoe.vandijk.png broken => zoe.vandijk.png blue
staff/nobody.here.png white => staff/mei.tanaka.png white
amelie.laurent.jpg blue => wei.zhang.png blue
admin.png white => nikos.papadopoulos.png white
olena.kovalenko.png blue
""",
    header=False,
)


def _empty_categories(control: Control) -> None:
    above = control.add_row("categories", name="Empty", parent=0)
    for name in ("One", "Two"):
        control.add_row("categories", name=name, parent=above)


CATEGORIES_CLEAN = Scene("categories_clean", "", "", begin=_empty_categories)
SCENES: tuple[Scene, ...] = (
    USERS,
    USERS_DELETE,
    USERS_SUSPEND,
    COURSES_CREATE,
    COURSES_DELETE,
    COURSES_CHECK,
    COURSES_RESET,
    COURSES_META,
    ENROLMENTS,
    COHORTS,
    COHORT_LINKS,
    GROUPS,
    GROUP_MEMBERS,
    PICTURES,
    CATEGORIES_CLEAN,
)
"""One for each command that runs."""

FEW = (USERS, ENROLMENTS, PICTURES)
"""What `make test` takes of a sweep: a walk of many calls, one whose rows stand on others, one with uploads.

`make torture` has every command, and `.ci/run` takes some of it of each.
"""

WITH_FILE = tuple(scene for scene in SCENES if scene.file)

NIGHT = (USERS, MORE_USERS, USERS_DELETE, USERS_SUSPEND)
"""Scenes that play in one walk, of which later ones stand on what earlier ones make."""
