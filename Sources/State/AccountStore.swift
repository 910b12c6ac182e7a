import GRDB
import Receivables

extension StateFile {
  /// `source:id` of every account that something is known of, to its name: those that were polled,
  /// and parents, of whom there may be no more than the id.
  public func accountNames() throws(StateError) -> [String: String] {
    try read { db in
      var names: [String: String] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT source, parent, parent FROM account WHERE parent IS NOT NULL
          UNION ALL SELECT DISTINCT source, account_id, account_id FROM episode
          UNION ALL SELECT source, id, name FROM account
          """)
      // The last has the name that is known now.
      while let row = try rows.next() {
        let key = AccountKey(source: try row.decode(atIndex: 0), id: try row.decode(atIndex: 1))
        names[key.description] = try row.decode(atIndex: 2)
      }
      return names
    }
  }

  /// Ids of accounts and their parents by source, of sources that were polled at some time.
  public func knownAccounts() throws(StateError) -> [String: Set<String>] {
    try read { db in
      var known: [String: Set<String>] = [:]
      let sources = try String.fetchAll(
        db, sql: "SELECT name FROM source WHERE polled_at IS NOT NULL")
      for source in sources {
        known[source] = try String.fetchSet(
          db,
          sql: """
            SELECT id FROM account WHERE source = ?1
            UNION SELECT parent FROM account WHERE source = ?1 AND parent IS NOT NULL
            """,
          arguments: [source])
      }
      return known
    }
  }
}
