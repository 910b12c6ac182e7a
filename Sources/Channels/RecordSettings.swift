import Messages
import Receivables
import Settings

/// Settings of platforms that keep a record of each debt.
extension SettingsReader {
  /// `{ 1: id, 2: id }`.
  mutating func levels(
    _ key: String,
    help: String,
    isID: (String) -> Bool,
    wanted: String
  ) -> LevelMap {
    LevelMap(
      mapping(key, help: help).compactMap { name, id in
        guard let level = Int(name), level > 0 else {
          reject(key, "`\(name)` must be the number of a level, from 1")
          return nil
        }
        if !isID(id) { reject(key, "`\(id)` must be \(wanted)") }
        return (level, id)
      }
    )
  }

  /// How long after the alert its record is due, in seconds.
  mutating func dueIn() -> Int64 {
    let twoDays = Duration.seconds(172_800)
    let read = duration("due_in", help: "When it is due: so long after the alert", default: twoDays)
    return (read ?? twoDays).components.seconds
  }
}

extension Message {
  /// So long after the delivery was planned: the same for every try.
  func due(after seconds: Int64) -> Instant? { Instant(time)?.adding(seconds: seconds) }

  /// Why the record belongs to nobody; `nil` where somebody is named, or nobody is looked for.
  var lackOfOwner: String? {
    guard audience == .owner, recipient == nil else { return nil }
    let name = Escaping.singleLine(alert.ownerName ?? alert.owner ?? "")
    return name.isEmpty
      ? "Nobody is assigned: the account has no owner."
      : "Nobody is assigned: \(name) has no entry for this platform under owners."
  }

  var isResolved: Bool { alert.reason == "resolved" }
}
