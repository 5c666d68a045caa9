"""Every value that a recorded Moodle refused, or mangled in silence, is found before the call."""

import json
import re
import zoneinfo
from pathlib import Path

import pytest
from babel import Locale

from sync_operators.moodle import rules

RECORDED = Path(__file__).parents[1] / "contract" / "recorded"
LONG = "x" * 256

# Recorded refusals that do not come of a value by itself: something is taken, missing, unknown to the site, or weak.
NOT_A_VALUE = re.compile(
    r"duplicate|same username twice|missing (lastname|username|email|capability)|no password|policy|without password"
    r"|unknown (auth|language|theme)|not a parameter|the word|empty batch|empty string|blank firstname|no digit"
)
SILENTLY_MANGLED = ("unknown country code", "country name instead of code", "lower-case country", "unknown timezone")


def _cases():
    for case in json.loads((RECORDED / "core_user_create_users.json").read_text(encoding="utf-8")):
        fields = {}
        for name, value in case["params"].items():
            if found := re.fullmatch(r"users\[0\]\[(\w+)\]", name):
                fields[found[1]] = value
        if case["function"] == "core_user_create_users" and fields:
            yield pytest.param(case, fields, id=case["name"])


@pytest.mark.parametrize(("case", "fields"), list(_cases()))
def test_a_recorded_row_has_a_fault_exactly_when_moodle_refused_its_values_or_mangled_them(case, fields):
    faults = {name: reason for name, value in fields.items() if (reason := rules.fault(name, value))}
    refused = isinstance(case["response"], dict) and not NOT_A_VALUE.search(case["name"])
    assert bool(faults) == (refused or case["name"] in SILENTLY_MANGLED), faults


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("username", "ann.lee-2_x@y", None),
        ("username", "", "empty"),
        ("username", "Ann", "username_characters"),
        ("username", "ann lee", "username_characters"),
        ("username", "été", "username_characters"),
        ("username", "a+b", "username_characters"),
        ("username", "ann\n", "username_characters"),
        ("username", "ａｎｎ", "username_characters"),
        ("username", "x" * 100, None),
        ("username", "x" * 101, "too_long"),
        ("firstname", "Bjørn 王 🎓 O'Neil", None),
        ("firstname", "", None),
        ("firstname", "é" * 100, None),
        ("firstname", "é" * 101, "too_long"),
        ("firstname", "<b>Bold</b>", "tags"),
        ("firstname", "a <b", "tags"),
        ("firstname", "I <3 you", "tags"),
        ("firstname", "end <", "tags"),
        ("firstname", "a < b", None),
        ("firstname", "a > b", None),
        ("firstname", "nul\0", "nul"),
        ("city", "Lyon < Paris", None),
        ("city", "<i>Lyon", "tags"),
        ("city", '<span lang="fr" class="multilang">Lyon</span><span class="multilang" lang="en">Lyons</span>', None),
        ("city", '<lang lang="fr">Lyon</lang>', None),
        ("city", '<span class="x">Lyon</span>', "tags"),
        ("city", '<span lang="fr" class="multilang">Lyon', "tags"),
        ("city", "x" * 121, "too_long"),
        ("idnumber", "<b>raw &amp; anything</b>", None),
        ("idnumber", LONG, "too_long"),
        ("department", LONG, "too_long"),
        ("institution", LONG, "too_long"),
        ("address", LONG, "too_long"),
        ("phone1", "+33 1 23 45 67 89", None),
        ("phone2", "1" * 21, "too_long"),
        ("description", LONG * 10, None),
        ("country", "FR", None),
        ("country", "", None),
        ("country", "fr", "not_a_country"),
        ("country", "France", "not_a_country"),
        ("country", "XX", "not_a_country"),
        ("country", "UK", "not_a_country"),
        ("country", "EU", "not_a_country"),
        ("timezone", "Europe/Paris", None),
        ("timezone", "99", None),
        ("timezone", "", None),
        ("timezone", "UTC", None),
        ("timezone", "-3.5", None),
        ("timezone", "+1", None),
        ("timezone", "15", "not_a_timezone"),
        ("timezone", "-14", "not_a_timezone"),
        ("timezone", "1.3", "not_a_timezone"),
        ("timezone", "Mars/Base", "not_a_timezone"),
        ("timezone", "europe/paris", "not_a_timezone"),
        ("lang", "en", None),
        ("lang", "pt_br", None),
        ("lang", "zh_cn", None),
        ("lang", "de_kids", None),
        ("lang", "", None),
        ("lang", "EN", "not_a_language"),
        ("lang", "en-GB", "not_a_language"),
        ("lang", "english", "not_a_language"),
        ("auth", "manual", None),
        ("auth", "oauth2", None),
        ("auth", "", None),
        ("auth", "webservice", "auth_not_allowed"),
        ("auth", "mnet", "auth_not_allowed"),
        ("auth", "LDAP", "not_an_auth"),
        ("auth", "no such", "not_an_auth"),
        ("theme", "boost", None),
        ("theme", "Boost!", "shortname_characters"),
        ("maildisplay", "2", None),
        ("maildisplay", "3", "not_in_range"),
        ("mailformat", "1", None),
        ("mailformat", "2", "not_in_range"),
        ("id", "1", None),
        ("id", "9223372036854775807", None),
        ("id", "9223372036854775808", "not_in_range"),
        ("id", "0", "not_a_number"),
        ("id", "007", "not_a_number"),
        ("id", "1.0", "not_a_number"),
        ("id", "٣", "not_a_number"),
    ],
)
def test_a_field_takes_what_moodle_takes(field, value, reason):
    assert rules.fault(field, value) == reason
    assert reason is None or reason in rules.REASONS


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.org",
        "Ann.Lee+tag@mail.example.co.uk",
        "o'neil@example.org",
        "a_b-c=d@sub-domain.example.org",
        "!#$%&'*+/=?^_`{|}~-@example.org",
        '"quoted name"@example.org',
        "x@xn--bcher-kva.example",
        "x@example.xn--p1ai",
        "1@2.org",
        "x" * 64 + "@example.org",
    ],
)
def test_an_address_is_taken(address):
    assert rules.email(address) is None


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        (" ann@example.org", "blanks_around"),
        ("ann@example.org ", "blanks_around"),
        *(
            (address, "email_shape")
            for address in (
                "not-an-address",
                "ann@localhost",
                "ann@example.org.",
                "ann@.example.org",
                "ann@example..org",
                ".ann@example.org",
                "ann.@example.org",
                "a..b@example.org",
                "ann@@example.org",
                "ann@-example.org",
                "ann@example-.org",
                "ann@example.1org",
                "ann@192.168.1.1",
                "ann lee@example.org",
                "ann@exam ple.org",
                "ann@bücher.example",
                "änn@example.org",
                "<ann@example.org>",
                "Ann <ann@example.org>",
                "ann@example.org,bob@example.org",
                "ann@example.org;",
                "mailto:ann@example.org",
                "ann@under_score.org",
                '"<b>"@example.org',
                "x" * 65 + "@example.org",
                "ann@" + "x" * 64 + ".org",
                "ann@example.org\nbcc:x@y.org",
            )
        ),
    ],
)
def test_an_address_is_refused(address, reason):
    assert rules.email(address) == reason


def test_an_address_is_checked_in_linear_time():
    assert rules.email("a." * 5000 + "@" + "a-" * 5000) == "email_shape"
    assert rules.email('"' + "a" * 10000 + "@") == "email_shape"


def test_the_countries_are_those_of_iso_3166():
    not_countries = set(re.findall("..", "ACCPCQDGEAEUEZICQOTAUNXAXBXKZZ"))
    known = {code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", code)}
    assert known - not_countries == rules.COUNTRIES
    assert len(rules.COUNTRIES) == 249


def test_every_zone_of_the_time_zone_data_that_a_person_can_live_in_is_taken():
    refused = {zone for zone in zoneinfo.available_timezones() if rules.timezone(zone)}
    assert refused <= {"localtime", "posixrules", "Factory"}


@pytest.mark.parametrize(
    ("method", "needs"),
    [("manual", True), ("email", True), ("nologin", True), ("none", True), ("ldap", False), ("oauth2", False)],
)
def test_accounts_of_internal_methods_need_a_password(method, needs):
    assert rules.needs_password(method) is needs


@pytest.mark.parametrize(
    ("name", "reason"), [("staff_no-1", None), ("staff no", "shortname_characters"), ("", "shortname_characters")]
)
def test_a_profile_field_has_a_plain_short_name(name, reason):
    assert rules.profile_shortname(name) == reason
