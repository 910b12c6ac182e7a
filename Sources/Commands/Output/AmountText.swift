import Receivables

extension Money {
  /// `1,234.50`, for columns of figures.
  var grouped: String {
    let text = Array(decimalString.utf8)
    let end = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
    let start = minorUnits < 0 ? 1 : 0
    var grouped = Array(text[..<start])
    for place in start..<end {
      if place > start, (end - place) % 3 == 0 { grouped.append(UInt8(ascii: ",")) }
      grouped.append(text[place])
    }
    return String(decoding: grouped + text[end...], as: UTF8.self)
  }

  /// `NZD 1,234.50`.
  var withCode: String { "\(currency.code) \(grouped)" }
}
