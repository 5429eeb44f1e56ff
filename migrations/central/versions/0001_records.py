"""The record tables of the council's database."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("line_1", sa.Text(), nullable=False),
        sa.Column("line_2", sa.Text(), nullable=False),
        sa.Column("line_3", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("uprn", sa.Text(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    op.create_index("ix_addresses_person_id", "addresses", ["person_id"], unique=False)
    op.create_table(
        "answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_case_id", "answers", ["case_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("original_seen", sa.Boolean(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_case_id", "attachments", ["case_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("service_version", sa.BigInteger(), nullable=False),
        sa.Column("case_kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("uprn", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Float(precision=53), nullable=True),
        sa.Column("latitude", sa.Float(precision=53), nullable=True),
        sa.Column("source_reference", sa.Text(), nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_table(
        "clocks",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pauses", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
    )
    op.create_index("ix_clocks_case_id", "clocks", ["case_id"], unique=False)
    op.create_table(
        "conflicts",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("in_force", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column("offered_by", ID, nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mutation_id", ID, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", ID, nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index("ix_conflicts_case_id", "conflicts", ["case_id"], unique=False)
    op.create_index("ix_conflicts_person_id", "conflicts", ["person_id"], unique=False)
    op.create_index("ix_conflicts_record_id", "conflicts", ["record_id"], unique=False)
    op.create_table(
        "contact_attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts")),
    )
    op.create_index("ix_contact_attempts_case_id", "contact_attempts", ["case_id"], unique=False)
    op.create_index("ix_contact_attempts_person_id", "contact_attempts", ["person_id"], unique=False)
    op.create_table(
        "contact_points",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
    )
    op.create_index("ix_contact_points_person_id", "contact_points", ["person_id"], unique=False)
    op.create_table(
        "councils",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("letter_lines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("print_profile", sa.Text(), nullable=False),
        sa.Column("safety_hours", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_councils")),
    )
    op.create_table(
        "flags",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("warning", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("agreed_by", ID, nullable=False),
        sa.Column("person_told", sa.Boolean(), nullable=False),
        sa.Column("told_note", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
    )
    op.create_index("ix_flags_person_id", "flags", ["person_id"], unique=False)
    op.create_table(
        "household_memberships",
        sa.Column("id", ID, nullable=False),
        sa.Column("household_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("relationship", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_memberships")),
    )
    op.create_index("ix_household_memberships_person_id", "household_memberships", ["person_id"], unique=False)
    op.create_table(
        "letter_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("letter_id", ID, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("copy_number", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_events")),
    )
    op.create_index("ix_letter_events_case_id", "letter_events", ["case_id"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("template_version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("letter_format", sa.Text(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_case_id", "letters", ["case_id"], unique=False)
    op.create_index("ix_letters_person_id", "letters", ["person_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("corrects_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_case_id", "notes", ["case_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participants")),
    )
    op.create_index("ix_participants_case_id", "participants", ["case_id"], unique=False)
    op.create_index("ix_participants_person_id", "participants", ["person_id"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", ID, nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("known_as", sa.Text(), nullable=False),
        sa.Column("earlier_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("date_of_birth", sa.Text(), nullable=False),
        sa.Column("pronouns", sa.Text(), nullable=False),
        sa.Column("language_spoken", sa.Text(), nullable=False),
        sa.Column("language_written", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("letter_format", sa.Text(), nullable=False),
        sa.Column("print_points", sa.BigInteger(), nullable=True),
        sa.Column("support_needs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("deceased_on", sa.Date(), nullable=True),
        sa.Column("restricted_team_id", ID, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "safe_contact_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("never_by", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("never_at", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("collect_only", sa.Boolean(), nullable=False),
        sa.Column("no_voicemail", sa.Boolean(), nullable=False),
        sa.Column("plain_envelope", sa.Boolean(), nullable=False),
        sa.Column("safe_hours", sa.Text(), nullable=False),
        sa.Column("code_word", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safe_contact_rules")),
    )
    op.create_index("ix_safe_contact_rules_person_id", "safe_contact_rules", ["person_id"], unique=False)
    op.create_table(
        "stage_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("from_stage", sa.Text(), nullable=False),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
    )
    op.create_index("ix_stage_changes_case_id", "stage_changes", ["case_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("do_by", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", ID, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_case_id", "tasks", ["case_id"], unique=False)
    op.create_table(
        "teams",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("team_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_table(
        "visits",
        sa.Column("id", ID, nullable=False),
        sa.Column("visit_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False, comment="counts the applied saves of this record"),
        sa.Column(
            "field_rev", postgresql.JSONB(), nullable=False, comment='{field: [rev, writer]}; "" stands for all others'
        ),
        sa.Column("extra", postgresql.JSONB(), nullable=False, comment="fields that a newer client sent"),
        sa.Column("hash", sa.BigInteger(), nullable=False, comment="fingerprint of kind, id, rev and values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_case_id", "visits", ["case_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("A council's database is brought back from a copy, not by going down.")
