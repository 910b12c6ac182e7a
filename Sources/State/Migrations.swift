import GRDB

/// The schema, appended to and never edited: version N is the result of the first N texts.
enum Migrations {
  static let all: [String] = [first, second, third, fourth, fifth]

  /// - Throws: `DatabaseError`.
  static func apply(to db: Database, from version: Int) throws {
    for (index, sql) in all.enumerated().dropFirst(version) {
      try db.execute(sql: sql)
      try db.execute(sql: "PRAGMA user_version = \(index + 1)")
    }
  }

  /// Times are seconds since 1970, days are days since 1970, amounts are minor units.
  private static let first = """
    CREATE TABLE pass (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      now INTEGER NOT NULL,
      exit_code INTEGER,
      summary TEXT
    ) STRICT;

    CREATE TABLE source (
      name TEXT PRIMARY KEY,
      cursor TEXT,
      polled_at INTEGER,
      full_sync_at INTEGER,
      failures INTEGER NOT NULL DEFAULT 0,
      last_error TEXT
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE account (
      source TEXT NOT NULL,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      email TEXT,
      phone TEXT,
      owner TEXT,
      parent TEXT,
      terms TEXT,
      credit_limit INTEGER,
      credit_currency TEXT,
      tags TEXT NOT NULL,
      locale TEXT,
      url TEXT,
      pay_url TEXT,
      disputed INTEGER NOT NULL CHECK (disputed IN (0, 1)),
      do_not_contact TEXT NOT NULL CHECK (do_not_contact IN ('none', 'sms', 'email', 'all')),
      PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE item (
      source TEXT NOT NULL,
      id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit')),
      number TEXT NOT NULL,
      issue_day INTEGER,
      due_day INTEGER,
      currency TEXT NOT NULL,
      total INTEGER NOT NULL,
      amount_due INTEGER NOT NULL,
      url TEXT,
      disputed INTEGER NOT NULL CHECK (disputed IN (0, 1)),
      collection TEXT NOT NULL CHECK (collection IN ('manual', 'automatic', 'automaticFailed')),
      PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE terms (
      source TEXT NOT NULL,
      account_id TEXT NOT NULL,
      terms TEXT NOT NULL,
      changed_day INTEGER,
      PRIMARY KEY (source, account_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE episode (
      id INTEGER PRIMARY KEY,
      rule TEXT NOT NULL,
      source TEXT NOT NULL,
      account_id TEXT NOT NULL,
      currency TEXT NOT NULL,
      number INTEGER NOT NULL CHECK (number > 0),
      opened_at INTEGER NOT NULL,
      closed_at INTEGER,
      UNIQUE (rule, source, account_id, currency, number)
    ) STRICT;
    CREATE UNIQUE INDEX episode_open ON episode (rule, source, account_id, currency)
      WHERE closed_at IS NULL;

    CREATE TABLE alert (
      id INTEGER PRIMARY KEY,
      episode_id INTEGER NOT NULL REFERENCES episode (id),
      number INTEGER NOT NULL CHECK (number > 0),
      level INTEGER NOT NULL CHECK (level > 0),
      reason TEXT NOT NULL,
      decided_at INTEGER NOT NULL,
      pass_id INTEGER NOT NULL REFERENCES pass (id),
      UNIQUE (episode_id, number)
    ) STRICT;

    -- Rows in the order of their making, not by their random ids: what is sent in a row lies side by
    -- side, and a transaction writes few pages.
    CREATE TABLE message (
      id TEXT PRIMARY KEY NOT NULL,
      body TEXT NOT NULL
    ) STRICT;

    CREATE TABLE delivery (
      id TEXT PRIMARY KEY NOT NULL,
      alert_id INTEGER NOT NULL REFERENCES alert (id),
      account_name TEXT NOT NULL,
      template TEXT NOT NULL,
      channel TEXT NOT NULL,
      audience TEXT NOT NULL CHECK (audience IN ('customer', 'owner', 'team')),
      recipient TEXT,
      recipient_name TEXT,
      created_at INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('pending', 'held', 'sending', 'sent', 'failed',
        'cancelled', 'suppressed', 'uncertain')),
      hold TEXT CHECK ((hold IS NOT NULL) = (status = 'held')),
      why TEXT NOT NULL,
      not_before INTEGER,
      ready_since INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      sent_at INTEGER,
      platform_id TEXT,
      message_id TEXT REFERENCES message (id)
    ) STRICT;
    CREATE INDEX delivery_alert ON delivery (alert_id);
    CREATE INDEX delivery_open ON delivery (status) WHERE status IN ('pending', 'held', 'sending');
    CREATE INDEX delivery_sent ON delivery (sent_at) WHERE sent_at IS NOT NULL;

    CREATE TABLE bad_address (
      channel TEXT NOT NULL,
      address TEXT NOT NULL,
      since INTEGER NOT NULL,
      opted_out INTEGER NOT NULL CHECK (opted_out IN (0, 1)),
      why TEXT NOT NULL,
      PRIMARY KEY (channel, address)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE decision (
      rule TEXT NOT NULL,
      source TEXT NOT NULL,
      account_id TEXT NOT NULL,
      currency TEXT NOT NULL,
      step TEXT NOT NULL,
      why TEXT NOT NULL,
      suppressed TEXT,
      next_day INTEGER,
      decided_at INTEGER NOT NULL,
      PRIMARY KEY (rule, source, account_id, currency)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      pass_id INTEGER,
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      body TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_is_appended_to BEFORE UPDATE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
    CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit log is never shortened'); END;
    """

  /// REPLACE deletes without asking the trigger that keeps the log from being shortened.
  private static let fourth = """
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
      WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
      BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
    """

  /// Promises and tags of documents; events that rules are `on`; what webhooks said; opt-outs;
  /// what records say.
  private static let second = """
    ALTER TABLE item ADD COLUMN promised_day INTEGER;
    ALTER TABLE item ADD COLUMN tags TEXT NOT NULL DEFAULT '';
    ALTER TABLE alert ADD COLUMN event_id TEXT;
    ALTER TABLE alert ADD COLUMN document_id TEXT;

    -- Never deleted: an event fires once, ever.
    CREATE TABLE event (
      source TEXT NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      account_id TEXT NOT NULL,
      document_id TEXT,
      currency TEXT,
      occurred_at INTEGER NOT NULL,
      decided_at INTEGER,
      PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX event_open ON event (source) WHERE decided_at IS NULL;

    CREATE TABLE inbox (
      source TEXT NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      kind TEXT NOT NULL,
      document_id TEXT NOT NULL,
      received_at INTEGER NOT NULL,
      taken_at INTEGER,
      PRIMARY KEY (source, id)
    ) STRICT, WITHOUT ROWID;

    -- Who asked not to be contacted, whatever the channel of that kind is called.
    CREATE TABLE opted_out (
      kind TEXT NOT NULL,
      address TEXT NOT NULL,
      since INTEGER NOT NULL,
      why TEXT NOT NULL,
      PRIMARY KEY (kind, address)
    ) STRICT, WITHOUT ROWID;

    -- What a platform's record says of a balance: a digest of the fields that are kept there.
    CREATE TABLE synced (
      channel TEXT NOT NULL,
      source TEXT NOT NULL,
      account_id TEXT NOT NULL,
      currency TEXT NOT NULL,
      digest TEXT NOT NULL,
      PRIMARY KEY (channel, source, account_id, currency)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE refused_webhook (
      source TEXT NOT NULL,
      day INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (source, day)
    ) STRICT, WITHOUT ROWID;
    """
}
