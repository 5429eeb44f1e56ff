CREATE TABLE account (
    user_id TEXT COLLATE "C" NOT NULL,
    username TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (user_id),
    CONSTRAINT uq_account_username UNIQUE (username)
);

CREATE TABLE addresses (
    id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    line_1 TEXT NOT NULL,
    line_2 TEXT NOT NULL,
    line_3 TEXT NOT NULL,
    town TEXT NOT NULL,
    postcode TEXT NOT NULL,
    uprn TEXT NOT NULL,
    confidential BOOLEAN NOT NULL,
    since DATE,
    until DATE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_addresses PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_addresses_person_id ON addresses (person_id);

CREATE TABLE answers (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    question TEXT NOT NULL,
    state TEXT NOT NULL,
    value TEXT NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_answers PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_answers_case_id ON answers (case_id);

CREATE TABLE attachments (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    description TEXT NOT NULL,
    original_seen BOOLEAN NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_attachments PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_attachments_case_id ON attachments (case_id);

CREATE TABLE case_shares (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    team_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    basis TEXT NOT NULL,
    why TEXT NOT NULL,
    shared_by TEXT COLLATE "C" NOT NULL,
    shared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until DATE,
    state TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_case_shares PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_case_shares_case_id ON case_shares (case_id);

CREATE INDEX ix_case_shares_team_id ON case_shares (team_id);

CREATE INDEX ix_case_shares_user_id ON case_shares (user_id);

CREATE TABLE cases (
    id TEXT COLLATE "C" NOT NULL,
    reference TEXT NOT NULL,
    service TEXT NOT NULL,
    service_version BIGINT NOT NULL,
    case_kind TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    stage TEXT NOT NULL,
    status TEXT NOT NULL,
    priority TEXT NOT NULL,
    origin TEXT NOT NULL,
    team_id TEXT COLLATE "C" NOT NULL,
    owner_id TEXT COLLATE "C" NOT NULL,
    place TEXT NOT NULL,
    uprn TEXT NOT NULL,
    longitude FLOAT(53),
    latitude FLOAT(53),
    source_reference TEXT NOT NULL,
    opened_by TEXT COLLATE "C" NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT NOT NULL,
    aware_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_cases PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE TABLE client (
    client_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    device_id TEXT COLLATE "C" NOT NULL,
    generation INTEGER NOT NULL,
    last_seq BIGINT DEFAULT 0 NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    unsent INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_client PRIMARY KEY (client_id)
);

CREATE TABLE clocks (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    rule TEXT NOT NULL,
    source TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    pauses TEXT[] NOT NULL,
    due_on DATE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    why TEXT NOT NULL,
    promised_on DATE,
    state TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_clocks PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_clocks_case_id ON clocks (case_id);

CREATE TABLE conflicts (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    record_kind TEXT NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    field TEXT NOT NULL,
    before TEXT NOT NULL,
    in_force TEXT NOT NULL,
    offered TEXT NOT NULL,
    offered_by TEXT COLLATE "C" NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    mutation_id TEXT COLLATE "C" NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT COLLATE "C" NOT NULL,
    choice TEXT NOT NULL,
    in_force_by TEXT COLLATE "C" NOT NULL,
    in_force_at TIMESTAMP WITH TIME ZONE,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_conflicts PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_conflicts_case_id ON conflicts (case_id);

CREATE INDEX ix_conflicts_person_id ON conflicts (person_id);

CREATE INDEX ix_conflicts_record_id ON conflicts (record_id);

CREATE TABLE consent_grants (
    id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    team_id TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    basis TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    until DATE,
    state TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_consent_grants PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_consent_grants_person_id ON consent_grants (person_id);

CREATE INDEX ix_consent_grants_team_id ON consent_grants (team_id);

CREATE TABLE contact_attempts (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    method TEXT NOT NULL,
    result TEXT NOT NULL,
    evidence TEXT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_contact_attempts PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_contact_attempts_case_id ON contact_attempts (case_id);

CREATE INDEX ix_contact_attempts_person_id ON contact_attempts (person_id);

CREATE TABLE contact_points (
    id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    channel TEXT NOT NULL,
    value TEXT NOT NULL,
    label TEXT NOT NULL,
    ended_on DATE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_contact_points PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_contact_points_person_id ON contact_points (person_id);

CREATE TABLE councils (
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    letter_lines TEXT[] NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    print_profile TEXT NOT NULL,
    safety_hours BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_councils PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE TABLE device (
    id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    enrolled_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_seen TIMESTAMP WITH TIME ZONE,
    unsent_reported INTEGER DEFAULT 0 NOT NULL,
    version TEXT DEFAULT '' NOT NULL,
    schema INTEGER DEFAULT 0 NOT NULL,
    trouble TEXT DEFAULT '' NOT NULL,
    wipe_asked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_device PRIMARY KEY (id)
);

CREATE INDEX ix_device_user_id ON device (user_id);

CREATE TABLE enrolment_code (
    code_hash TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_enrolment_code PRIMARY KEY (code_hash)
);

CREATE INDEX ix_enrolment_code_user_id ON enrolment_code (user_id);

CREATE TABLE field_history (
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    field TEXT NOT NULL,
    mutation_id TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    value JSONB NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_field_history PRIMARY KEY (kind, record_id, field, mutation_id)
);

CREATE INDEX ix_field_history_mutation_id ON field_history (mutation_id);

CREATE TABLE first_page (
    scope_id TEXT COLLATE "C" NOT NULL,
    edition TEXT COLLATE "C" NOT NULL,
    after_seq BIGINT NOT NULL,
    upto_seq BIGINT NOT NULL,
    rows INTEGER NOT NULL,
    body BYTEA NOT NULL,
    CONSTRAINT pk_first_page PRIMARY KEY (scope_id, edition, after_seq)
);

CREATE TABLE flags (
    id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    warning TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,
    agreed_by TEXT COLLATE "C" NOT NULL,
    person_told BOOLEAN NOT NULL,
    told_note TEXT NOT NULL,
    starts_on DATE NOT NULL,
    review_on DATE NOT NULL,
    ended_on DATE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_flags PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_flags_person_id ON flags (person_id);

CREATE TABLE held (
    mutation_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    generation INTEGER NOT NULL,
    client_seq BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    sent_by TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    body BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT COLLATE "C",
    settled_how TEXT,
    CONSTRAINT pk_held PRIMARY KEY (mutation_id)
);

CREATE INDEX ix_held_author ON held (author);

CREATE TABLE held_work (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    record_kind TEXT NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    mutation_id TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_on_to TEXT COLLATE "C" NOT NULL,
    settlement TEXT NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT COLLATE "C" NOT NULL,
    settled_why TEXT NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_held_work PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_held_work_case_id ON held_work (case_id);

CREATE INDEX ix_held_work_person_id ON held_work (person_id);

CREATE INDEX ix_held_work_record_id ON held_work (record_id);

CREATE TABLE household_memberships (
    id TEXT COLLATE "C" NOT NULL,
    household_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    relationship TEXT NOT NULL,
    since DATE,
    until DATE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_household_memberships PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_household_memberships_person_id ON household_memberships (person_id);

CREATE TABLE letter_events (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    letter_id TEXT COLLATE "C" NOT NULL,
    step TEXT NOT NULL,
    copy_number BIGINT NOT NULL,
    note TEXT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_letter_events PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_letter_events_case_id ON letter_events (case_id);

CREATE TABLE letters (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    template TEXT NOT NULL,
    template_version BIGINT NOT NULL,
    title TEXT NOT NULL,
    address_id TEXT COLLATE "C" NOT NULL,
    letter_format TEXT NOT NULL,
    pages BIGINT NOT NULL,
    attachment_id TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_letters PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_letters_case_id ON letters (case_id);

CREATE INDEX ix_letters_person_id ON letters (person_id);

CREATE TABLE member (
    scope_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL,
    hash BIGINT NOT NULL,
    CONSTRAINT pk_member PRIMARY KEY (scope_id, kind, record_id)
);

CREATE INDEX ix_member_record_id ON member (record_id);

CREATE UNIQUE INDEX ix_member_scope_id_seq ON member (scope_id, seq);

CREATE TABLE mutation (
    client_id TEXT COLLATE "C" NOT NULL,
    generation INTEGER NOT NULL,
    client_seq BIGINT NOT NULL,
    mutation_id TEXT COLLATE "C" NOT NULL,
    verdict TEXT NOT NULL,
    text TEXT DEFAULT '' NOT NULL,
    rev BIGINT NOT NULL,
    fields TEXT[] NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claimed_at TEXT NOT NULL,
    CONSTRAINT pk_mutation PRIMARY KEY (client_id, generation, client_seq),
    CONSTRAINT uq_mutation_mutation_id UNIQUE (mutation_id)
);

CREATE INDEX ix_mutation_record_id ON mutation (record_id);

CREATE TABLE notes (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    corrects_id TEXT COLLATE "C" NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_notes PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_notes_case_id ON notes (case_id);

CREATE TABLE participants (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL,
    authority TEXT NOT NULL,
    until DATE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_participants PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_participants_case_id ON participants (case_id);

CREATE INDEX ix_participants_person_id ON participants (person_id);

CREATE TABLE people (
    id TEXT COLLATE "C" NOT NULL,
    full_name TEXT NOT NULL,
    known_as TEXT NOT NULL,
    earlier_names TEXT[] NOT NULL,
    date_of_birth TEXT NOT NULL,
    pronouns TEXT NOT NULL,
    language_spoken TEXT NOT NULL,
    language_written TEXT NOT NULL,
    interpreter BOOLEAN NOT NULL,
    letter_format TEXT NOT NULL,
    print_points BIGINT,
    support_needs TEXT[] NOT NULL,
    deceased_on DATE,
    restricted_team_id TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_people PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE TABLE receipt (
    receipt_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    device_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    made_at TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    scopes TEXT[] NOT NULL,
    wiped BOOLEAN NOT NULL,
    records BIGINT DEFAULT 0 NOT NULL,
    files BIGINT DEFAULT 0 NOT NULL,
    unsent BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_receipt PRIMARY KEY (receipt_id)
);

CREATE INDEX ix_receipt_device_id ON receipt (device_id);

CREATE TABLE refresh_token (
    token_hash TEXT COLLATE "C" NOT NULL,
    device_id TEXT COLLATE "C" NOT NULL,
    family_id TEXT COLLATE "C" NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_refresh_token PRIMARY KEY (token_hash)
);

CREATE INDEX ix_refresh_token_device_id ON refresh_token (device_id);

CREATE INDEX ix_refresh_token_family_id ON refresh_token (family_id);

CREATE TABLE safe_contact_rules (
    id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    never_by TEXT[] NOT NULL,
    never_at TEXT[] NOT NULL,
    collect_only BOOLEAN NOT NULL,
    no_voicemail BOOLEAN NOT NULL,
    plain_envelope BOOLEAN NOT NULL,
    safe_hours TEXT NOT NULL,
    code_word TEXT NOT NULL,
    reason TEXT NOT NULL,
    starts_on DATE NOT NULL,
    review_on DATE NOT NULL,
    ended_on DATE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_safe_contact_rules PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_safe_contact_rules_person_id ON safe_contact_rules (person_id);

CREATE TABLE scope (
    id TEXT COLLATE "C" NOT NULL,
    seq BIGINT DEFAULT 0 NOT NULL,
    epoch INTEGER DEFAULT 1 NOT NULL,
    count BIGINT DEFAULT 0 NOT NULL,
    digest BIGINT DEFAULT 0 NOT NULL,
    min_seq BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_scope PRIMARY KEY (id)
);

CREATE TABLE scope_mark (
    scope_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_scope_mark PRIMARY KEY (scope_id, seq)
);

CREATE TABLE server_fact (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_server_fact PRIMARY KEY (name)
);

CREATE TABLE sign_in_try (
    mark TEXT COLLATE "C" NOT NULL,
    tries INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    wait_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sign_in_try PRIMARY KEY (mark)
);

CREATE TABLE stage_changes (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    from_stage TEXT NOT NULL,
    to_stage TEXT NOT NULL,
    reason TEXT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_stage_changes PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_stage_changes_case_id ON stage_changes (case_id);

CREATE TABLE tasks (
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    title TEXT NOT NULL,
    owner_id TEXT COLLATE "C" NOT NULL,
    do_by DATE,
    done_at TIMESTAMP WITH TIME ZONE,
    done_by TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_tasks PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_tasks_case_id ON tasks (case_id);

CREATE TABLE teams (
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    services TEXT[] NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_teams PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL,
    username TEXT NOT NULL,
    full_name TEXT NOT NULL,
    job_title TEXT NOT NULL,
    role TEXT NOT NULL,
    team_id TEXT COLLATE "C" NOT NULL,
    team_ids TEXT[] NOT NULL,
    active BOOLEAN NOT NULL,
    confidential BOOLEAN NOT NULL,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_users PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE TABLE visits (
    id TEXT COLLATE "C" NOT NULL,
    visit_id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    step TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    officer_id TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    findings TEXT NOT NULL,
    author_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    rev BIGINT NOT NULL,
    field_rev JSONB NOT NULL,
    extra JSONB NOT NULL,
    hash BIGINT NOT NULL,
    packed BYTEA,
    CONSTRAINT pk_visits PRIMARY KEY (id)
)
 WITH (toast_tuple_target = 8160);

CREATE INDEX ix_visits_case_id ON visits (case_id);
