import Accounting
import Configuration
import Receivables
import Rules

extension Assembly {
  /// Exceptions of rules for accounts that their sources never had: who is meant is alerted as
  /// everybody else is.
  /// - Parameter known: ids by source, of those that were polled.
  func exceptionsForNobody(_ known: [String: Set<String>], _ directory: Directory) -> [String] {
    // What a directory calls a parent is an account where balances roll up.
    var known = known
    for (key, entry) in directory.entries {
      if let parent = entry.parent { known[key.source]?.insert(parent) }
    }
    return setup.rules.flatMap { rule in
      let wanted = rule.match.sources.isEmpty ? sources.map(\.name) : rule.match.sources
      return rule.match.except.compactMap { text in
        whyNobody(text, wanted, known).map {
          "\(setup.file): rules.\(rule.name).match.except: `\(text)`: \($0)"
        }
      }
    }
  }

  /// `nil` where it names an account, and where that cannot be told yet.
  private func whyNobody(
    _ text: String,
    _ wanted: [String],
    _ known: [String: Set<String>]
  ) -> String? {
    // Of an id with a colon, what is before it need not be a source.
    let written = AccountKey(text)
    let named = written.flatMap { key in wanted.first { $0 == key.source } }
    let sources = named.map { [$0] } ?? wanted.sorted()
    var meant: [String] = []
    for source in sources {
      guard let ids = known[source] else { return nil }
      let id = named == nil ? text : written?.id ?? text
      if ids.contains(id) || ids.contains(text) { return nil }
      let essences = Set([id, written?.id ?? id].map(Stranger.essence))
      meant += ids.filter { essences.contains(Stranger.essence(of: $0)) }.sorted()
        .map { "\(source):\($0)" }
    }
    let whose =
      sources.count == 1 ? "\(sources[0]) never" : "none of \(sources.joined(separator: ", ")) ever"
    let proposal = meant.isEmpty ? "" : "; did you mean \(meant.joined(separator: " or "))?"
    return "\(whose) had such an account\(proposal)"
  }
}
