import Foundation
import Receivables

/// Where the next delta starts.
struct StripeCursor: Sendable, Equatable, Codable {
  /// The event up to which all have been seen; `nil` when Stripe had none.
  private(set) var after: String?
  /// Of that event: seconds since 1970.
  private(set) var created: Int64
  /// Newer ones that have been seen. An older one can still show up among them.
  private(set) var recent: [String]

  /// Events are not in order: for so many seconds one may show up late (docs/sources/stripe.md).
  private static let overlapSeconds: Int64 = 300
  /// A page: so an unchanged account costs one call, and a cursor three kilobytes.
  private static let mostRecent = StripePages.size
  /// Stripe keeps events for 30 days.
  private static let keptSeconds: Int64 = 30 * 86_400
  private static let staleSeconds: Int64 = 20 * 86_400

  /// - Parameter event: the newest there is.
  init(newest event: StripeEvent?) {
    after = event?.id
    created = event?.created ?? 0
    recent = []
  }

  /// - Parameter text: JSON; `nil` for anything else.
  init?(_ text: String?) {
    guard let text,
      let cursor = try? JSONDecoder().decode(StripeCursor.self, from: Data(text.utf8))
    else { return nil }
    self = cursor
  }

  var text: String? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
  }

  func isTooOld(at now: Instant) -> Bool {
    after != nil && created < now.seconds - Self.keptSeconds
  }

  /// - Parameter events: all after this cursor, oldest first.
  mutating func advance(over events: [StripeEvent], now: Instant) {
    let settled = events.lastIndex { $0.created <= now.seconds - Self.overlapSeconds } ?? -1
    var last = max(settled, events.count - Self.mostRecent - 1)
    // A place that Stripe is about to forget is none to start from.
    if last < 0, created < now.seconds - Self.staleSeconds, after != nil, !events.isEmpty {
      last = 0
    }
    if last >= 0 {
      after = events[last].id
      created = events[last].created
    }
    recent = events[(last + 1)...].map(\.id)
  }
}
