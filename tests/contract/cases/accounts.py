# ruff: noqa: C901, E501
# Taken over as it was used on a real Moodle 4.5.6: the cases stay comparable only while the recorder is the same.
"""Accounts."""

from __future__ import annotations

from tests.contract.record_contract import ABSENT_ID, Recorder, ids_of, user


def users(rec: Recorder, nocaps: str | None) -> None:
    fn = "core_user_create_users"

    def create(name, *rows, note="", **kw):
        return rec.call(fn, name, note, users=list(rows), **kw)

    def check(name, note, *names):
        return rec.call(
            "core_user_get_users_by_field",
            name,
            note,
            file=fn,
            field="username",
            values=[f"ctr_{n}" for n in names],
        )

    create("one user, minimal fields", user("ada"))
    create(
        "one user, generated password",
        {k: v for k, v in user("bob", createpassword=1).items() if k != "password"},
        note="a password is generated and mailed inside this request (after the commit); the user must change it at first login",
    )
    create(
        "all fields, unicode",
        user(
            "cléo".replace("é", "e"),
            firstname="Cléo",
            lastname="Ñuñez-Łukasz 王",
            auth="manual",
            idnumber="CTR-1",
            institution="Université",
            department="Ποίηση",
            phone1="+33 1 23",
            phone2="0600",
            address="1, rue d'Été",
            city="Évry",
            country="FR",
            lang="en",
            timezone="Europe/Paris",
            mailformat=1,
            maildisplay=0,
            description="<p>Bio &amp; more</p>",
            middlename="M.",
            alternatename="Cl",
            firstnamephonetic="kle",
            lastnamephonetic="nu",
            interests="chess, go",
            customfields=[
                {"type": "staffno", "value": "S-100"},
                {"type": "campus", "value": "North"},
                {"type": "active", "value": "1"},
            ],
            preferences=[{"type": "htmleditor", "value": "textarea"}],
        ),
    )
    create("batch of three", user("zoe"), user("dan"), user("eve"), note="ids come back in the order sent")
    create(
        "duplicate username in the middle of a batch",
        user("new1"),
        user("ada", email="ctr_other@example.org"),
        user("new2"),
        note="the whole batch is rolled back",
    )
    check("after the failed batch", "neither new1 nor new2 exists", "new1", "new2")
    create("duplicate username", user("ada", email="ctr_x1@example.org"))
    create("same username twice in one batch", user("tw"), user("tw", email="ctr_tw2@example.org"))
    create("duplicate email", user("mail1", email="ctr_ada@example.org"))
    create("duplicate email, other letter case", user("mail2", email="CTR_ADA@example.org"))
    create("invalid email", user("mail3", email="not-an-address"))
    create("email with surrounding blanks", user("mail4", email="  ctr_mail4@example.org "))
    create("empty email", user("mail5", email=""))
    create("missing lastname", {k: v for k, v in user("mis").items() if k != "lastname"})
    create("missing username", {k: v for k, v in user("mis").items() if k != "username"})
    create("missing email", {k: v for k, v in user("mis").items() if k != "email"})
    create("blank firstname", user("mis", firstname="  "))
    create("no password and no createpassword", {k: v for k, v in user("mis").items() if k != "password"})
    create("password against the site policy", user("weak", password="abc"))
    create("password of policy length but no digit", user("weak", password="Abcdefgh-"))
    create("unknown auth plugin", user("auth1", auth="nosuch"))
    create("auth webservice", user("auth1", auth="webservice"), note="not accepted for new users")
    create("auth nologin without password", {k: v for k, v in user("auth2", auth="nologin").items() if k != "password"})
    create(
        "auth oauth2 without password",
        {k: v for k, v in user("auth3", auth="oauth2").items() if k != "password"},
        note="external auth needs no password; plugin need not be enabled",
    )
    create("uppercase username", user("Upper", username="CTR_Upper"), note="rejected, not lower-cased")
    create("username with a blank", user("sp", username="ctr_a b"))
    create("username with an accent", user("ac", username="ctr_été"))
    create("username with @ . - _ +", user("sy", username="ctr_a.b-c_d@x"))
    create("username with plus", user("pl", username="ctr_a+b"))
    create("username of 100 characters", user("l", username="ctr_" + "a" * 96))
    create("username of 101 characters", user("l2", username="ctr_" + "a" * 97))
    create("firstname of 101 characters", user("fl", firstname="F" * 101))
    create("idnumber of 256 characters", user("il", idnumber="9" * 256))
    create("city of 121 characters", user("cl", city="c" * 121))
    create("phone of 21 characters", user("ph", phone1="1" * 21))
    create("idnumber already used", user("idn", idnumber="CTR-1"), note="idnumber is not unique for users")
    create("HTML in firstname", user("ht", firstname="<b>Bold</b>"))
    create("unknown country code", user("co", country="XX"))
    create("country name instead of code", user("co2", country="France"))
    create("lower-case country", user("co3", country="fr"))
    create("unknown language", user("la", lang="xx"))
    create("unknown timezone", user("tz", timezone="Mars/Base"))
    create("unknown theme", user("th", theme="nosuch"))
    create(
        "unknown custom field", user("cf1", customfields=[{"type": "nosuch", "value": "1"}]), note="silently ignored"
    )
    create("value outside a menu custom field", user("cf2", customfields=[{"type": "campus", "value": "West"}]))
    create("unique custom field value already used", user("cf3", customfields=[{"type": "staffno", "value": "S-100"}]))
    rec.call(
        "core_user_get_users_by_field",
        "custom fields after these",
        "what was stored",
        file=fn,
        field="username",
        values=["ctr_cf1", "ctr_cf2", "ctr_cf3", "ctr_cleo"],
    )
    create("suspended is not a parameter", user("sus", suspended=1), note="unknown key: whole batch refused")
    create(
        "createpassword as the word true",
        {k: v for k, v in user("cpw", createpassword="true").items() if k != "password"},
    )
    create(
        "createpassword as the word yes",
        {k: v for k, v in user("cpw2", createpassword="yes").items() if k != "password"},
    )
    rec.call(fn, "empty batch (no users parameter)", "")
    rec.call(fn, "users sent as an empty string", "", users="")
    if nocaps:
        create("missing capability", user("nc"), token=nocaps)

    who = ids_of(rec, "ada", "bob", "cleo", "zoe", "dan", "eve")
    fn = "core_user_update_users"

    def update(name, *rows, note="", **kw):
        return rec.call(fn, name, note, users=list(rows), **kw)

    def look(name, note, *ids):
        return rec.call("core_user_get_users_by_field", name, note, file=fn, field="id", values=list(ids))

    update(
        "change some fields", {"id": who["ada"], "firstname": "Adà", "city": "Paris", "country": "FR", "idnumber": "A1"}
    )
    update("nothing changes", {"id": who["ada"], "firstname": "Adà"})
    look("after the change", "", who["ada"])
    update("only the id", {"id": who["ada"]})
    update("suspend", {"id": who["bob"], "suspended": 1})
    look("a suspended user read back", "suspended is reported", who["bob"])
    update("unsuspend", {"id": who["bob"], "suspended": 0})
    update(
        "custom fields",
        {"id": who["ada"], "customfields": [{"type": "staffno", "value": "S-7"}, {"type": "campus", "value": "South"}]},
    )
    update("custom field outside the menu", {"id": who["ada"], "customfields": [{"type": "campus", "value": "West"}]})
    update(
        "unique custom field already used", {"id": who["ada"], "customfields": [{"type": "staffno", "value": "S-100"}]}
    )
    update("empty strings clear optional fields", {"id": who["ada"], "city": "", "idnumber": "", "country": ""})
    look("after clearing", "", who["ada"])
    update("empty firstname", {"id": who["ada"], "firstname": ""})
    update("empty lastname", {"id": who["ada"], "lastname": ""})
    update("empty email", {"id": who["ada"], "email": ""})
    look("after empty names", "", who["ada"])
    update("names back", {"id": who["ada"], "firstname": "Ada", "lastname": "Contract", "email": "ctr_ada@example.org"})
    update("unknown id", {"id": ABSENT_ID, "firstname": "X"})
    update(
        "good, unknown, good",
        {"id": who["dan"], "city": "One"},
        {"id": ABSENT_ID, "city": "Two"},
        {"id": who["eve"], "city": "Three"},
        note="bad rows become warnings; the other rows are saved",
    )
    look("after the mixed batch", "dan and eve changed", who["dan"], who["eve"])
    update("email of another user", {"id": who["dan"], "email": "ctr_eve@example.org"})
    update("invalid email", {"id": who["dan"], "email": "nope"})
    update("username of another user", {"id": who["dan"], "username": "ctr_eve"})
    update("uppercase username", {"id": who["dan"], "username": "CTR_DAN"})
    update("rename", {"id": who["dan"], "username": "ctr_danny"})
    update("rename back", {"id": who["dan"], "username": "ctr_dan"})
    update("weak password", {"id": who["dan"], "password": "abc"})
    update(
        "good, weak password, good",
        {"id": who["bob"], "city": "Before"},
        {"id": who["dan"], "password": "abc", "city": "Weak"},
        {"id": who["eve"], "city": "After"},
        note="the answer is an exception although the good rows are saved",
    )
    look("after that", "bob and eve changed, dan not", who["bob"], who["dan"], who["eve"])
    update("new password", {"id": who["dan"], "password": "Zyxwvu-987"})
    update("firstname of 101 characters", {"id": who["dan"], "firstname": "F" * 101})
    update("unknown auth plugin", {"id": who["dan"], "auth": "nosuch"})
    update("auth back", {"id": who["dan"], "auth": "manual"})
    update("unknown language", {"id": who["dan"], "lang": "xx"})
    update("unknown country", {"id": who["dan"], "country": "XX"})
    look("after these", "", who["dan"])
    update("site administrator by a non-admin", {"id": 2, "city": "X"})
    update("guest account", {"id": 1, "city": "X"})
    update("id of wrong type", {"id": "abc", "city": "X"})
    update("id missing", {"city": "X"})
    update("same user twice in a batch", {"id": who["dan"], "city": "First"}, {"id": who["dan"], "city": "Second"})
    update("unknown key", {"id": who["dan"], "nonsense": "X"})
    update(
        "unknown key in second row",
        {"id": who["dan"], "city": "Not saved"},
        {"id": who["eve"], "nonsense": "X"},
        note="shape errors are found before anything is written",
    )
    rec.call(fn, "empty batch", "")
    if nocaps:
        update("missing capability", {"id": who["dan"], "city": "X"}, token=nocaps)

    fn = "core_user_get_users_by_field"

    def by(name, field, *values, note="", **kw):
        return rec.call(fn, name, note, field=field, values=list(values), **kw)

    by("by username, several", "username", "ctr_zoe", "ctr_ada", "ctr_eve", note="ordered by id, not as asked")
    by("unknown among them", "username", "ctr_ada", "ctr_nobody", note="unknown values are simply missing")
    by("none found", "username", "ctr_nobody")
    by("uppercase username", "username", "CTR_ADA", note="one unclean value fails the whole call")
    by("unclean among good", "username", "ctr_ada", "ctr_a b")
    by("by id", "id", who["ada"], who["zoe"])
    by("by id, not a number", "id", "abc")
    by("by idnumber shared by two users", "idnumber", "CTR-1")
    by("by empty idnumber", "idnumber", "")
    by("by email", "email", "ctr_ada@example.org")
    by("by email, other case", "email", "CTR_ADA@EXAMPLE.ORG", note="exact comparison (depends on the database)")
    by("by invalid email", "email", "not an address")
    by("repeated value", "username", "ctr_ada", "ctr_ada")
    by("unsupported field", "city", "Paris")
    by("admin and guest", "username", "admin", "guest")
    rec.call(fn, "no values", "", field="username")
    if nocaps:
        by("missing capability", "username", "ctr_ada", token=nocaps)

    fn = "core_user_get_users"
    for name, criteria, note in [
        ("email with wildcard", [{"key": "email", "value": "ctr_e%"}], "% is a wildcard for text keys"),
        ("username", [{"key": "username", "value": "ctr_ada"}], ""),
        ("id", [{"key": "id", "value": who["ada"]}], ""),
        (
            "two criteria",
            [{"key": "lastname", "value": "Contract"}, {"key": "firstname", "value": "Zoe"}],
            "joined with AND",
        ),
        ("idnumber", [{"key": "idnumber", "value": "CTR-1"}], ""),
        ("auth", [{"key": "auth", "value": "nologin"}], ""),
        ("unknown key", [{"key": "nonsense", "value": "x"}], ""),
        ("suspended is no key", [{"key": "suspended", "value": "1"}, {"key": "username", "value": "ctr_ada"}], ""),
        ("key twice", [{"key": "id", "value": 1}, {"key": "id", "value": 2}], ""),
        ("none found", [{"key": "username", "value": "ctr_nobody"}], ""),
    ]:
        rec.call(fn, name, note, criteria=criteria)
    rec.call(fn, "no criteria", "")

    fn = "core_user_delete_users"
    rec.call(fn, "one user", "answer is null", userids=[who["eve"]])
    rec.call(fn, "already deleted", "", userids=[who["eve"]])
    rec.call(
        "core_user_get_users_by_field",
        "deleted user read back by id",
        "still returned, with username and email mangled; nothing says it is deleted",
        file=fn,
        field="id",
        values=[who["eve"]],
    )
    rec.call(
        "core_user_create_users",
        "username and email of a deleted user are free again",
        "",
        file=fn,
        users=[user("eve")],
    )
    rec.call("core_user_update_users", "update a deleted user", "", file=fn, users=[{"id": who["eve"], "city": "X"}])
    rec.call(fn, "unknown id", "", userids=[ABSENT_ID])
    rec.call(fn, "good then unknown", "whole batch rolled back?", userids=[who["dan"], ABSENT_ID])
    rec.call(
        "core_user_get_users_by_field",
        "after the failed batch",
        "is dan still there?",
        file=fn,
        field="id",
        values=[who["dan"]],
    )
    rec.call(fn, "site administrator", "", userids=[2])
    rec.call(fn, "guest account", "no error, but the account stays", userids=[1])
    rec.call("core_user_get_users_by_field", "guest after that", "", file=fn, field="id", values=[1])
    me = rec.call("core_webservice_get_site_info")["userid"]
    rec.call(fn, "own account", "", userids=[me])
    rec.call(fn, "same id twice", "", userids=[who["dan"], who["dan"]])
    rec.call(fn, "empty batch", "")
    if nocaps:
        rec.call(fn, "missing capability", "", token=nocaps, userids=[who["zoe"]])
