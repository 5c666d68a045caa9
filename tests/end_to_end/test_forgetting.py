"""What one command takes away, another's rows make good, though their file has not changed by a byte."""

import pytest

from tests.end_to_end.pictures import image, zipped
from tests.end_to_end.scenes import SCENES
from tests.end_to_end.site import site as open_site

NAMES = {scene.command: scene.file for scene in SCENES}
REPLACE = {"SYNC__COURSES_CREATE__TEMPLATE_MODE": "replace", "SYNC__COURSES_CREATE__UPDATE": "true"}

COURSE = ("courses_create", "shortname;fullname;category", "NEW;New;Skills")
EVENING = ("courses_create", "shortname;fullname;category", "NEW;New;Skills/Evening")
CONTENT = ("courses_create", "shortname;fullname;template", "AID;First aid;FIRE")
NO_COURSE = ("courses_delete", "NEW")
ACCOUNT = ("users", "username;firstname;lastname;idnumber;email;suspended", "bob;Bob;Ray;N1;bob@example.org;0")
NO_ACCOUNT = ("users_delete", "username", "bob")
SUSPENDED = ("users_suspend", "username", "bob")
RESET = ("courses_reset", "shortname;events;logs;notes;grades;roles;local_roles;groups;groupings;modules")
COHORT = ("cohorts", "cmd;cidnumber;cname;userid", "add;Y1;First year;E1009")
CLEAN = ("categories_clean",)

# What stands on a course, an account, an enrolment or a cohort: the file, and the code of its one row when it is done.
ENROLMENT = ("enrolments", "cmd;uid;cid;rolename", "add;E1009;NEW;student")
HIS_ENROLMENT = ("enrolments", "cmd;uid;cid;rolename", "add;N1;ONB;student")
HIS_BLOCK = (
    "users", "username;firstname;lastname;idnumber;email;course1;role1", "bob;Bob;Ray;N1;bob@example.org;ONB;student",
)  # fmt: skip
GROUP = ("groups", "type;courseid;name;idnumber", "group;NEW;Lab;LAB")
MEMBER = ("group_members", "cmd;courseid;groupid;userid", "add;NEW;LAB;E1009")
HIS_MEMBER = ("group_members", "cmd;courseid;groupid;userid", "add;ONB;ONB-AM;N1")
HIS_COHORT = ("cohorts", "cmd;cidnumber;cname;userid", "add;COH-NEW;;N1")
HIS_PICTURE = ("pictures", zipped({"bob.png": image()}))
SOURCE = ("courses_meta", "cmd;master;meta", "add;NEW;ONB")
TARGET = ("courses_meta", "cmd;master;meta", "add;ONB;NEW")
ONB_MEMBER = ("group_members", "cmd;courseid;groupid;userid", "add;ONB;ONB-PM;E1006")
ONB_GROUP = ("groups", "type;courseid;name;idnumber", "group;ONB;Evening;ONB-EV")
AID_GROUP = ("groups", "type;courseid;name;idnumber", "group;AID;Evening;AID-EV")
ONB_ENROLMENT = ("enrolments", "cmd;uid;cid;rolename", "add;E1009;ONB;student")

STORIES = {
    "a course deleted and made anew: its enrolments": [
        (COURSE, "created"), (ENROLMENT, "enrolled"),
        (NO_COURSE, "deleted"), (COURSE, "created"), (ENROLMENT, "enrolled"),
    ],
    "a course deleted and made anew: its groups, and the members of these": [
        (COURSE, "created"), (ENROLMENT, "enrolled"), (GROUP, "group_created"), (MEMBER, "member_added"),
        (NO_COURSE, "deleted"), (COURSE, "created"),
        (ENROLMENT, "enrolled"), (GROUP, "group_created"), (MEMBER, "member_added"),
    ],
    "a course deleted and made anew: the link from it": [
        (COURSE, "created"), (SOURCE, "linked"), (NO_COURSE, "deleted"), (COURSE, "created"), (SOURCE, "linked"),
    ],
    "a course deleted and made anew: the link to it": [
        (COURSE, "created"), (TARGET, "linked"), (NO_COURSE, "deleted"), (COURSE, "created"), (TARGET, "linked"),
    ],
    "a course deleted, and its category with it": [
        (EVENING, "category_created"), (NO_COURSE, "deleted"), (CLEAN, "category_deleted"),
        (EVENING, "category_created"),
    ],
    "the content of a course replaced: its groups": [
        (AID_GROUP, "group_created"), (CONTENT, "content_replaced"), (AID_GROUP, "group_created"),
    ],
    "an account suspended, then mentioned by users": [
        (ACCOUNT, "created"), (ACCOUNT, "unchanged"), (SUSPENDED, "suspended"), (ACCOUNT, "unsuspended"),
    ],
    "an account suspended, mentioned by users, and suspended again": [
        (ACCOUNT, "created"), (SUSPENDED, "suspended"), (ACCOUNT, "unsuspended"), (SUSPENDED, "suspended"),
    ],
    "an account deleted and made anew: its enrolments, and its groups": [
        (ACCOUNT, "created"), (HIS_ENROLMENT, "enrolled"), (HIS_MEMBER, "member_added"),
        (NO_ACCOUNT, "deleted"), (ACCOUNT, "created"), (HIS_ENROLMENT, "enrolled"), (HIS_MEMBER, "member_added"),
    ],
    "an account deleted and made anew: its cohorts": [
        (ACCOUNT, "created"), (HIS_COHORT, "member_added"),
        (NO_ACCOUNT, "deleted"), (ACCOUNT, "created"), (HIS_COHORT, "member_added"),
    ],
    "an account deleted and made anew: its picture": [
        (ACCOUNT, "created"), (HIS_PICTURE, "updated"), (HIS_PICTURE, "unchanged"),
        (NO_ACCOUNT, "deleted"), (ACCOUNT, "created"), (HIS_PICTURE, "updated"),
    ],
    "an account suspended: its enrolments stay": [
        (ACCOUNT, "created"), (HIS_ENROLMENT, "enrolled"),
        (SUSPENDED, "suspended"), (ACCOUNT, "unsuspended"), (HIS_ENROLMENT, "unchanged"),
    ],
    "a cohort deleted and wanted again": [
        (COHORT, "cohort_created"), (("cohorts", "cmd;cidnumber;cname;userid", "del;Y1;;"), "cohort_deleted"),
        (COHORT, "cohort_created"),
    ],
    "a cohort emptied": [
        (COHORT, "cohort_created"), (("cohorts", "cmd;cidnumber;cname;userid", "free;Y1;;"), "cohort_emptied"),
        (COHORT, "member_added"),
    ],
    "an enrolment ended: the block of users that gave it": [
        (HIS_BLOCK, "created"), (HIS_BLOCK, "unchanged"),
        (("enrolments", "cmd;uid;cid;rolename", "del;N1;ONB;"), "unenrolled"), (HIS_BLOCK, "enrolled"),
    ],
    "an enrolment ended: the groups of that account there": [
        (ONB_MEMBER, "member_added"), (("enrolments", "cmd;uid;cid;rolename", "del;E1006;ONB;"), "unenrolled"),
        (("enrolments", "cmd;uid;cid;rolename", "add;E1006;ONB;student"), "enrolled"), (ONB_MEMBER, "member_added"),
    ],
    "a course emptied of people: their enrolments, and their groups": [
        (ONB_ENROLMENT, "enrolled"), (ONB_MEMBER, "member_added"), ((*RESET, "ONB;;;;;all;;;;"), "reset"),
        (ONB_ENROLMENT, "enrolled"), (ONB_MEMBER, "error_not_enrolled"),
    ],
    "a course emptied of groups": [
        (ONB_GROUP, "group_created"), ((*RESET, "ONB;;;;;;;all;;"), "reset"), (ONB_GROUP, "group_created"),
    ],
    "the groups of a course emptied": [
        (ONB_MEMBER, "member_added"), ((*RESET, "ONB;;;;;;;members;;"), "reset"), (ONB_MEMBER, "member_added"),
    ],
}  # fmt: skip


@pytest.fixture
def site(sandbox, tmp_path):
    with open_site(sandbox, tmp_path, environ=REPLACE) as opened:
        yield opened


@pytest.mark.parametrize("steps", STORIES.values(), ids=STORIES)
def test_what_is_gone_comes_again(site, steps):
    told = []
    for (command, *lines), code in steps:
        if lines:
            site.put(NAMES[command], lines[0] if isinstance(lines[0], bytes) else "\n".join((*lines, "")))
            site.capture()
        counts = site.tick(command)["run"]["counts"]
        told.append(code if code in counts else counts)
    assert told == [code for _, code in steps]


def test_the_same_file_is_read_again_when_a_row_of_it_found_nobody(users):
    assert users.codes("username", "zed", command="users_suspend") == ["skipped_not_found"]
    users.run("username,firstname,lastname,email,idnumber", "zed,Zed,Ray,zed@example.org,E7")
    assert users.codes("username", "zed", command="users_suspend") == ["suspended"]
