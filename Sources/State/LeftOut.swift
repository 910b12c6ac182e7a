import GRDB

/// An account of which a source could not read a document, so that what it owes is not known.
public struct LeftOut: Hashable, Sendable {
  /// Its id within the source.
  public let account: String
  /// `nil` where even its id could not be read.
  public let document: String?
  /// Document, field and what is wrong.
  public let why: String

  public init(account: String, document: String?, why: String) {
    self.account = account
    self.document = document
    self.why = why
  }
}

/// The log of polls has them: each good one says whom it left out.
extension StateFile {
  /// Whom the last good poll of a source left out.
  /// - Parameter pass: the last that is looked at; the newest if none is given.
  public func leftOut(
    of source: String,
    seenBy pass: Int64? = nil
  ) throws(StateError) -> [LeftOut] {
    try read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT json_extract(entry.value, '$.account'), json_extract(entry.value, '$.document'),
            json_extract(entry.value, '$.why')
          FROM json_each((
            SELECT json_extract(body, '$.left_out') FROM audit
            WHERE kind = 'poll' AND subject = ? AND coalesce(pass_id, 0) <= ?
              AND json_extract(body, '$.status') IN ('polled', 'unchanged')
            ORDER BY seq DESC LIMIT 1
          )) entry
          """,
        arguments: [source, pass ?? Int64.max]
      )
      var found: [LeftOut] = []
      while let row = try rows.next() {
        found.append(
          LeftOut(
            account: try row.decode(atIndex: 0),
            document: try row.decode(atIndex: 1),
            why: try row.decode(atIndex: 2)
          ))
      }
      return found
    }
  }
}
