import Accounting
import Receivables
import State

/// What makes a poll that went well doubtful all the same.
extension Poller {
  /// A file that was cut off, a filter that somebody set, an organisation that was swapped: books
  /// that shrink so much are held back, since everybody in them would be told that all is settled,
  /// and told anew when they are back.
  func shrinkage(
    of source: Assembly.Source,
    _ old: Snapshot,
    gone: Int
  ) -> SourceError? {
    guard old.items.count >= Self.fewestItems, !options.acceptsShrink.contains(source.name),
      gone * 100 > old.items.count * source.maxShrinkPercent
    else { return nil }
    return .shrunk(
      "\(gone) of its \(old.items.count) open items are gone since the last pass, more than"
        + " \(source.maxShrinkPercent)% (max_shrink). If that is right, take it with `balancealert"
        + " run --accept-shrink \(source.name)`")
  }

  /// Smaller books may come to nothing within a day.
  private static let fewestItems = 10

  /// Books in which nothing moves: an export that nobody makes any more, a wrong organisation.
  func staleness(
    of source: Assembly.Source
  ) throws(StateError) -> PollOutcome.Warning? {
    guard let limit = source.staleAfter, let last = try state.lastChange(of: source.name),
      limit.hasPassed(since: last, at: options.now)
    else { return nil }
    return PollOutcome.Warning(
      kind: "stale",
      sentence: "nothing in these books has changed since \(options.now.zone.day(of: last))"
        + " (stale_after \(limit)): are they still kept, and is this the right organisation?")
  }
}
