import Configuration
import Outbox
import Receivables
import Rules
import State

/// What may surprise people about the currencies of a source's documents.
struct CurrencyNotes {
  private let assembly: Assembly
  private let snapshot: Snapshot

  /// - Parameter snapshot: of the source, with the documents that are looked at.
  init(_ assembly: Assembly, _ snapshot: Snapshot) {
    self.assembly = assembly
    self.snapshot = snapshot
  }

  /// Of all its currencies.
  var lines: [String] { lines(Set(snapshot.items.values.lazy.map(\.currency))) }

  /// Of those that it did not have before.
  /// - Parameter changed: ids of documents that are new or changed.
  func lines(since old: Snapshot, changed: [String]) -> [String] {
    var currencies = Set(changed.compactMap { snapshot.items[$0]?.currency })
    for item in old.items.values {
      if currencies.isEmpty { return [] }
      currencies.remove(item.currency)
    }
    return lines(currencies)
  }

  private func lines(_ currencies: Set<Currency>) -> [String] {
    currencies.filter(\.isWithdrawn).sorted().map(withdrawn)
      + thresholds(currencies.filter { $0.exponent != 2 })
  }

  private func withdrawn(_ currency: Currency) -> String {
    let names = snapshot.items.values.filter { $0.currency == currency }
      .map { $0.number.isEmpty ? $0.id : $0.number }.sorted()
    let rest = names.count > 3 ? " and \(names.count - 3) more" : ""
    let decimals = currency.exponent == 0 ? "no" : "\(currency.exponent)"
    return "\(currency) is a currency that ISO 4217 has withdrawn; its amounts are read with"
      + " \(decimals) decimals: \(names.prefix(3).joined(separator: ", "))\(rest)"
  }

  /// Amounts of the config that name no currency, where these currencies meet them.
  private func thresholds(_ odd: Set<Currency>) -> [String] {
    if odd.isEmpty { return [] }
    var lines: [String] = []
    func look(_ place: String, _ thresholds: Thresholds?, _ only: [Currency]) {
      let met = odd.filter {
        thresholds?.byCurrency[$0.code] == nil && (only.isEmpty || only.contains($0))
      }
      // Nothing is nothing in all of them.
      guard let text = thresholds?.fallback, text.contains(where: { !"0.".contains($0) }),
        !met.isEmpty
      else { return }
      let read = met.sorted().compactMap { thresholds?.amount(in: $0) }
      let codes = met.sorted().map { "\($0): …" }.joined(separator: ", ")
      lines.append(
        "\(place): \(text) names no currency, and is read as"
          + " \(read.map(\.description).joined(separator: ", ")); if another amount is meant, write"
          + " it as { \(codes), default: \(text) }")
    }
    for rule in assembly.setup.rules
    where rule.match.sources.isEmpty || rule.match.sources.contains(snapshot.source) {
      let condition = rule.when
      let word = condition.comparison == .over ? "over" : "at_least"
      look("rule \(rule.name), \(word)", condition.threshold, rule.match.currencies)
      look("rule \(rule.name), clear_under", rule.clearUnder, rule.match.currencies)
    }
    for (name, channel) in assembly.channels.sorted(by: { $0.key < $1.key }) {
      let only = channel.profile.only
      look("channel \(name), only.over", only.over, only.currencies)
    }
    return lines
  }
}

extension Assembly {
  /// What may surprise people about the currencies of the books, as the newest passes saw them.
  /// - Throws: `StateError`.
  func currencyWarnings(_ state: StateFile) throws(StateError) -> [String] {
    var lines: [String] = []
    for source in sources {
      let snapshot = try state.snapshot(of: source.name)
      lines += CurrencyNotes(self, snapshot).lines.map { "\(source.name): \($0)" }
    }
    return lines
  }
}
