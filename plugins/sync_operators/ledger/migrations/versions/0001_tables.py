"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
UNFINISHED = sa.text("NOT simulate AND state NOT IN ('done', 'done_with_errors', 'refused', 'rejected', 'simulated')")
NEEDING = sa.text("needs IS NOT NULL")


def upgrade() -> None:
    """Make the tables, those first that others refer to."""
    _sites()
    _files()
    _runs()
    _dag_runs()
    _rows()
    _operations()
    _applied_rows()
    _applied_refs()
    _last_files()
    _members_added()
    _pictures()
    _leases()
    _events()
    _append_only()


def _sites() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.UniqueConstraint("url", name="uq_sites_url"),
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("place", KEY),
        sa.Column("moving_to", KEY),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("origin_name", sa.LargeBinary(), nullable=False),
        sa.Column("remote_size", sa.BigInteger()),
        sa.Column("remote_mtime", sa.BigInteger()),
        sa.Column("left_behind", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("arrived", TIME, nullable=False),
        sa.Column("arrival_no", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", TIME, nullable=False),
        sa.Column("dialect", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("place", name="uq_files_place"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_files_folder_name_arrival_no", "files", ["folder", "name", "arrival_no"])
    op.create_index("ix_files_state", "files", ["state"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("file_id", sa.Integer()),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("simulate", sa.Boolean(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("plan_digest", sa.Text()),
        sa.Column("planned_at", TIME),
        sa.Column("verdict", sa.Text()),
        sa.Column("holds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", TIME),
        sa.Column("reason", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("warning_counts", sa.JSON(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("correlation_id", sa.Text()),
        sa.Column("started_by", sa.Text()),
        sa.Column("started", TIME, nullable=False),
        sa.Column("ended", TIME),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_runs_file_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_runs_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_site_id_command_started", "runs", ["site_id", "command", "started"])
    op.create_index(
        "uq_runs_unfinished_file",
        "runs",
        ["file_id"],
        unique=True,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )


def _dag_runs() -> None:
    op.create_table(
        "dag_runs",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("dag_id", KEY, nullable=False),
        sa.Column("dag_run_id", KEY, nullable=False),
        sa.Column("try", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_dag_runs_run_id"),
        sa.PrimaryKeyConstraint("run_id", "dag_id", "dag_run_id", "try", name="pk_dag_runs"),
    )


def _rows() -> None:
    op.create_table(
        "rows",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger()),
        sa.Column("last_line", sa.BigInteger()),
        sa.Column("entry", sa.Text()),
        sa.Column("key", KEY),
        sa.Column("identifiers", sa.JSON()),
        sa.Column("fingerprint", sa.BigInteger()),
        sa.Column("open_operations", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("parts", sa.JSON()),
        sa.Column("warnings", sa.JSON()),
        sa.Column("args", sa.JSON()),
        sa.Column("refs", sa.JSON()),
        sa.Column("moodle_code", sa.Text()),
        sa.Column("recorded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_rows_run_id"),
        sa.CheckConstraint("open_operations >= 0", name="ck_rows_open"),
        sa.PrimaryKeyConstraint("run_id", "row", name="pk_rows"),
    )
    op.create_index("ix_rows_run_id_key", "rows", ["run_id", "key"])


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("needs", sa.BigInteger()),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("entity", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("moodle_id", sa.BigInteger()),
        sa.Column("made_id", sa.BigInteger()),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("before_unknown", sa.JSON()),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("args", sa.JSON()),
        sa.Column("warnings", sa.JSON()),
        sa.Column("moodle_code", sa.Text()),
        sa.Column("sent_at", TIME),
        sa.Column("done_at", TIME),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_operations_run_id"),
        sa.CheckConstraint("state IN ('planned', 'sent', 'done')", name="ck_operations_state"),
        sa.PrimaryKeyConstraint("run_id", "seq", name="pk_operations"),
    )
    op.create_index("ix_operations_entity_key", "operations", ["entity", "key"])
    op.create_index(
        "ix_operations_run_id_needs", "operations", ["run_id", "needs"], sqlite_where=NEEDING, postgresql_where=NEEDING
    )
    op.create_index("ix_operations_run_id_row", "operations", ["run_id", "row"])
    op.create_index("ix_operations_run_id_state", "operations", ["run_id", "state"])


def _applied_rows() -> None:
    op.create_table(
        "applied_rows",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("command", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_applied_rows_site_id"),
        sa.PrimaryKeyConstraint("site_id", "command", "key", name="pk_applied_rows"),
        sqlite_with_rowid=False,
    )


def _applied_refs() -> None:
    op.create_table(
        "applied_refs",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("command", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("moodle_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_applied_refs_site_id"),
        sa.PrimaryKeyConstraint("site_id", "command", "key", "kind", "moodle_id", name="pk_applied_refs"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_applied_refs_site_id_kind_moodle_id", "applied_refs", ["site_id", "kind", "moodle_id"])


def _last_files() -> None:
    op.create_table(
        "last_files",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("command", KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("settings_digest", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_last_files_site_id"),
        sa.PrimaryKeyConstraint("site_id", "command", name="pk_last_files"),
    )


def _members_added() -> None:
    op.create_table(
        "members_added",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_members_added_site_id"),
        sa.PrimaryKeyConstraint("site_id", "course_id", "group_id", "user_id", name="pk_members_added"),
    )


def _pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_pictures_site_id"),
        sa.PrimaryKeyConstraint("site_id", "user_id", name="pk_pictures"),
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", KEY, nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("host", sa.Text()),
        sa.Column("pid", sa.Integer()),
        sa.Column("pid_started", sa.Text()),
        sa.Column("heartbeat", TIME),
        sa.Column("expires", TIME),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer()),
        sa.Column("run_id", KEY),
        sa.Column("detail", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_file_id", "events", ["file_id"])
    op.create_index("ix_events_run_id", "events", ["run_id"])


def _append_only() -> None:
    """Let nobody rewrite the chain of custody; retention may still cut off its old end."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER events_append_only BEFORE UPDATE ON events "
            "BEGIN SELECT RAISE(ABORT, 'events are append only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_append_only BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION events_append_only()"
    )
