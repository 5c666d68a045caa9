"""What goes back into the drop of a run or a refusal, and what of it lies there."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "answers",
        sa.Column("name", KEY, nullable=False),
        sa.Column("place", KEY, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("run_id", KEY),
        sa.Column("since", TIME, nullable=False),
        sa.Column("tried", TIME),
        sa.Column("written", TIME),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_answers_file_id"),
        sa.PrimaryKeyConstraint("name", name="pk_answers"),
    )
    op.create_index("ix_answers_file_id", "answers", ["file_id"])
