/// An ISO 4217 currency with its exponent: how many decimals its minor unit stands behind the
/// point.
public struct Currency: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The letters, then the exponent, a byte each: a large ledger holds many, and compares them.
  private let packed: UInt32

  /// - Throws: `MoneyError.unknownCurrency` for a code that ISO 4217 does not list: an amount whose
  ///   exponent is not known cannot be exact.
  public init(_ code: some StringProtocol) throws(MoneyError) {
    let code = code.uppercased()
    guard let exponent = Self.exponents[code] else { throw .unknownCurrency(code) }
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

  /// ISO 4217 list one (2024): active codes. Two decimals unless listed otherwise.
  private static let exponents: [String: Int] = {
    let twoDecimals = """
      AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD \
      CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
      GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD \
      MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP \
      PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS \
      TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
      """
    let others = [
      0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
      3: "BHD IQD JOD KWD LYD OMR TND",
      4: "CLF UYW",
    ]
    var table: [String: Int] = [:]
    for code in twoDecimals.split(separator: " ") { table[String(code)] = 2 }
    for (exponent, codes) in others {
      for code in codes.split(separator: " ") { table[String(code)] = exponent }
    }
    return table
  }()
}
