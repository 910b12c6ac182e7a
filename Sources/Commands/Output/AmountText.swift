import Receivables

/// `1 account`, `2 accounts`.
func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}

extension Money {
  /// `1,234.50`, for columns of figures.
  var grouped: String {
    let text = decimalString
    let digits = text.drop { $0 == "-" }.prefix { $0 != "." }
    let rest = text.drop { $0 != "." }
    var groups = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { groups.append(",") }
      groups.append(digit)
    }
    return (minorUnits < 0 ? "-" : "") + groups + rest
  }

  /// `NZD 1,234.50`.
  var withCode: String { "\(currency.code) \(grouped)" }
}
