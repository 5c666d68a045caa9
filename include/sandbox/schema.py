"""Tables of the stand-in site: what a Moodle keeps, under Moodle's own names as far as the web services show them."""

from collections.abc import Mapping

# Field: default. Custom fields and preferences are JSON objects by shortname.
USER_FIELDS: Mapping[str, str | int] = {
    "username": "", "firstname": "", "lastname": "", "email": "", "idnumber": "", "auth": "manual",
    "institution": "", "department": "", "phone1": "", "phone2": "", "address": "", "city": "", "country": "",
    "lang": "en", "calendartype": "gregorian", "theme": "", "timezone": "99", "description": "",
    "firstnamephonetic": "", "lastnamephonetic": "", "middlename": "", "alternatename": "", "interests": "",
    "mailformat": 1, "maildisplay": 2, "suspended": 0, "confirmed": 1, "deleted": 0, "picture": 0,
    "firstaccess": 0, "lastaccess": 0, "timecreated": 0, "timemodified": 0,
    "password": "", "password_origin": "", "customfields": "{}", "preferences": "{}",
}  # fmt: skip
COURSE_FIELDS: Mapping[str, str | int] = {
    "fullname": "", "shortname": "", "idnumber": "", "categoryid": 0, "sortorder": 0, "summary": "",
    "summaryformat": 1, "format": "topics", "showgrades": 1, "newsitems": 5, "startdate": 0, "enddate": 0,
    "maxbytes": 0, "showreports": 0, "visible": 1, "visibleold": 1, "groupmode": 0, "groupmodeforce": 0,
    "defaultgroupingid": 0, "enablecompletion": 1, "completionnotify": 0, "lang": "", "theme": "",
    "timecreated": 0, "timemodified": 0, "formatoptions": "{}", "customfields": "{}",
    # Where the row lies in the table, which is the order of answers that nobody sorts.
    "place": 1_000_000_000,
}  # fmt: skip
CATEGORY_FIELDS: Mapping[str, str | int] = {
    "name": "", "description": "", "descriptionformat": 1, "parent": 0, "sortorder": 0, "visible": 1,
    "visibleold": 1, "theme": "", "timemodified": 0, "depth": 1, "path": "",
}  # fmt: skip
_OTHERS: Mapping[str, Mapping[str, str | int]] = {
    "contexts": {"level": 0, "instanceid": 0},
    "sections": {"courseid": 0, "section": 0, "name": "", "summary": "", "visible": 1},
    "modules": {"courseid": 0, "sectionid": 0, "modname": "", "name": "", "visible": 1},
    "course_fields": {"shortname": "", "name": "", "type": "text"},
    "enrol": {
        "courseid": 0, "enrol": "", "status": 0, "sortorder": 0, "name": "", "roleid": 0, "password": "",
        "customint1": 0, "customint2": 0,
    },
    "user_enrolments": {
        "enrolid": 0, "userid": 0, "status": 0, "timestart": 0, "timeend": 0, "timecreated": 0, "timemodified": 0,
    },
    "role_assignments": {"roleid": 0, "userid": 0, "contextid": 0, "component": "", "itemid": 0},
    "cohorts": {
        "contextid": 0, "name": "", "idnumber": "", "description": "", "descriptionformat": 1, "visible": 1,
        "theme": "", "timecreated": 0, "timemodified": 0,
    },
    "cohort_members": {"cohortid": 0, "userid": 0, "timeadded": 0},
    "groups": {
        "courseid": 0, "name": "", "idnumber": "", "description": "", "descriptionformat": 1, "visibility": 0,
        "participation": 1, "timecreated": 0, "timemodified": 0,
    },
    "groups_members": {"groupid": 0, "userid": 0, "component": "", "itemid": 0, "timeadded": 0},
    "groupings": {
        "courseid": 0, "name": "", "idnumber": "", "description": "", "descriptionformat": 1, "timecreated": 0,
        "timemodified": 0,
    },
    "groupings_groups": {"groupingid": 0, "groupid": 0},
    "files": {
        "contextid": 0, "component": "", "filearea": "", "itemid": 0, "filepath": "/", "filename": "", "sha256": "",
        "size": 0, "userid": 0, "timecreated": 0,
    },
}  # fmt: skip
_TABLES: Mapping[str, Mapping[str, str | int]] = {
    "users": USER_FIELDS,
    "courses": COURSE_FIELDS,
    "categories": CATEGORY_FIELDS,
    **_OTHERS,
}
# Columns whose absence (null) Moodle tells from an empty value, and bytes.
_NULLABLE = {"categories": "idnumber TEXT", "groups": "enrolmentkey TEXT", "files": "content BLOB"}
_UNIQUE = {
    "users": "username",
    "contexts": "level, instanceid",
    "user_enrolments": "enrolid, userid",
    "role_assignments": "contextid, userid, roleid, component, itemid",
    "cohort_members": "cohortid, userid",
    "groups_members": "groupid, userid",
    "groupings_groups": "groupingid, groupid",
    "files": "contextid, component, filearea, itemid, filepath, filename",
}
_INDEXES = {
    "users": ("idnumber", "email", "lower(email)"),
    "courses": ("shortname", "idnumber", "categoryid"),
    "categories": ("parent", "idnumber"),
    "sections": ("courseid",),
    "modules": ("courseid",),
    "enrol": ("courseid", "customint1"),
    "user_enrolments": ("userid",),
    "role_assignments": ("userid",),
    "cohorts": ("idnumber", "contextid"),
    "cohort_members": ("userid",),
    "groups": ("courseid",),
    "groups_members": ("userid",),
    "groupings": ("courseid",),
    "groupings_groups": ("groupid",),
}
_RECORDS = """
CREATE TABLE IF NOT EXISTS calls (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, function TEXT NOT NULL,
    token TEXT NOT NULL, writes INTEGER NOT NULL, outcome TEXT NOT NULL, fault TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,
    function TEXT NOT NULL, rows INTEGER NOT NULL, args TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL);
"""
SITE_TABLES = tuple(_TABLES)
ALL_TABLES = (*SITE_TABLES, "calls", "journal", "settings")


def schema() -> str:
    """The statements that make every table which is not there yet."""
    return "".join(_table(name, fields) + _indexes(name) for name, fields in _TABLES.items()) + _RECORDS


def _table(name: str, fields: Mapping[str, str | int]) -> str:
    columns = [
        f"{field} {'INTEGER' if isinstance(default, int) else 'TEXT'} NOT NULL DEFAULT '{default}'"
        for field, default in fields.items()
    ]
    columns += [_NULLABLE[name]] if name in _NULLABLE else []
    return f"CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY AUTOINCREMENT, {', '.join(columns)});\n"


def _indexes(name: str) -> str:
    unique = f"CREATE UNIQUE INDEX IF NOT EXISTS {name}_one ON {name} ({_UNIQUE[name]});\n" if name in _UNIQUE else ""
    return unique + "".join(
        f"CREATE INDEX IF NOT EXISTS {name}_{number} ON {name} ({columns});\n"
        for number, columns in enumerate(_INDEXES.get(name, ()))
    )
