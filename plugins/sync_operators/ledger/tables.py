"""Every table of the ledger; `migrations/` holds the steps that lead there."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)

from sync_operators.ledger.column_types import Json, Key, Serial, Utc

VERSION_TABLE = "sync_ledger_version"
"""Named apart from Alembic's default, so that a database shared with Airflow keeps two histories."""

FINAL_STATES = ("done", "done_with_errors", "refused", "rejected", "simulated")
"""States in which a run is over; `failed` and `held` are not: the next tick or an answer goes on with them."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


sites = Table(
    "sites",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Key, nullable=False, unique=True),
)

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("place", Key, unique=True),
    Column("moving_to", Key),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("origin_name", LargeBinary, nullable=False),
    Column("remote_size", BigInteger),
    # Seconds since 1970, as SFTP tells it: it is compared, never computed with.
    Column("remote_mtime", BigInteger),
    Column("left_behind", Boolean, nullable=False, server_default=false()),
    Column("arrived", Utc, nullable=False),
    Column("arrival_no", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_since", Utc, nullable=False),
    Column("dialect", Json),
    # The file in which this one came; no foreign key, as SQLite adds none to a table that is there.
    Column("bundle_id", Integer),
    # What a person said of encoding and separator; it goes before what settings say and what is found.
    Column("read_as", Json),
    Index(None, "folder", "name", "arrival_no"),
    Index(None, "folder", "state", "name"),
    Index(None, "state"),
    sqlite_autoincrement=True,
)

folders = Table(
    "folders",
    metadata,
    # One that somebody made: it is there even without a file.
    Column("place", Key, primary_key=True),
    Column("made", Utc, nullable=False),
)

drop_names = Table(
    "drop_names",
    metadata,
    Column("name", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime", BigInteger, nullable=False),
    # Since when it is known to lie there just so.
    Column("since", Utc, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("gone", Utc),
    # What a transfer that broke off has left in the depot, how much of it counts, and the checksum of that much.
    Column("part_place", Key),
    Column("part_bytes", BigInteger),
    Column("part_sha256", Text),
)

answers = Table(
    "answers",
    metadata,
    # The path below the drop's directory.
    Column("name", Key, primary_key=True),
    # What is written there: a product, by its place in the depot.
    Column("place", Key, nullable=False),
    Column("file_id", ForeignKey(files.c.id), nullable=False),
    Column("run_id", Key),
    Column("since", Utc, nullable=False),
    # When the drop refused it last.
    Column("tried", Utc),
    Column("written", Utc),
    Index(None, "file_id"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("file_id", ForeignKey(files.c.id)),
    Column("site_id", ForeignKey(sites.c.id), nullable=False),
    Column("command", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("simulate", Boolean, nullable=False),
    Column("settings_digest", Text, nullable=False),
    Column("plan_digest", Text),
    Column("planned_at", Utc),
    Column("verdict", Text),
    Column("holds", Integer, nullable=False, server_default="0"),
    Column("decided_by", Text),
    Column("decided_at", Utc),
    Column("reason", Text),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("args", Json, nullable=False),
    Column("counts", Json, nullable=False),
    Column("warnings", Json, nullable=False),
    Column("warning_counts", Json, nullable=False),
    Column("calls", Json, nullable=False),
    Column("correlation_id", Text),
    Column("started_by", Text),
    Column("started", Utc, nullable=False),
    Column("ended", Utc),
    Column("products", Json, nullable=False),
    # The header of its file, in alphabetical order; null until it is planned.
    Column("header", Json),
    # How many rows and seconds the calls of each function took.
    Column("spent", Json),
    # How far the step has come that is at work; null between steps.
    Column("progress", Json),
    Index(None, "site_id", "command", "started"),
)

_unfinished = text(f"NOT simulate AND state NOT IN ({', '.join(map(repr, FINAL_STATES))})")
Index("uq_runs_unfinished_file", runs.c.file_id, unique=True, sqlite_where=_unfinished, postgresql_where=_unfinished)

dag_runs = Table(
    "dag_runs",
    metadata,
    Column("run_id", ForeignKey(runs.c.id), primary_key=True),
    Column("dag_id", Key, primary_key=True),
    Column("dag_run_id", Key, primary_key=True),
    Column("try", Integer, primary_key=True, autoincrement=False),
)

rows = Table(
    "rows",
    metadata,
    Column("run_id", ForeignKey(runs.c.id), primary_key=True),
    Column("row", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger),
    Column("last_line", BigInteger),
    Column("entry", Text),
    Column("key", Key),
    # What a report calls the row by, as the file writes it.
    Column("identifiers", Json),
    Column("fingerprint", BigInteger),
    Column("open_operations", Integer, CheckConstraint("open_operations >= 0", name="open"), nullable=False),
    Column("code", Text),
    Column("kind", Text),
    Column("parts", Json),
    Column("warnings", Json),
    Column("args", Json),
    Column("refs", Json),
    Column("moodle_code", Text),
    # Whether `applied_rows` was told: rows whose outcome plan found by itself wait for apply to say so.
    Column("recorded", Boolean, nullable=False, server_default=false()),
    Index(None, "run_id", "key"),
)

operations = Table(
    "operations",
    metadata,
    Column("run_id", ForeignKey(runs.c.id), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("row", BigInteger, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("needs", BigInteger),
    Column("verb", Text, nullable=False),
    Column("entity", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("moodle_id", BigInteger),
    # The id Moodle gave; apart from the planned one, so that the plan's digest outlives its own carrying out.
    Column("made_id", BigInteger),
    Column("before", Json),
    Column("after", Json),
    Column("before_unknown", Json),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('planned', 'sent', 'done')", name="state"),
        nullable=False,
        server_default="planned",
    ),
    Column("code", Text),
    Column("kind", Text),
    Column("args", Json),
    Column("warnings", Json),
    Column("moodle_code", Text),
    Column("sent_at", Utc),
    Column("done_at", Utc),
    Index(None, "run_id", "row"),
    Index(None, "run_id", "state"),
    Index(None, "entity", "key"),
)

_needing = text("needs IS NOT NULL")
Index(
    "ix_operations_run_id_needs",
    operations.c.run_id,
    operations.c.needs,
    sqlite_where=_needing,
    postgresql_where=_needing,
)

# Kept in the order of its key (no row id): a file in key order is then compared by reading straight on.
applied_rows = Table(
    "applied_rows",
    metadata,
    Column("site_id", ForeignKey(sites.c.id), primary_key=True),
    Column("command", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("fingerprint", BigInteger, nullable=False),
    Column("run_id", Text, nullable=False),
    sqlite_with_rowid=False,
)

applied_refs = Table(
    "applied_refs",
    metadata,
    Column("site_id", ForeignKey(sites.c.id), primary_key=True),
    Column("command", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("moodle_id", BigInteger, primary_key=True, autoincrement=False),
    Index(None, "site_id", "kind", "moodle_id"),
    sqlite_with_rowid=False,
)

last_files = Table(
    "last_files",
    metadata,
    Column("site_id", ForeignKey(sites.c.id), primary_key=True),
    Column("command", Key, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("settings_digest", Text, nullable=False),
    Column("run_id", Text, nullable=False),
)

members_added = Table(
    "members_added",
    metadata,
    Column("site_id", ForeignKey(sites.c.id), primary_key=True),
    Column("course_id", BigInteger, primary_key=True, autoincrement=False),
    Column("group_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
)

placed = Table(
    "placed",
    metadata,
    Column("site_id", ForeignKey(sites.c.id), primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("moodle_id", BigInteger, primary_key=True, autoincrement=False),
    # The institution of a user, the category of a course, the course of a group; empty: none, or not to be known.
    Column("within", Key, nullable=False),
    # What people call it, where `moodle_id` says nothing to them.
    Column("name", Text, nullable=False),
    Index(None, "site_id", "kind", "within"),
    sqlite_with_rowid=False,
)

pictures = Table(
    "pictures",
    metadata,
    Column("site_id", ForeignKey(sites.c.id), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Key, primary_key=True),
    # Null when nobody holds it; the row stays, because its fence must go on growing.
    Column("holder", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("pid_started", Text),
    Column("heartbeat", Utc),
    Column("expires", Utc),
    Column("fence", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    # No foreign keys: what happened stays true when the file or the run is forgotten.
    Column("file_id", Integer),
    Column("run_id", Key),
    Column("detail", Json),
    Index(None, "run_id"),
    Index(None, "file_id"),
    sqlite_autoincrement=True,
)
