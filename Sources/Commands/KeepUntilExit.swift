/// For what is large and lives until the process ends, which is soon: taking a ledger apart, item
/// by item, would only cost time.
func keepUntilExit(_ value: any Sendable) { _ = Unmanaged.passRetained(Kept(value)) }

private final class Kept: Sendable {
  private let value: any Sendable
  init(_ value: any Sendable) { self.value = value }
}
