extension Migrations {
  /// Which state this is, and how many transactions it has seen: its witness says how many there
  /// were.
  static let fifth = """
    CREATE TABLE identity (
      id TEXT PRIMARY KEY NOT NULL,
      generation INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO identity VALUES (lower(hex(randomblob(16))), 0);
    """
}
