import Accounting
import Receivables

/// For which account the documents of each account of a source count: itself, or the topmost parent
/// where balances roll up.
struct Family {
  private let snapshot: Snapshot
  private let rollsUp: Bool
  private let directory: Directory
  /// Of those that were asked for, the topmost parent; `nil` for one that is its own ancestor, or
  /// below one that is.
  private var tops: [String: String?] = [:]
  /// Circles, each once.
  private(set) var notices: [String] = []

  init(_ snapshot: Snapshot, rollsUp: Bool, _ directory: Directory) {
    self.snapshot = snapshot
    self.rollsUp = rollsUp
    self.directory = directory
  }

  /// - Returns: the account that is spoken to of what `id` owes.
  mutating func head(of id: String) -> String {
    guard rollsUp, !standsAside(id) else { return id }
    return top(of: id) ?? id
  }

  /// A parent is not chased for what its child disputes, nor for a child that is not to be
  /// contacted: such a child stands for itself.
  private func standsAside(_ id: String) -> Bool {
    let key = key(id)
    let (entry, account) = (directory[key], snapshot.accounts[id])
    return directory.flaws[key] != nil || entry?.disputed ?? account?.disputed ?? false
      || entry?.doNotContact ?? account?.doNotContact == .all
  }

  private mutating func top(of id: String) -> String? {
    var path: [String] = []
    var places: [String: Int] = [:]
    var current = id
    while true {
      if let known = tops[current] { return settle(path, known) }
      if let first = places[current] {
        tell(path[first...])
        return settle(path, nil)
      }
      places[current] = path.count
      path.append(current)
      guard let parent = parent(of: current) else { return settle(path, current) }
      current = parent
    }
  }

  private mutating func settle(_ path: [String], _ top: String?) -> String? {
    for id in path { tops[id] = .some(top) }
    return top
  }

  private func parent(of id: String) -> String? {
    directory[key(id)]?.parent ?? snapshot.accounts[id]?.parent
  }

  private func key(_ id: String) -> AccountKey { AccountKey(source: snapshot.source, id: id) }

  private mutating func tell(_ circle: ArraySlice<String>) {
    // The same whichever member was looked at first.
    let first = circle.indices.min { circle[$0] < circle[$1] } ?? circle.startIndex
    let ids = circle[first...] + circle[..<first]
    let places = ids.compactMap { id in
      directory[key(id)]?.parent == nil ? nil : directory.places[key(id)]
    }
    let way = (ids + [ids[ids.startIndex]]).map { "\(key($0))" }.joined(separator: " → ")
    let place = places.isEmpty ? "in \(snapshot.source)" : "on \(places.joined(separator: ", "))"
    notices.append(
      "\(way): an account is its own parent; nothing of them is rolled up. Mend `parent` \(place)")
  }
}
