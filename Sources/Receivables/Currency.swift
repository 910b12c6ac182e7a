/// An ISO 4217 currency with its exponent: how many decimals its minor unit stands behind the
/// point.
public struct Currency: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The letters, then the exponent, a byte each: a large ledger holds many, and compares them.
  private let packed: UInt32

  /// - Throws: `MoneyError.unknownCurrency` for a code that ISO 4217 does not list,
  ///   `.forgottenCurrency` for one that it has withdrawn and whose decimals are not known: an
  ///   amount whose exponent is not known cannot be exact.
  public init(_ code: some StringProtocol) throws(MoneyError) {
    let code = code.uppercased()
    guard let exponent = CurrencyCodes.exponents[code] else {
      throw CurrencyCodes.forgotten.contains(code)
        ? .forgottenCurrency(code) : .unknownCurrency(code)
    }
    packed = code.utf8.reduce(0) { $0 << 8 | UInt32($1) } << 8 | UInt32(exponent)
  }

  /// Three capital letters, as in `NZD`.
  public var code: String {
    String(unsafeUninitializedCapacity: 3) { letters in
      for place in 0..<3 { letters[place] = UInt8(truncatingIfNeeded: packed >> (24 - place * 8)) }
      return 3
    }
  }

  /// 2 for NZD, 0 for JPY, 3 for KWD.
  public var exponent: Int { Int(packed & 0xFF) }

  /// Whether ISO 4217 has withdrawn it. What is owed in it is owed all the same.
  public var isWithdrawn: Bool { CurrencyCodes.withdrawn.contains(code) }

  public var description: String { code }
  /// In the order of the codes.
  public static func < (a: Self, b: Self) -> Bool { a.packed < b.packed }

  /// 10 to the exponent.
  var scale: Int64 {
    switch exponent {
    case 0: 1
    case 2: 100
    case 3: 1_000
    default: (0..<exponent).reduce(1) { scale, _ in scale * 10 }
    }
  }
}
