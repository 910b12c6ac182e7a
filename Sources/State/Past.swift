import GRDB
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
}
