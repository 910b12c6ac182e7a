import GRDB
public import Outbox
import Receivables

/// Addresses that are not written to. They are compared as mailboxes: rows of earlier versions have
/// them as they were written.
extension StateFile {
  /// Those that a platform refused, by channel.
  public func badAddresses() throws(StateError) -> Set<BadAddress> {
    try addresses("SELECT channel, address FROM bad_address")
  }

  /// Who asked not to be contacted: the kind of channel, and the address.
  public func optedOut() throws(StateError) -> Set<BadAddress> {
    try addresses("SELECT kind, address FROM opted_out")
  }

  private func addresses(_ query: String) throws(StateError) -> Set<BadAddress> {
    try read { db in
      var found: Set<BadAddress> = []
      let rows = try Row.fetchCursor(db, sql: query)
      while let row = try rows.next() {
        found.insert(
          BadAddress(channel: try row.decode(atIndex: 0), address: try row.decode(atIndex: 1))
        )
      }
      return found
    }
  }

  /// However it was written when it was stored.
  static func forget(
    _ address: BadAddress,
    _ table: String,
    _ column: String,
    _ value: String,
    in db: Database
  ) throws {
    let stored = try String.fetchAll(
      db, sql: "SELECT address FROM \(table) WHERE \(column) = ?", arguments: [value])
    for text in stored where Contact.key(text) == address.address {
      try db.execute(
        sql: "DELETE FROM \(table) WHERE \(column) = ? AND address = ?",
        arguments: [value, text]
      )
    }
  }
}
