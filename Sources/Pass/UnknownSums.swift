import Outbox

/// Accounts of which a sum cannot be represented: what they owe is not known, so nothing of them
/// changes in this pass.
struct UnknownSums: Sendable {
  /// Of all rules and parts.
  var debts: Set<Ledger.Key>
  /// Of these rules and parts alone.
  var decisions: Set<EpisodeKey>

  var isEmpty: Bool { debts.isEmpty && decisions.isEmpty }

  func contains(_ key: EpisodeKey) -> Bool {
    decisions.contains(key) || debts.contains(Ledger.Key(key))
  }
}
