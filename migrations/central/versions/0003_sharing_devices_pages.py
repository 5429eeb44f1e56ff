"""Sharing, held work, receipts of devices, and kept pages of first loads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")

_RECORD_TABLES = (
    "addresses",
    "answers",
    "attachments",
    "case_shares",
    "cases",
    "clocks",
    "conflicts",
    "consent_grants",
    "contact_attempts",
    "contact_points",
    "councils",
    "flags",
    "held_work",
    "household_memberships",
    "letter_events",
    "letters",
    "notes",
    "participants",
    "people",
    "safe_contact_rules",
    "stage_changes",
    "tasks",
    "teams",
    "users",
    "visits",
)
"""Every table of records there is after this step."""


_HIDE_ADDRESSES = (
    """
    CREATE TEMPORARY TABLE moving ON COMMIT DROP AS
    SELECT m.scope_id, m.kind, m.record_id, m.hash,
        'confidential' || CASE WHEN p.restricted_team_id = '' THEN '' ELSE ':' || p.restricted_team_id END AS into_id,
        row_number() OVER (PARTITION BY m.scope_id ORDER BY m.seq) AS place
    FROM member m
    JOIN (
        SELECT 'address' AS kind, id AS record_id, id AS address_id FROM addresses
        UNION ALL SELECT 'conflict', id, record_id FROM conflicts WHERE record_kind = 'address'
    ) r ON r.kind = m.kind AND r.record_id = m.record_id
    JOIN addresses a ON a.id = r.address_id AND a.confidential
    JOIN people p ON p.id = a.person_id
    WHERE m.state = 'put'
    """,
    """
    UPDATE member m SET state = 'left', hash = 0, seq = s.seq + v.place
    FROM moving v JOIN scope s ON s.id = v.scope_id
    WHERE m.scope_id = v.scope_id AND m.kind = v.kind AND m.record_id = v.record_id
    """,
    """
    UPDATE scope s SET seq = s.seq + g.moved, count = s.count - g.moved, digest = s.digest # g.mixed
    FROM (SELECT scope_id, count(*) AS moved, bit_xor(hash) AS mixed FROM moving GROUP BY scope_id) g
    WHERE s.id = g.scope_id
    """,
    """
    INSERT INTO scope (id, seq, count, digest)
    SELECT into_id, count(*), count(*), bit_xor(hash) FROM moving GROUP BY into_id
    """,
    """
    INSERT INTO member (scope_id, kind, record_id, seq, state, hash)
    SELECT into_id, kind, record_id,
        row_number() OVER (PARTITION BY into_id ORDER BY kind, record_id), 'put', hash
    FROM moving
    """,
)
"""Confidential addresses, and what disputes them, leave the scopes they were in and are in scopes of their own: laptops
that may not hold them are told so at their next pull."""


def upgrade() -> None:
    op.create_table(
        "case_shares",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("shared_by", ID, nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", ID, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_shares")),
    )
    op.create_index("ix_case_shares_case_id", "case_shares", ["case_id"], unique=False)
    op.create_index("ix_case_shares_team_id", "case_shares", ["team_id"], unique=False)
    op.create_index("ix_case_shares_user_id", "case_shares", ["user_id"], unique=False)
    op.create_table(
        "consent_grants",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", ID, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_grants")),
    )
    op.create_index("ix_consent_grants_person_id", "consent_grants", ["person_id"], unique=False)
    op.create_index("ix_consent_grants_team_id", "consent_grants", ["team_id"], unique=False)
    op.create_table(
        "first_page",
        sa.Column("scope_id", ID, nullable=False),
        sa.Column("edition", ID, nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.Column("upto_seq", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", "edition", "after_seq", name=op.f("pk_first_page")),
    )
    op.create_table(
        "held_work",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("mutation_id", ID, nullable=False),
        sa.Column("author", ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_on_to", ID, nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", ID, nullable=False),
        sa.Column("settled_why", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_work")),
    )
    op.create_index("ix_held_work_case_id", "held_work", ["case_id"], unique=False)
    op.create_index("ix_held_work_person_id", "held_work", ["person_id"], unique=False)
    op.create_index("ix_held_work_record_id", "held_work", ["record_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("receipt_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("wiped", sa.Boolean(), nullable=False),
        sa.Column("records", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("files", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unsent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_device_id", "receipt", ["device_id"], unique=False)
    op.create_table(
        "scope_mark",
        sa.Column("scope_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", "seq", name=op.f("pk_scope_mark")),
    )
    op.add_column("device", sa.Column("schema", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("device", sa.Column("trouble", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("device", sa.Column("wipe_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conflicts", sa.Column("in_force_by", ID, nullable=False, server_default=sa.text("''")))
    op.add_column("conflicts", sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conflicts", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("confidential", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    for table in _RECORD_TABLES:
        op.add_column(
            table,
            sa.Column(
                "packed",
                sa.LargeBinary(),
                nullable=True,
                comment="the values that travel, in msgpack; null: the columns count",
            ),
        )
        op.execute(f'ALTER TABLE "{table}" SET (toast_tuple_target = 8160)')
    for statement in _HIDE_ADDRESSES:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("A council's database is brought back from a copy, not by going down.")
