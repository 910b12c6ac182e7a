import Receivables

/// An account as a person names it.
enum AccountName {
  /// The account that is named by `source:id`, by its id, or by its name.
  /// - Parameters:
  ///   - names: of every account that may be meant, by `source:id`; one may have several.
  ///   - kind: what they are, for the error.
  /// - Throws: `UsageProblem` when no account, or more than one, is meant.
  static func key(
    of text: String,
    _ names: some Sequence<(key: String, value: String)>,
    kind: String = "account"
  ) throws(UsageProblem) -> AccountKey {
    let name = text.lowercased()
    let found = names.filter { description, value in
      description == text || value.lowercased() == name || AccountKey(description)?.id == text
    }
    let meant = Set(found.compactMap { AccountKey($0.key) }).sorted()
    guard let first = meant.first else {
      throw UsageProblem("no \(kind) is \(text); name it as source:id")
    }
    guard meant.count == 1 else {
      let all = meant.map(\.description).joined(separator: ", ")
      throw UsageProblem("\(text) is more than one account: \(all)")
    }
    return first
  }
}
