"""Sharing, held work, and what sync must remember to be fast and sure.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MADE_HERE = (
    ("address", "addresses"),
    ("answer", "answers"),
    ("attachment", "attachments"),
    ("case", "cases"),
    ("clock", "clocks"),
    ("contact_attempt", "contact_attempts"),
    ("contact_point", "contact_points"),
    ("flag", "flags"),
    ("household_membership", "household_memberships"),
    ("letter", "letters"),
    ("letter_event", "letter_events"),
    ("note", "notes"),
    ("participant", "participants"),
    ("person", "people"),
    ("safe_contact_rule", "safe_contact_rules"),
    ("stage_change", "stage_changes"),
    ("task", "tasks"),
    ("visit", "visits"),
)
"""Kinds of the first revision that officers make, and their tables."""


def upgrade() -> None:
    op.create_table(
        "case_shares",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("shared_by", sa.Text(), nullable=False),
        sa.Column("shared_at", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_shares_case_id", "case_shares", ["case_id"], unique=False)
    op.create_table(
        "consent_grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_consent_grants_person_id", "consent_grants", ["person_id"], unique=False)
    op.create_table(
        "held_work",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("mutation_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("held_at", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_on_to", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("settled_why", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_held_work_case_id", "held_work", ["case_id"], unique=False)
    op.create_index("ix_held_work_person_id", "held_work", ["person_id"], unique=False)
    nobody = sa.text("''")
    op.add_column("conflicts", sa.Column("in_force_by", sa.Text(), nullable=False, server_default=nobody))
    op.add_column("conflicts", sa.Column("in_force_at", sa.Text(), nullable=True))
    op.add_column("conflicts", sa.Column("received_at", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("confidential", sa.Integer(), nullable=False, server_default=sa.text("0")))
    _bookkeeping()


def _bookkeeping() -> None:
    zero, nothing = sa.text("0"), sa.text("''")
    op.add_column("outbox", sa.Column("rev", sa.Integer(), nullable=False, server_default=zero))
    op.add_column("scope_state", sa.Column("loaded", sa.Integer(), nullable=False, server_default=zero))
    op.add_column("scope_state", sa.Column("held_count", sa.Integer(), nullable=False, server_default=sa.text("-1")))
    op.add_column("scope_state", sa.Column("held_digest", sa.Integer(), nullable=False, server_default=zero))
    op.add_column("scope_state", sa.Column("counted_at", sa.Text(), nullable=False, server_default=nothing))
    op.drop_index("ix_scope_member_record", "scope_member")
    op.execute("UPDATE scope_state SET loaded = 1 WHERE proved_at <> ''")
    op.create_table(
        "to_derive",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_table(
        "to_sweep",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("wiped", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id"),
    )
    op.create_table(
        "gone_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
        sqlite_with_rowid=False,
    )
    for kind, table in MADE_HERE:
        op.execute(f"INSERT INTO to_sweep (kind, record_id) SELECT '{kind}', id FROM {table} WHERE rev = 0")


def downgrade() -> None:
    raise NotImplementedError("A laptop goes back by its copy, never by steps.")
