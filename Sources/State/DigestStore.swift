import GRDB
public import Outbox
public import Receivables

/// What a digest last said of a debt, to whom.
public struct DigestLine: Sendable, Equatable {
  public let channel: String
  /// Empty where the channel itself is the recipient.
  public let recipient: String
  public let key: EpisodeKey
  public let accountName: String
  public let balance: Money
  /// When it was said.
  public let toldAt: Instant

  public init(
    channel: String,
    recipient: String,
    key: EpisodeKey,
    accountName: String,
    balance: Money,
    toldAt: Instant
  ) {
    self.channel = channel
    self.recipient = recipient
    self.key = key
    self.accountName = accountName
    self.balance = balance
    self.toldAt = toldAt
  }
}

extension StateFile {
  /// Every line that is remembered, in the order of its key.
  public func digestLines() throws(StateError) -> [DigestLine] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT rule, source, account_id, currency, part, channel, recipient, account_name,
            balance, told_at
          FROM digest_line
          ORDER BY channel, recipient, source, account_id, currency, part, rule
          """
      )
      var lines: [DigestLine] = []
      while let row = try rows.next() {
        let key = try EpisodeKey(row: row)
        lines.append(
          DigestLine(
            channel: try row.decode(atIndex: 5),
            recipient: try row.decode(atIndex: 6),
            key: key,
            accountName: try row.decode(atIndex: 7),
            balance: Money(minorUnits: try row.decode(atIndex: 8), currency: key.currency),
            toldAt: Instant(seconds: try row.decode(atIndex: 9))
          )
        )
      }
      return lines
    }
  }
}

/// Writes the memory of digests, inside the transaction that records them as sent.
enum DigestLog {
  static func write(
    _ said: [DigestLine],
    forget: [DigestLine],
    in db: Database
  ) throws {
    let remove = try db.cachedStatement(
      sql: """
        DELETE FROM digest_line WHERE rule = ? AND source = ? AND account_id = ? AND currency = ?
          AND part = ? AND channel = ? AND recipient = ?
        """
    )
    for line in forget {
      try remove.execute(arguments: line.key.columns + [line.channel, line.recipient])
    }
    let put = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO digest_line (rule, source, account_id, currency, part, channel,
          recipient, account_name, balance, told_at)
        VALUES (?,?,?,?,?,?,?,?,?,?)
        """
    )
    for line in said {
      try put.execute(
        arguments: line.key.columns + [
          line.channel, line.recipient, line.accountName, line.balance.minorUnits,
          line.toldAt.seconds,
        ]
      )
    }
  }
}
