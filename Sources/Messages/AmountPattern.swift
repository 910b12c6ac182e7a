import Foundation
import Receivables

/// How one locale writes amounts of one currency, read off what ICU makes of a few sample amounts.
struct AmountPattern: Sendable {
  private let exponent: Int
  private let positive: (prefix: [UInt8], suffix: [UInt8])
  private let negative: (prefix: [UInt8], suffix: [UInt8])
  private let decimalPoint: [UInt8]
  private let separator: [UInt8]
  /// Digits of the last group, and of those before it: 3 and 2 where lakhs are counted; 0 for none.
  private let lastGroup: Int
  private let otherGroups: Int
  /// Fewer digits stand ungrouped: 4, or 5 in Spanish.
  private let groupedFrom: Int
  /// The locale's ten digits.
  private let digits: [[UInt8]]

  init(locale: Locale, currency: Currency) {
    let exponent = currency.exponent
    let style = Decimal.FormatStyle.Currency(code: currency.code, locale: locale)
      .precision(.fractionLength(exponent))
    func sample(_ major: Decimal) -> Sample { Sample(major.formatted(style), exponent: exponent) }

    self.exponent = exponent
    // 18 digits: as long as an amount gets, and enough to show two group sizes.
    let long = sample(Decimal(111_111_111_111_111_111))
    positive = (long.prefix, long.suffix)
    let below = sample(-1)
    negative = (below.prefix, below.suffix)
    decimalPoint = long.decimalPoint
    separator = long.separator
    lastGroup = long.groups.count > 1 ? long.groups.last ?? 0 : 0
    otherGroups = long.groups.count > 2 ? long.groups[long.groups.count - 2] : lastGroup
    groupedFrom = sample(1_111).groups.count > 1 ? lastGroup + 1 : lastGroup + 2
    digits = (0..<10).map { digit in
      sample(Decimal(digit)).firstDigit ?? [UInt8(ascii: "0") + UInt8(digit)]
    }
  }

  func text(of minorUnits: Int64) -> String {
    let (prefix, suffix) = minorUnits < 0 ? negative : positive
    var reversed: [Int] = []
    reversed.reserveCapacity(24)
    var rest = minorUnits.magnitude
    while rest > 0 || reversed.count <= exponent {
      reversed.append(Int(rest % 10))
      rest /= 10
    }
    let wholeDigits = reversed.count - exponent
    let isGrouped = lastGroup > 0 && wholeDigits >= groupedFrom
    var result = prefix
    result.reserveCapacity(48)
    for (index, digit) in reversed.enumerated().reversed() {
      result += digits[digit]
      let place = index - exponent
      if place == 0 && exponent > 0 {
        result += decimalPoint
      } else if isGrouped, place >= lastGroup, (place - lastGroup) % max(otherGroups, 1) == 0 {
        result += separator
      }
    }
    return String(decoding: result + suffix, as: UTF8.self)
  }
}

/// One formatted amount, taken apart.
private struct Sample {
  var prefix: [UInt8] = []
  var suffix: [UInt8] = []
  var firstDigit: [UInt8]?
  var separator: [UInt8] = []
  var decimalPoint: [UInt8] = []
  /// Digits in each group of the whole part.
  var groups: [Int] = []

  init(_ text: String, exponent: Int) {
    let scalars = Array(text.unicodeScalars)
    let places = scalars.indices.filter { scalars[$0].properties.numericType == .decimal }
    guard let first = places.first, let last = places.last else { return }
    func bytes(_ range: Range<Int>) -> [UInt8] {
      Array(String(String.UnicodeScalarView(scalars[range])).utf8)
    }
    prefix = bytes(0..<first)
    suffix = bytes(last + 1..<scalars.count)
    firstDigit = bytes(first..<first + 1)
    let whole = Array(places.dropLast(exponent))
    groups = [1]
    for (earlier, later) in zip(whole, whole.dropFirst()) {
      if later == earlier + 1 {
        groups[groups.count - 1] += 1
      } else {
        separator = bytes(earlier + 1..<later)
        groups.append(1)
      }
    }
    if exponent > 0, let end = whole.last, places.count > whole.count {
      decimalPoint = bytes(end + 1..<places[whole.count])
    }
  }
}
