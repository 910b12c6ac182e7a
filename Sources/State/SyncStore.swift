import GRDB
public import Receivables

/// What a platform's record of an account says, as a digest.
public struct SyncedRecord: Sendable, Equatable {
  public let account: AccountKey
  public let currency: Currency
  /// `nil`: that nothing is owed; such a record is followed no longer.
  public let digest: String?

  public init(account: AccountKey, currency: Currency, digest: String?) {
    self.account = account
    self.currency = currency
    self.digest = digest
  }
}

extension StateFile {
  /// What the records of that channel were last known to say.
  public func synced(_ channel: String) throws(StateError) -> [SyncedRecord] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT source, account_id, currency, digest FROM synced WHERE channel = ?",
        arguments: [channel]
      )
      var records: [SyncedRecord] = []
      while let row = try rows.next() {
        records.append(
          SyncedRecord(
            account: AccountKey(
              source: try row.decode(atIndex: 0), id: try row.decode(atIndex: 1)),
            currency: try Currency(row.decode(String.self, atIndex: 2)),
            digest: try row.decode(atIndex: 3)
          )
        )
      }
      return records
    }
  }

  public func saveSynced(_ records: [SyncedRecord], _ channel: String) throws(StateError) {
    if records.isEmpty { return }
    try write { db in
      for record in records {
        guard let digest = record.digest else {
          try db.execute(
            sql: """
              DELETE FROM synced
              WHERE channel = ? AND source = ? AND account_id = ? AND currency = ?
              """,
            arguments: [channel, record.account.source, record.account.id, record.currency.code]
          )
          continue
        }
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO synced (channel, source, account_id, currency, digest)
            VALUES (?,?,?,?,?)
            """,
          arguments: [
            channel, record.account.source, record.account.id, record.currency.code, digest,
          ]
        )
      }
    }
  }
}
