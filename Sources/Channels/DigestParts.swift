import Messages

extension Message {
  /// A digest in parts of at most `count` alerts and `room` units each, where `size` says how many
  /// an alert takes. The first keeps the delivery's id; one empty part for no alerts. What is
  /// cleared goes into the last one; each has room for it.
  func parts(ofAtMost count: Int, room: Int, size: (AlertContent) -> Int) -> [Message] {
    guard isDigest else { return [self] }
    var groups: [[AlertContent]] = [[]]
    var used = 0
    for alert in alerts {
      let size = size(alert)
      if groups[groups.count - 1].count == count || used + size > room {
        if !groups[groups.count - 1].isEmpty { groups.append([]) }
        used = 0
      }
      groups[groups.count - 1].append(alert)
      used += size
    }
    return groups.enumerated().map { index, group in
      var part = self
      part.alerts = group
      if index < groups.count - 1 { part.cleared = nil }
      if index > 0 { part.deliveryID += ".\(index + 1)" }
      return part
    }
  }
}
