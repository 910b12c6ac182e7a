import GRDB
import GRDBSQLite

/// Many rows at a time, without a detour between them and SQLite: a large ledger has 100,000.
extension Database {
  /// For going through a large table once, in the order of its pages.
  func keepFewPages() throws { try execute(sql: "PRAGMA cache_size = -2000") }

  /// 16 MB at most, so that large states have their indexes at hand.
  func keepManyPages() throws { try execute(sql: "PRAGMA cache_size = -16000") }

  /// Writes rows to one table; one with the key of another takes its place. Several go in one
  /// statement, since what a statement sets up (each `CHECK … IN`) is set up every time it is run.
  /// - Parameter bind: binds a row's values in the order of the columns, all of them.
  func put<Row>(
    _ rows: [Row],
    into table: String,
    _ columns: [String],
    _ bind: (Row, inout BulkBinder) -> Void
  ) throws {
    let atOnce = 50
    let places = "(" + columns.map { _ in "?" }.joined(separator: ",") + ")"
    for start in stride(from: 0, to: rows.count, by: atOnce) {
      let part = rows[start..<min(start + atOnce, rows.count)]
      let statement = try cachedStatement(
        sql: "INSERT OR REPLACE INTO \(table) (\(columns.joined(separator: ","))) VALUES "
          + repeatElement(places, count: part.count).joined(separator: ",")
      )
      var binder = BulkBinder(statement: statement.sqliteStatement)
      for row in part { bind(row, &binder) }
      let code = binder.code == SQLITE_OK ? sqlite3_step(statement.sqliteStatement) : binder.code
      // Says the same again when the step has failed.
      sqlite3_reset(statement.sqliteStatement)
      if code != SQLITE_DONE { throw failure(code) }
    }
  }

  /// Reads the rows of a query; its tables are STRICT, so that each value has its column's type.
  func forEachRow(
    _ sql: String,
    _ arguments: StatementArguments,
    _ body: (BulkRow) throws -> Void
  ) throws {
    let statement = try cachedStatement(sql: sql)
    try statement.setArguments(arguments)
    defer { sqlite3_reset(statement.sqliteStatement) }
    while true {
      switch sqlite3_step(statement.sqliteStatement) {
      case SQLITE_ROW: try body(BulkRow(statement: statement.sqliteStatement))
      case SQLITE_DONE: return
      case let code: throw failure(code)
      }
    }
  }

  private func failure(_ code: CInt) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: sqlite3_errmsg(sqliteConnection).map { String(cString: $0) }
    )
  }
}

/// Binds values one after another.
struct BulkBinder {
  fileprivate let statement: SQLiteStatement
  private var place: CInt = 0
  /// The first failure.
  fileprivate private(set) var code = SQLITE_OK

  fileprivate init(statement: SQLiteStatement) { self.statement = statement }

  mutating func bind(_ text: String?) {
    guard var text else { return bindNull() }
    place += 1
    note(
      text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { characters in
          // Without an address it would be NULL.
          characters.baseAddress.map {
            // -1: copied at once.
            sqlite3_bind_text(
              statement,
              place,
              $0,
              CInt(characters.count),
              unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            )
          } ?? sqlite3_bind_text(statement, place, "", 0, nil)
        }
      }
    )
  }

  mutating func bind(_ number: (some BinaryInteger)?) {
    guard let number else { return bindNull() }
    place += 1
    note(sqlite3_bind_int64(statement, place, Int64(number)))
  }

  mutating func bind(_ flag: Bool) { bind(flag ? 1 : 0) }

  private mutating func bindNull() {
    place += 1
    note(sqlite3_bind_null(statement, place))
  }

  private mutating func note(_ code: CInt) { if self.code == SQLITE_OK { self.code = code } }
}

/// The row that a query stands at.
struct BulkRow {
  fileprivate let statement: SQLiteStatement

  /// As a blob: for a text SQLite would make a copy that ends with a zero.
  func text(_ column: CInt) -> String {
    guard let start = sqlite3_column_blob(statement, column) else { return "" }
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func optionalText(_ column: CInt) -> String? {
    sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : text(column)
  }

  func number(_ column: CInt) -> Int64 { sqlite3_column_int64(statement, column) }

  func optionalNumber(_ column: CInt) -> Int64? {
    sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : number(column)
  }
}
