import Receivables

/// An account as a person names it.
enum AccountName {
  /// The account that is named by `source:id`, by its id, or by its name.
  /// - Parameters:
  ///   - names: of every account that may be meant, by `source:id`.
  ///   - kind: what they are, for the error.
  /// - Throws: `UsageProblem` when no account, or more than one, is meant.
  static func key(
    of text: String,
    _ names: [String: String],
    kind: String = "account"
  ) throws(UsageProblem) -> AccountKey {
    let name = text.lowercased()
    let meant = names.compactMap { AccountKey($0.key) }.filter { key in
      let description = key.description
      return description == text || key.id == text || names[description]?.lowercased() == name
    }.sorted()
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
