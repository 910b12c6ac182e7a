extension Migrations {
  /// Parts of accounts; what earlier passes saw, so that they can be evaluated again; silences;
  /// what digests said; what ops was told.
  static let third = """
    -- Where a rule looks at an account in parts (by lease): which one; empty for the whole account.
    ALTER TABLE episode ADD COLUMN part TEXT NOT NULL DEFAULT '';
    ALTER TABLE episode ADD COLUMN opened_pass INTEGER;
    ALTER TABLE episode ADD COLUMN closed_pass INTEGER;
    DROP INDEX episode_open;
    CREATE UNIQUE INDEX episode_open ON episode (rule, source, account_id, currency, part)
      WHERE closed_at IS NULL;

    CREATE TABLE decision_by_part (
      rule TEXT NOT NULL,
      source TEXT NOT NULL,
      account_id TEXT NOT NULL,
      currency TEXT NOT NULL,
      part TEXT NOT NULL,
      step TEXT NOT NULL,
      why TEXT NOT NULL,
      suppressed TEXT,
      next_day INTEGER,
      decided_at INTEGER NOT NULL,
      PRIMARY KEY (rule, source, account_id, currency, part)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO decision_by_part
      SELECT rule, source, account_id, currency, '', step, why, suppressed, next_day,
        decided_at
      FROM decision;
    DROP TABLE decision;
    ALTER TABLE decision_by_part RENAME TO decision;

    -- A version of a row holds from `since_pass` on; NULL: since before these were kept. What takes
    -- its place moves it to the table of the past, where it held until before `until_pass`.
    ALTER TABLE account ADD COLUMN timezone TEXT;
    ALTER TABLE account ADD COLUMN since_pass INTEGER;
    ALTER TABLE item ADD COLUMN since_pass INTEGER;
    ALTER TABLE terms ADD COLUMN since_pass INTEGER;
    CREATE TABLE account_past AS SELECT *, 0 AS until_pass FROM account WHERE 0;
    CREATE TABLE item_past AS SELECT *, 0 AS until_pass FROM item WHERE 0;
    CREATE TABLE terms_past AS SELECT *, 0 AS until_pass FROM terms WHERE 0;
    CREATE INDEX item_past_until ON item_past (source, until_pass);

    -- The config and the directory as passes read them, by their SHA-256.
    CREATE TABLE input (
      digest TEXT PRIMARY KEY NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('config', 'directory')),
      body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE pass ADD COLUMN config TEXT;
    ALTER TABLE pass ADD COLUMN directory TEXT;
    ALTER TABLE event ADD COLUMN decided_pass INTEGER;

    -- NULL in a matcher matches all. Amounts are decimal texts, in whichever currency is owed.
    CREATE TABLE silence (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      created_at INTEGER NOT NULL,
      after_pass INTEGER NOT NULL,
      author TEXT NOT NULL,
      reason TEXT NOT NULL,
      until_day INTEGER NOT NULL,
      source TEXT,
      account_id TEXT,
      rule TEXT,
      tag TEXT,
      under TEXT,
      over TEXT,
      promised INTEGER,
      currency TEXT,
      documents TEXT,
      open_then INTEGER,
      expired_at INTEGER,
      expired_by TEXT,
      expired_after_pass INTEGER,
      CHECK ((promised IS NULL) = (currency IS NULL))
    ) STRICT;

    -- What a digest last said of an account, to whom.
    CREATE TABLE digest_line (
      channel TEXT NOT NULL,
      recipient TEXT NOT NULL,
      rule TEXT NOT NULL,
      source TEXT NOT NULL,
      account_id TEXT NOT NULL,
      currency TEXT NOT NULL,
      part TEXT NOT NULL,
      account_name TEXT NOT NULL,
      balance INTEGER NOT NULL,
      told_at INTEGER NOT NULL,
      PRIMARY KEY (channel, recipient, rule, source, account_id, currency, part)
    ) STRICT, WITHOUT ROWID;

    -- When ops was last told of what: once a day.
    CREATE TABLE ops_told (
      subject TEXT PRIMARY KEY NOT NULL,
      day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- After which entries of the log it is not known who was told what.
    CREATE TABLE doubt (audit_seq INTEGER PRIMARY KEY NOT NULL) STRICT;

    CREATE INDEX delivery_uncertain ON delivery (alert_id) WHERE status = 'uncertain';
    """
}
