import GRDB
import Outbox
public import Receivables

/// Counts over all that the state remembers. Each is one walk over one table.
public struct StateCounts: Sendable, Equatable {
  /// Exit code to passes; `nil`: cut short.
  public var passes: [Int32?: Int] = [:]
  /// When a pass last ended with 0.
  public var lastSuccess: Instant?
  /// Reason to alerts.
  public var alerts: [String: Int] = [:]
  /// Channel, then status, to deliveries.
  public var deliveries: [String: [String: Int]] = [:]

  public init() {}
}

extension StateFile {
  /// - Parameter pass: the present one, left out as long as it has no exit code.
  public func counts(without pass: Int64?) throws(StateError) -> StateCounts {
    try read { db in
      var counts = StateCounts()
      let passes = try Row.fetchCursor(
        db,
        sql: """
          SELECT exit_code, count(*) FROM pass WHERE id IS NOT ? OR exit_code IS NOT NULL
          GROUP BY exit_code
          """,
        arguments: [pass]
      )
      while let row = try passes.next() {
        counts.passes[try row.decode(Int32?.self, atIndex: 0)] = try row.decode(atIndex: 1)
      }
      // From the newest on: passes mostly succeed.
      counts.lastSuccess = try Int64.fetchOne(
        db,
        sql: "SELECT now FROM pass WHERE exit_code = 0 ORDER BY id DESC LIMIT 1"
      ).map { Instant(seconds: $0) }
      let alerts = try Row.fetchCursor(
        db, sql: "SELECT reason, count(*) FROM alert GROUP BY reason")
      while let row = try alerts.next() {
        counts.alerts[try row.decode(String.self, atIndex: 0)] = try row.decode(atIndex: 1)
      }
      let deliveries = try Row.fetchCursor(
        db,
        sql: "SELECT channel, status, count(*) FROM delivery GROUP BY channel, status"
      )
      while let row = try deliveries.next() {
        counts.deliveries[try row.decode(String.self, atIndex: 0), default: [:]][
          try row.decode(String.self, atIndex: 1)] = try row.decode(atIndex: 2)
      }
      return counts
    }
  }
}
