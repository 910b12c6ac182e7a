/// An exact amount: whole minor units (cents, yen, fils) of one currency.
public struct Money: Hashable, Sendable, CustomStringConvertible {
  /// In minor units: 12345 is NZD 123.45, JPY 12345, KWD 12.345.
  public let minorUnits: Int64
  public let currency: Currency

  /// The smallest number that fits has no opposite, so it is none of these: what reads amounts
  /// refuses it, and here it is one minor unit more.
  public init(minorUnits: Int64, currency: Currency) {
    self.minorUnits = max(minorUnits, -Int64.max)
    self.currency = currency
  }

  public static func zero(_ currency: Currency) -> Money {
    .init(minorUnits: 0, currency: currency)
  }

  /// Reads `-1234.50`, and JSON's `1.2345e3`, without ever leaving whole numbers.
  /// - Throws: `.notAnAmount`, `.excessPrecision` (a non-zero digit below the minor unit),
  ///   `.overflow`.
  public init(_ text: some StringProtocol, currency: Currency) throws(MoneyError) {
    var copy = String(text)
    let parsed: Result<Int64, MoneyError> = copy.withUTF8 { bytes in
      do throws(MoneyError) {
        return .success(try Self.minorUnits(of: bytes, exponent: currency.exponent))
      } catch {
        return .failure(error)
      }
    }
    self.init(minorUnits: try parsed.get(), currency: currency)
  }

  /// The same over bytes, for readers of large files.
  public init(utf8 bytes: UnsafeBufferPointer<UInt8>, currency: Currency) throws(MoneyError) {
    self.init(
      minorUnits: try Self.minorUnits(of: bytes, exponent: currency.exponent),
      currency: currency
    )
  }

  /// - Throws: `.overflow`, `.mixedCurrencies`.
  public func adding(_ other: Money) throws(MoneyError) -> Money {
    guard currency == other.currency else { throw .mixedCurrencies(currency, other.currency) }
    let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
    if overflow || sum == .min { throw .overflow(description) }
    return Money(minorUnits: sum, currency: currency)
  }

  public func subtracting(_ other: Money) throws(MoneyError) -> Money {
    guard currency == other.currency else { throw .mixedCurrencies(currency, other.currency) }
    let (difference, overflow) = minorUnits.subtractingReportingOverflow(other.minorUnits)
    if overflow || difference == .min { throw .overflow(description) }
    return Money(minorUnits: difference, currency: currency)
  }

  public var isZero: Bool { minorUnits == 0 }
  public var isPositive: Bool { minorUnits > 0 }

  /// `1234.50`: a point, no grouping, all decimals of the currency. What JSON and CSV carry.
  public var decimalString: String {
    let exponent = currency.exponent
    let digits = String(minorUnits.magnitude)
    let sign = minorUnits < 0 ? "-" : ""
    if exponent == 0 { return sign + digits }
    let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
    return sign + padded.dropLast(exponent) + "." + padded.suffix(exponent)
  }

  /// `NZD 1234.50`.
  public var description: String { "\(currency.code) \(decimalString)" }

  private static func minorUnits(
    of bytes: UnsafeBufferPointer<UInt8>,
    exponent: Int
  ) throws(MoneyError) -> Int64 {
    func text() -> String { String(decoding: bytes, as: UTF8.self) }
    let end = bytes.count
    var index = 0
    let negative = end > 0 && bytes[0] == UInt8(ascii: "-")
    if negative { index = 1 }
    let mantissa = index
    var significand = end
    var power = 0
    if let e = bytes[index...].firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
      significand = e
      guard let value = Int(String(decoding: bytes[(e + 1)...], as: UTF8.self)),
        (-40...40).contains(value)
      else { throw .notAnAmount(text()) }
      power = value
    }
    // Position of the point once shifted by the exponent of the currency and of the number.
    var point = significand
    if let p = bytes[index..<significand].firstIndex(of: UInt8(ascii: ".")) { point = p }
    guard significand > mantissa, point > mantissa, point != significand - 1 else {
      throw .notAnAmount(text())
    }
    var places = point - mantissa + power + exponent
    var value: Int64 = 0
    while index < significand {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: ".") && index - 1 == point { continue }
      guard byte >= 48, byte <= 57 else { throw .notAnAmount(text()) }
      let digit = Int64(byte - 48)
      if places <= 0 {
        if digit != 0 { throw .excessPrecision(text(), exponent: exponent) }
        continue
      }
      value = try shifted(value, adding: digit, negative: negative, text())
      places -= 1
    }
    while places > 0 && value != 0 {
      value = try shifted(value, adding: 0, negative: negative, text())
      places -= 1
    }
    return value
  }

  private static func shifted(
    _ value: Int64,
    adding digit: Int64,
    negative: Bool,
    _ text: @autoclosure () -> String
  ) throws(MoneyError) -> Int64 {
    let (product, over1) = value.multipliedReportingOverflow(by: 10)
    let (sum, over2) = product.addingReportingOverflow(negative ? -digit : digit)
    if over1 || over2 || sum == .min { throw .overflow(text()) }
    return sum
  }
}

public enum MoneyError: Error, Equatable, CustomStringConvertible {
  case unknownCurrency(String)
  /// Withdrawn by ISO 4217 so long ago that nothing says how many decimals it had.
  case forgottenCurrency(String)
  case notAnAmount(String)
  case excessPrecision(String, exponent: Int)
  /// What a person wrote is no amount; what to write instead, by what may have been meant.
  case miswritten(String, instead: [String])
  /// The same for more decimals than the currency has.
  case tooManyDecimals(String, Currency, instead: [String])
  case overflow(String)
  case mixedCurrencies(Currency, Currency)

  public var description: String {
    switch self {
    case .unknownCurrency(let code): "`\(code)` is not an ISO 4217 currency code"
    case .forgottenCurrency(let code):
      "ISO 4217 withdrew `\(code)` before 1999, and how many decimals it had is not known"
    case .notAnAmount(let text): "`\(text)` is not an amount (write it as 1234.50)"
    case .excessPrecision(let text, let exponent):
      "`\(text)` has more decimals than the currency's \(exponent)"
    case .miswritten(let text, let instead):
      "`\(text)` is not an amount (write it as \(instead.joined(separator: " or ")))"
    case .tooManyDecimals(let text, let currency, let instead):
      "`\(text)` has more decimals than \(currency), which has "
        + (currency.exponent == 0 ? "none" : "\(currency.exponent)")
        + (instead.isEmpty ? "" : " (write it as \(instead.joined(separator: " or ")))")
    case .overflow(let text): "`\(text)` is larger than can be represented"
    case .mixedCurrencies(let a, let b): "\(a) and \(b) cannot be added"
    }
  }
}
