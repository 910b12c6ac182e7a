import Receivables
import Wire

/// Where the next delta starts, and what a delta cannot find out by itself.
struct QuickBooksCursor: Equatable {
  let since: Instant
  /// Of documents that name no currency.
  let home: Currency?
  /// Whether the last full sync found something open that is neither invoice, credit memo nor
  /// payment: no delta tells how that changes.
  let hasEntries: Bool

  /// Change data capture looks back 30 days; an hour less, as clocks differ.
  private static let lookBackSeconds: Int64 = 30 * 86_400 - 3_600
  /// Times of change are in whole seconds, and what was being written while we asked shows next
  /// time.
  private static let overlapSeconds: Int64 = 5

  /// - Parameter serverTime: of the first answer.
  init(serverTime: Instant, home: Currency?, hasEntries: Bool) {
    since = serverTime.adding(seconds: -Self.overlapSeconds)
    self.home = home
    self.hasEntries = hasEntries
  }

  /// - Parameter text: `{"since":"2026-08-21T10:10:01Z","home":"USD","entries":false}`; `nil` for
  ///   anything else, and for a moment that is too long ago.
  init?(_ text: String?, now: Instant) {
    guard let text, let json = try? JSON(parsing: Array(text.utf8)),
      let since = json["since"]?.string.flatMap({ Instant($0) }),
      let hasEntries = json["entries"]?.bool,
      since >= now.adding(seconds: -Self.lookBackSeconds)
    else { return nil }
    self.since = since
    self.hasEntries = hasEntries
    home = json["home"]?.string.flatMap { try? Currency($0) }
  }

  var text: String {
    let currency = home.map { #""home":"\#($0)","# } ?? ""
    return #"{"since":"\#(since)",\#(currency)"entries":\#(hasEntries)}"#
  }
}
