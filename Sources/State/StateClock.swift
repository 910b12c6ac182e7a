import GRDB
public import Receivables

/// A state whose newest pass ran while the machine's clock was ahead.
extension StateFile {
  /// A clock may be set back by so many seconds between two passes without a word: machines
  /// correct themselves by less.
  public static let toleratedLead: Int64 = 600

  /// Times in a pass's own tables, in seconds since 1970. What platforms say (when an event
  /// happened, when an invoice falls due) is theirs, and the audit log is never changed.
  private static let times: [(table: String, columns: [String])] = [
    ("pass", ["now"]), ("source", ["polled_at", "full_sync_at"]),
    ("episode", ["opened_at", "closed_at"]), ("alert", ["decided_at"]),
    ("delivery", ["created_at", "ready_since", "sent_at"]), ("bad_address", ["since"]),
    ("opted_out", ["since"]), ("decision", ["decided_at"]), ("event", ["decided_at"]),
    ("inbox", ["received_at", "taken_at"]), ("silence", ["created_at", "expired_at"]),
    ("digest_line", ["told_at"]),
  ]

  /// Days since 1970. In `ops_told` some numbers are no days, but places in the log.
  private static let days: [(table: String, column: String, condition: String)] = [
    ("terms", "changed_day", ""), ("refused_webhook", "day", ""),
    ("ops_told", "day", "AND subject NOT LIKE '% log'"),
  ]

  /// No hold by the hours or for the day reaches further than this: one that does was reckoned by
  /// the wrong clock.
  private static let longestHold: Int64 = 32 * 86_400

  /// Takes what was done at a time still to come as done now: who was told stays told, and windows
  /// begin to run again. The next poll of a source that was read at such a time reads everything,
  /// since a platform that is asked what changed after that time answers nothing.
  /// - Returns: how many passes were at a time still to come.
  /// - Throws: `StateError`; then nothing is changed.
  public func bringBack(to now: Now, audit: AuditEntry) throws(StateError) -> Int {
    try write { db in
      let passes = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM pass WHERE now > ?", arguments: [now.instant.seconds])
      try db.execute(
        sql: """
          UPDATE source SET cursor = NULL, full_sync_at = NULL
          WHERE polled_at > ? OR full_sync_at > ?
          """,
        arguments: [now.instant.seconds, now.instant.seconds])
      for (table, columns) in Self.times {
        for column in columns {
          try db.execute(
            sql: "UPDATE \(table) SET \(column) = :now WHERE \(column) > :now",
            arguments: ["now": now.instant.seconds])
        }
      }
      for (table, column, condition) in Self.days {
        try db.execute(
          sql: "UPDATE \(table) SET \(column) = :today WHERE \(column) > :today \(condition)",
          arguments: ["today": now.today.number])
      }
      try db.execute(
        sql: "UPDATE delivery SET not_before = NULL WHERE not_before > ?",
        arguments: [now.instant.seconds + Self.longestHold])
      try AuditLog.append([audit], pass: nil, at: now.instant, to: db)
      return passes ?? 0
    }
  }
}
