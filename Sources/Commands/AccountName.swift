import Receivables

/// An account as a person names it.
enum AccountName {
  /// `source:id` of an account that is named by that, by its id, or by its name.
  /// - Parameter names: of every account, by `source:id`.
  /// - Throws: `UsageProblem` when no account, or more than one, is meant.
  static func text(of text: String, _ names: [String: String]) throws(UsageProblem) -> String {
    let meant = names.filter { key, name in
      key == text || key.hasSuffix(":\(text)") || name.lowercased() == text.lowercased()
    }.keys.sorted()
    guard let first = meant.first else {
      throw UsageProblem("no account is \(text); name it as source:id")
    }
    guard meant.count == 1 else {
      throw UsageProblem("\(text) is more than one account: \(meant.joined(separator: ", "))")
    }
    return first
  }

  static func key(of text: String, _ names: [String: String]) throws(UsageProblem) -> AccountKey {
    let found = try Self.text(of: text, names)
    let parts = found.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return AccountKey(source: String(parts[0]), id: parts.count > 1 ? String(parts[1]) : "")
  }
}
