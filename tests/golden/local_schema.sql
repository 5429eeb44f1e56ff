TABLE addresses
  id TEXT NOT NULL KEY 1
  person_id TEXT NOT NULL
  purpose TEXT NOT NULL
  line_1 TEXT NOT NULL
  line_2 TEXT NOT NULL
  line_3 TEXT NOT NULL
  town TEXT NOT NULL
  postcode TEXT NOT NULL
  uprn TEXT NOT NULL
  confidential INTEGER NOT NULL
  since TEXT
  until TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_addresses_person_id (person_id)
  INDEX ix_addresses_postcode (postcode)
TABLE answers
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  question TEXT NOT NULL
  state TEXT NOT NULL
  value TEXT NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_answers_case_id (case_id)
TABLE attachment_key
  sha256 TEXT NOT NULL KEY 1
  key BLOB NOT NULL
  size INTEGER NOT NULL
  state TEXT NOT NULL
  thumbnail BLOB
TABLE attachments
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  name TEXT NOT NULL
  media_type TEXT NOT NULL
  size INTEGER NOT NULL
  sha256 TEXT NOT NULL
  description TEXT NOT NULL
  original_seen INTEGER NOT NULL
  author_id TEXT NOT NULL
  happened_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_attachments_case_id (case_id)
  INDEX ix_attachments_sha256 (sha256)
TABLE case_shares
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  team_id TEXT NOT NULL
  user_id TEXT NOT NULL
  basis TEXT NOT NULL
  why TEXT NOT NULL
  shared_by TEXT NOT NULL
  shared_at TEXT NOT NULL
  until TEXT
  state TEXT NOT NULL
  ended_at TEXT
  ended_by TEXT NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_case_shares_case_id (case_id)
TABLE cases
  id TEXT NOT NULL KEY 1
  reference TEXT NOT NULL
  service TEXT NOT NULL
  service_version INTEGER NOT NULL
  case_kind TEXT NOT NULL
  title TEXT NOT NULL
  summary TEXT NOT NULL
  stage TEXT NOT NULL
  status TEXT NOT NULL
  priority TEXT NOT NULL
  origin TEXT NOT NULL
  team_id TEXT NOT NULL
  owner_id TEXT NOT NULL
  place TEXT NOT NULL
  uprn TEXT NOT NULL
  longitude FLOAT
  latitude FLOAT
  source_reference TEXT NOT NULL
  opened_by TEXT NOT NULL
  closed_at TEXT
  outcome TEXT NOT NULL
  aware_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_cases_place (place)
  INDEX ix_cases_reference (reference)
  INDEX ix_cases_source_reference (source_reference)
TABLE clocks
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  code TEXT NOT NULL
  title TEXT NOT NULL
  rule TEXT NOT NULL
  source TEXT NOT NULL
  starts_at TEXT NOT NULL
  pauses TEXT NOT NULL
  due_on TEXT NOT NULL
  due_at TEXT NOT NULL
  why TEXT NOT NULL
  promised_on TEXT
  state TEXT NOT NULL
  ended_at TEXT
  outcome TEXT NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_clocks_case_id (case_id)
TABLE conflicts
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  person_id TEXT NOT NULL
  record_kind TEXT NOT NULL
  record_id TEXT NOT NULL
  field TEXT NOT NULL
  before TEXT NOT NULL
  in_force TEXT NOT NULL
  offered TEXT NOT NULL
  offered_by TEXT NOT NULL
  offered_at TEXT NOT NULL
  mutation_id TEXT NOT NULL
  settled_at TEXT
  settled_by TEXT NOT NULL
  choice TEXT NOT NULL
  in_force_by TEXT NOT NULL
  in_force_at TEXT
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_conflicts_case_id (case_id)
  INDEX ix_conflicts_person_id (person_id)
  INDEX ix_conflicts_record_id (record_id)
TABLE consent_grants
  id TEXT NOT NULL KEY 1
  person_id TEXT NOT NULL
  team_id TEXT NOT NULL
  purpose TEXT NOT NULL
  basis TEXT NOT NULL
  given_at TEXT NOT NULL
  recorded_by TEXT NOT NULL
  until TEXT
  state TEXT NOT NULL
  ended_at TEXT
  ended_by TEXT NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_consent_grants_person_id (person_id)
TABLE contact_attempts
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  person_id TEXT NOT NULL
  method TEXT NOT NULL
  result TEXT NOT NULL
  evidence TEXT NOT NULL
  author_id TEXT NOT NULL
  happened_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_contact_attempts_case_id (case_id)
  INDEX ix_contact_attempts_person_id (person_id)
TABLE contact_points
  id TEXT NOT NULL KEY 1
  person_id TEXT NOT NULL
  channel TEXT NOT NULL
  value TEXT NOT NULL
  label TEXT NOT NULL
  ended_on TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_contact_points_person_id (person_id)
TABLE councils
  id TEXT NOT NULL KEY 1
  name TEXT NOT NULL
  prefix TEXT NOT NULL
  letter_lines TEXT NOT NULL
  phone TEXT NOT NULL
  email TEXT NOT NULL
  print_profile TEXT NOT NULL
  safety_hours INTEGER NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
TABLE draft
  key TEXT NOT NULL KEY 1
  body TEXT NOT NULL
  saved_at TEXT NOT NULL
TABLE flags
  id TEXT NOT NULL KEY 1
  person_id TEXT NOT NULL
  warning TEXT NOT NULL
  reason TEXT NOT NULL
  evidence TEXT NOT NULL
  agreed_by TEXT NOT NULL
  person_told INTEGER NOT NULL
  told_note TEXT NOT NULL
  starts_on TEXT NOT NULL
  review_on TEXT NOT NULL
  ended_on TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_flags_person_id (person_id)
TABLE gone_file WITHOUT ROWID
  sha256 TEXT NOT NULL KEY 1
TABLE held_work
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  person_id TEXT NOT NULL
  record_kind TEXT NOT NULL
  record_id TEXT NOT NULL
  mutation_id TEXT NOT NULL
  author TEXT NOT NULL
  made_at TEXT NOT NULL
  held_at TEXT NOT NULL
  reason TEXT NOT NULL
  text TEXT NOT NULL
  body TEXT NOT NULL
  sent_on_to TEXT NOT NULL
  settlement TEXT NOT NULL
  settled_at TEXT
  settled_by TEXT NOT NULL
  settled_why TEXT NOT NULL
  seen_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_held_work_case_id (case_id)
  INDEX ix_held_work_person_id (person_id)
TABLE household_memberships
  id TEXT NOT NULL KEY 1
  household_id TEXT NOT NULL
  person_id TEXT NOT NULL
  relationship TEXT NOT NULL
  since TEXT
  until TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_household_memberships_household_id (household_id)
  INDEX ix_household_memberships_person_id (person_id)
TABLE letter_events
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  letter_id TEXT NOT NULL
  step TEXT NOT NULL
  copy_number INTEGER NOT NULL
  note TEXT NOT NULL
  author_id TEXT NOT NULL
  happened_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_letter_events_case_id (case_id)
  INDEX ix_letter_events_letter_id (letter_id)
TABLE letters
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  person_id TEXT NOT NULL
  template TEXT NOT NULL
  template_version INTEGER NOT NULL
  title TEXT NOT NULL
  address_id TEXT NOT NULL
  letter_format TEXT NOT NULL
  pages INTEGER NOT NULL
  attachment_id TEXT NOT NULL
  status TEXT NOT NULL
  author_id TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_letters_case_id (case_id)
  INDEX ix_letters_person_id (person_id)
TABLE notes
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  text TEXT NOT NULL
  heading TEXT NOT NULL
  corrects_id TEXT NOT NULL
  author_id TEXT NOT NULL
  happened_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_notes_case_id (case_id)
TABLE outbox
  client_seq INTEGER NOT NULL KEY 1
  mutation_id TEXT NOT NULL
  kind TEXT NOT NULL
  record_id TEXT NOT NULL
  case_id TEXT NOT NULL
  made_at TEXT NOT NULL
  author TEXT NOT NULL
  body BLOB NOT NULL
  state TEXT NOT NULL
  verdict TEXT NOT NULL
  verdict_text TEXT NOT NULL
  label TEXT NOT NULL
  rev INTEGER NOT NULL
  INDEX ix_outbox_case (case_id, state)
  INDEX ix_outbox_record (kind, record_id, client_seq)
  INDEX ix_outbox_state (state, client_seq)
  UNIQUE INDEX (constraint) (mutation_id)
TABLE participants
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  person_id TEXT NOT NULL
  role TEXT NOT NULL
  authority TEXT NOT NULL
  until TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_participants_case_id (case_id)
  INDEX ix_participants_person_id (person_id)
TABLE people
  id TEXT NOT NULL KEY 1
  full_name TEXT NOT NULL
  known_as TEXT NOT NULL
  earlier_names TEXT NOT NULL
  date_of_birth TEXT NOT NULL
  pronouns TEXT NOT NULL
  language_spoken TEXT NOT NULL
  language_written TEXT NOT NULL
  interpreter INTEGER NOT NULL
  letter_format TEXT NOT NULL
  print_points INTEGER
  support_needs TEXT NOT NULL
  deceased_on TEXT
  restricted_team_id TEXT NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
TABLE receipt
  receipt_id TEXT NOT NULL KEY 1
  made_at TEXT NOT NULL
  scopes TEXT NOT NULL
  wiped INTEGER NOT NULL
  records INTEGER NOT NULL
  files INTEGER NOT NULL
  unsent INTEGER NOT NULL
TABLE safe_contact_rules
  id TEXT NOT NULL KEY 1
  person_id TEXT NOT NULL
  never_by TEXT NOT NULL
  never_at TEXT NOT NULL
  collect_only INTEGER NOT NULL
  no_voicemail INTEGER NOT NULL
  plain_envelope INTEGER NOT NULL
  safe_hours TEXT NOT NULL
  code_word TEXT NOT NULL
  reason TEXT NOT NULL
  starts_on TEXT NOT NULL
  review_on TEXT NOT NULL
  ended_on TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_safe_contact_rules_person_id (person_id)
TABLE scope_member WITHOUT ROWID
  scope TEXT NOT NULL KEY 1
  kind TEXT NOT NULL KEY 2
  record_id TEXT NOT NULL KEY 3
  hash INTEGER NOT NULL
TABLE scope_state WITHOUT ROWID
  scope TEXT NOT NULL KEY 1
  state TEXT NOT NULL
  count INTEGER NOT NULL
  digest TEXT NOT NULL
  proved_at TEXT NOT NULL
  loaded INTEGER NOT NULL
  held_count INTEGER NOT NULL
  held_digest INTEGER NOT NULL
  counted_at TEXT NOT NULL
TABLE server_copy WITHOUT ROWID
  kind TEXT NOT NULL KEY 1
  record_id TEXT NOT NULL KEY 2
  rev INTEGER NOT NULL
  body BLOB NOT NULL
TABLE set_aside WITHOUT ROWID
  kind TEXT NOT NULL KEY 1
  record_id TEXT NOT NULL KEY 2
  rev INTEGER NOT NULL
  body BLOB NOT NULL
  why TEXT NOT NULL
TABLE stage_changes
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  from_stage TEXT NOT NULL
  to_stage TEXT NOT NULL
  reason TEXT NOT NULL
  author_id TEXT NOT NULL
  happened_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_stage_changes_case_id (case_id)
TABLE store_fact WITHOUT ROWID
  name TEXT NOT NULL KEY 1
  value TEXT NOT NULL
TABLE tasks
  id TEXT NOT NULL KEY 1
  case_id TEXT NOT NULL
  title TEXT NOT NULL
  owner_id TEXT NOT NULL
  do_by TEXT
  done_at TEXT
  done_by TEXT NOT NULL
  created_by TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_tasks_case_id (case_id)
TABLE teams
  id TEXT NOT NULL KEY 1
  name TEXT NOT NULL
  services TEXT NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
TABLE to_derive
  n INTEGER NOT NULL KEY 1
  kind TEXT NOT NULL
  ids BLOB NOT NULL
TABLE to_sweep WITHOUT ROWID
  kind TEXT NOT NULL KEY 1
  record_id TEXT NOT NULL KEY 2
TABLE users
  id TEXT NOT NULL KEY 1
  username TEXT NOT NULL
  full_name TEXT NOT NULL
  job_title TEXT NOT NULL
  role TEXT NOT NULL
  team_id TEXT NOT NULL
  team_ids TEXT NOT NULL
  active INTEGER NOT NULL
  confidential INTEGER NOT NULL
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_users_username (username)
TABLE visits
  id TEXT NOT NULL KEY 1
  visit_id TEXT NOT NULL
  case_id TEXT NOT NULL
  step TEXT NOT NULL
  starts_at TEXT
  ends_at TEXT
  officer_id TEXT NOT NULL
  purpose TEXT NOT NULL
  findings TEXT NOT NULL
  author_id TEXT NOT NULL
  happened_at TEXT NOT NULL
  recorded_at TEXT NOT NULL
  received_at TEXT
  rev INTEGER NOT NULL
  extra TEXT
  INDEX ix_visits_case_id (case_id)
