import Accounting
import Receivables

/// A row of the directory about an account that nobody knows.
struct Stranger: Sendable {
  let key: AccountKey
  /// As `file:line`.
  let place: String
  /// Why nobody knows it.
  let why: String
  /// Accounts of the source whose ids differ from it in case, blanks or zeros in front alone.
  let meant: [AccountKey]
  /// What it says of whom not to contact; `nil` where it says nothing of it.
  let forbids: String?

  /// - Parameter row: where it is named; its own row if none is given.
  init(
    _ key: AccountKey,
    in row: AccountKey? = nil,
    _ directory: Directory,
    why: String,
    meant: [AccountKey] = []
  ) {
    self.key = key
    place = directory.places[row ?? key] ?? "directory"
    self.why = why
    self.meant = meant
    forbids = Self.forbids(key, directory)
  }

  /// - Parameter ids: of all accounts that their source ever had, and of their parents.
  static func among(
    _ rows: [AccountKey],
    _ directory: Directory,
    _ ids: Set<String>
  ) -> [Stranger] {
    var parents: [AccountKey: AccountKey] = [:]
    for key in rows.sorted() {
      guard ids.contains(key.id), let id = directory[key]?.parent, !ids.contains(id),
        directory.places[AccountKey(source: key.source, id: id)] == nil
      else { continue }
      parents[AccountKey(source: key.source, id: id)] = key
    }
    // A parent need not be in the source: with a row of its own it is somebody.
    var named: Set<String> = []
    for row in rows where ids.contains(row.id) {
      var next = directory[row]?.parent
      while let id = next, named.insert(id).inserted {
        next = directory[AccountKey(source: row.source, id: id)]?.parent
      }
    }
    let rows = rows.filter { !ids.contains($0.id) && !named.contains($0.id) }
    if rows.isEmpty, parents.isEmpty { return [] }
    let alike = Dictionary(grouping: ids) { essence(of: $0) }
    func meant(_ key: AccountKey) -> [AccountKey] {
      (alike[essence(of: key.id)] ?? []).sorted().map { AccountKey(source: key.source, id: $0) }
    }
    return parents.map { parent, row in
      Stranger(
        parent, in: row, directory,
        why: "\(parent.source) never had such a parent, and no row here says who it is",
        meant: meant(parent))
    }
      + rows.map { key in
        Stranger(
          key, directory, why: "\(key.source) never had such an account", meant: meant(key))
      }
  }

  private static func forbids(_ key: AccountKey, _ directory: Directory) -> String? {
    // Nobody knows what it was meant to say.
    if directory.flaws[key] != nil { return "What it says" }
    guard let entry = directory[key] else { return nil }
    let contact = entry.doNotContact ?? .none
    if contact != .none { return "Its `do_not_contact: \(contact.rawValue)`" }
    return entry.disputed == true ? "Its `disputed: yes`" : nil
  }

  /// What spreadsheets and people change: case, blanks, signs that nobody sees, zeros in front.
  static func essence(of id: String) -> String {
    var text = ""
    var isInNumber = false
    for character in Visible.text(id).lowercased() where character != " " {
      let isDigit = character.isASCII && character.isNumber
      if isDigit, !isInNumber, character == "0" { continue }
      isInNumber = isDigit
      text.append(character)
    }
    return text
  }

  /// Those whom it perhaps speaks of, and what is wrong. Whether they may be contacted is as
  /// doubtful as if the row were malformed.
  var doubts: [AccountKey: String] {
    guard forbids != nil else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: Set(meant).map {
        ($0, "\(place): \(key): \(why), and \($0) may be meant")
      })
  }

  private var question: String {
    let proposal =
      meant.isEmpty ? "" : "; did you mean \(meant.map(\.description).joined(separator: " or "))?"
    return "\(place): \(key): \(why)\(proposal)"
  }

  var line: String {
    let text = question
    guard let forbids else { return text }
    if !meant.isEmpty { return "\(text) No message goes there until it is mended" }
    return "\(text)\(text.hasSuffix("?") ? "" : ".") \(forbids) holds for nobody"
  }

  /// Those without a proposal are often customers who have never owed anything: many are one line.
  static func lines(_ strangers: [Stranger], atMost limit: Int) -> [String] {
    struct Kind: Hashable {
      let why: String
      let forbids: Bool
      init(_ stranger: Stranger) {
        why = stranger.why
        forbids = stranger.forbids != nil
      }
    }
    let groups = Dictionary(grouping: strangers.filter(\.meant.isEmpty), by: Kind.init)
    return strangers.compactMap { stranger in
      guard stranger.meant.isEmpty, let group = groups[Kind(stranger)], group.count > limit else {
        return stranger.line
      }
      guard group.first?.key == stranger.key else { return nil }
      let names = group.prefix(limit).map(\.key.description).joined(separator: ", ")
      let loss =
        stranger.forbids == nil ? "" : " What they say of whom not to contact holds for nobody."
      return "\(stranger.place) and \(group.count - 1) more rows: \(names) and"
        + " \(group.count - limit) more: \(stranger.why).\(loss) `check` names them all"
    }
  }
}
