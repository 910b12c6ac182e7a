/// An amount as a person writes it, in a CSV, a config or on the command line: digits, and a point
/// before at most as many decimals as its currency has. JSON has rules of its own (`Money`).
public struct WrittenAmount: Sendable, Hashable {
  /// `-1234.50`
  public let text: String

  /// - Throws: `.notAnAmount`, `.miswritten` with what to write instead.
  public init(_ text: String) throws(MoneyError) {
    var copy = text
    guard copy.withUTF8({ Self.decimals(of: $0) }) != nil else {
      let instead = Self.intended(text)
      throw instead.isEmpty ? .notAnAmount(text) : .miswritten(text, instead: instead)
    }
    self.text = text
  }

  /// An amount for whichever currency is owed. Most have two decimals, and a third looks like the
  /// thousands of somebody who groups by points.
  /// - Throws: also `.miswritten` for more than two decimals.
  public init(inAnyCurrency text: String) throws(MoneyError) {
    try self.init(text)
    if decimals <= 2 { return }
    let instead = Self.shorter(text, decimals: 2)
    throw instead.isEmpty ? .notAnAmount(text) : .miswritten(text, instead: instead)
  }

  /// - Throws: `.tooManyDecimals` with what to write instead; `.overflow`.
  public func money(in currency: Currency) throws(MoneyError) -> Money {
    if decimals > currency.exponent {
      throw .tooManyDecimals(
        text, currency, instead: Self.shorter(text, decimals: currency.exponent))
    }
    return try Money(text, currency: currency)
  }

  private var decimals: Int {
    text.utf8.lastIndex(of: UInt8(ascii: ".")).map { text.utf8[$0...].count - 1 } ?? 0
  }

  /// How many stand behind the point; `nil` for what is not written so.
  static func decimals(of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var digits = bytes[...]
    if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
    let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.endIndex
    let (whole, rest) = (digits[..<point], digits[point...].dropFirst())
    guard !whole.isEmpty, point == digits.endIndex || !rest.isEmpty,
      whole.allSatisfy({ 48...57 ~= $0 }), rest.allSatisfy({ 48...57 ~= $0 })
    else { return nil }
    return rest.count
  }
}

extension WrittenAmount {
  /// What may have been meant by something that is not an amount: one text, two where it may be
  /// read in two ways, none where that cannot be told.
  private static func intended(_ text: String) -> [String] {
    if let exact = exactly(text) { return [exact] }
    // Bookkeepers write what is negative in brackets.
    if text.first == "(", text.last == ")", text.count > 2 {
      let inner = String(text.dropFirst().dropLast())
      let positive = (try? WrittenAmount(exact: inner)) == nil ? intended(inner) : [inner]
      return positive.filter { $0.first != "-" }.map { "-" + $0 }
    }
    var plain = ""
    for character in text {
      switch character {
      case "−": plain += "-"
      case "+" where plain.isEmpty: continue
      case "'", "’", "_": continue
      default:
        if character.isWhitespace { continue }
        // Digits of other scripts, and full-width ones; `²` and `½` are none.
        let category = character.unicodeScalars.first?.properties.generalCategory
        let digit = category == .decimalNumber ? character.wholeNumberValue : nil
        plain += digit.map(String.init) ?? String(character)
      }
    }
    let commas = plain.count { $0 == "," }
    let points = plain.count { $0 == "." }
    // The sign that stands last, and once, is the decimal one.
    var readings = [plain]
    if commas > 0, points > 0 {
      let last = plain.lastIndex { $0 == "," || $0 == "." } ?? plain.startIndex
      if !plain[..<last].isGrouped { return [] }
      let isPointLast = plain[last] == "."
      readings = [
        isPointLast
          ? plain.replacing(",", with: "")
          : plain.replacing(".", with: "").replacing(",", with: ".")
      ]
    } else if commas == 1 {
      readings = [plain.replacing(",", with: ".")]
      if plain.hasSuffixOfThreeDigits {
        readings = [plain.replacing(",", with: ""), withoutZeros(readings[0], keeping: 0)]
      }
    } else if commas + points > 1, !plain[...].isGrouped {
      // A date, a version or a number of a paragraph.
      return []
    } else if commas > 1 {
      readings = [plain.replacing(",", with: "")]
    } else if points > 1 {
      readings = [plain.replacing(".", with: "")]
    }
    return readings.filter { (try? WrittenAmount(exact: $0)) != nil && $0.utf8.count <= 30 }
  }

  /// `1e3` as `1000`.
  private static func exactly(_ text: String) -> String? {
    guard text.contains(where: { $0 == "e" || $0 == "E" }), let fine = try? Currency("CLF"),
      let money = try? Money(text, currency: fine)
    else { return nil }
    return withoutZeros(money.decimalString, keeping: 0)
  }

  /// `1.250` with two decimals: 1250 if the point groups thousands, else 1.25.
  private static func shorter(_ text: String, decimals: Int) -> [String] {
    var readings: [String] = []
    if text.hasSuffixOfThreeDigits {
      readings.append("\(text.replacing(".", with: "")) if its point groups thousands")
    }
    let short = withoutZeros(text, keeping: decimals)
    if (try? WrittenAmount(exact: short))?.decimals ?? .max <= decimals { readings.append(short) }
    return readings
  }

  private static func withoutZeros(_ text: String, keeping decimals: Int) -> String {
    guard let point = text.firstIndex(of: ".") else { return text }
    var text = text
    while text.last == "0", text.distance(from: point, to: text.endIndex) - 1 > decimals {
      text.removeLast()
    }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// Without thinking of what else may be meant.
  private init(exact text: String) throws(MoneyError) {
    var copy = text
    guard copy.withUTF8({ Self.decimals(of: $0) }) != nil else { throw .notAnAmount(text) }
    self.text = text
  }
}

extension String {
  /// Whether the last three signs are digits behind a comma or a point, with one to three before.
  fileprivate var hasSuffixOfThreeDigits: Bool {
    let parts = drop { $0 == "-" }.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "." })
    return parts.count == 2 && parts[1].count == 3 && (1...3).contains(parts[0].count)
      && parts[0].first != "0"
  }
}

extension Substring {
  /// Whether commas or points stand before groups of three digits; of two or three, as in India,
  /// before the last.
  fileprivate var isGrouped: Bool {
    let parts = drop { $0 == "-" }.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "." })
    guard let first = parts.first, let last = parts.dropFirst().last else { return true }
    return (1...3).contains(first.count) && last.count == 3
      && parts.dropFirst().allSatisfy { (2...3).contains($0.count) }
  }
}

extension Money {
  /// What a person wrote. See `WrittenAmount`.
  /// - Throws: `MoneyError` with what to write instead.
  public init(written text: String, currency: Currency) throws(MoneyError) {
    self = try WrittenAmount(text).money(in: currency)
  }

  /// The same over bytes, for readers of large files.
  public init(writtenUTF8 bytes: UnsafeBufferPointer<UInt8>, currency: Currency) throws(MoneyError)
  {
    if let decimals = WrittenAmount.decimals(of: bytes), decimals <= currency.exponent {
      try self.init(utf8: bytes, currency: currency)
    } else {
      try self.init(written: String(decoding: bytes, as: UTF8.self), currency: currency)
    }
  }
}

/// A whole number as a person writes it: digits and nothing else, no sign, no blank; `nil` for
/// anything else, and for one of more than 18 digits.
public func writtenNumber(_ text: some StringProtocol) -> Int? {
  let digits = text.utf8
  guard (1...18).contains(digits.count), digits.allSatisfy({ 48...57 ~= $0 }) else { return nil }
  return Int(text)
}
