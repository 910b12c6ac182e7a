import Crypto
import Foundation
import GRDB
import Outbox
import Receivables

/// What polls and passes replaced, so that a stored pass can be evaluated again.
enum Past {
  /// Before a row is replaced or deleted. Rows of the same pass leave no trace: a version that held
  /// for no pass was seen by none.
  /// - Parameter table: `account` or `item`, each with a table of its past.
  static func keep(
    _ id: String,
    of source: String,
    from table: String,
    until pass: Int64,
    in db: Database
  ) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO \(table)_past
        SELECT *, ? FROM \(table)
        WHERE source = ? AND id = ? AND coalesce(since_pass, 0) < ?
        """
    ).execute(arguments: [pass, source, id, pass])
  }

  static func keepTerms(of account: AccountKey, until pass: Int64, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO terms_past
        SELECT *, ? FROM terms
        WHERE source = ? AND account_id = ? AND coalesce(since_pass, 0) < ?
        """
    ).execute(arguments: [pass, account.source, account.id, pass])
  }

  /// A text that stays the same is kept once.
  /// - Parameter kind: `config` or `directory`.
  static func keepInput(
    _ text: String?,
    _ kind: String,
    of pass: Int64,
    in db: Database
  ) throws {
    guard let text else { return }
    let digest = hexadecimal(Array(SHA256.hash(data: Data(text.utf8))))
    try db.execute(
      sql: "INSERT OR IGNORE INTO input (digest, kind, body) VALUES (?,?,?)",
      arguments: [digest, kind, text]
    )
    try db.execute(
      sql: "UPDATE pass SET \(kind) = ? WHERE id = ?",
      arguments: [digest, pass]
    )
  }
}
