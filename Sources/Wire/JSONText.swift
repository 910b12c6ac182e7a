extension JSON {
  /// Without blanks, members in the order written, numbers as they were written.
  var compactText: String {
    var text = ""
    write(to: &text, sorted: false)
    return text
  }

  /// One text for all ways to write the same value: members sorted, numbers without idle zeros.
  var canonicalText: String {
    var text = ""
    write(to: &text, sorted: true)
    return text
  }

  private func write(to text: inout String, sorted: Bool) {
    if let members = object {
      var list = Array(members)
      if sorted { list.sort { $0.key < $1.key } }
      text += "{"
      for (place, member) in list.enumerated() {
        if place > 0 { text += "," }
        text += jsonQuoted(member.key) + ":"
        member.value.write(to: &text, sorted: sorted)
      }
      text += "}"
    } else if let elements = array {
      text += "["
      for (place, element) in elements.enumerated() {
        if place > 0 { text += "," }
        element.write(to: &text, sorted: sorted)
      }
      text += "]"
    } else if let string {
      text += jsonQuoted(string)
    } else if let numberText {
      text += sorted ? withoutIdleZeros(numberText) : numberText
    } else {
      text += bool.map { $0 ? "true" : "false" } ?? "null"
    }
  }
}

/// A JSON string with its quotes.
func jsonQuoted(_ text: String) -> String {
  var out = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": out += "\\\""
    case "\\": out += "\\\\"
    case "\n": out += "\\n"
    case "\r": out += "\\r"
    case "\t": out += "\\t"
    case _ where scalar.value < 32:
      let hex = String(scalar.value, radix: 16)
      out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out + "\""
}

/// `12.50` and `12.5` are the same amount.
private func withoutIdleZeros(_ number: String) -> String {
  guard number.contains("."), !number.contains("e"), !number.contains("E") else { return number }
  var digits = number[...]
  while digits.last == "0" { digits.removeLast() }
  if digits.last == "." { digits.removeLast() }
  return digits == "-0" ? "0" : String(digits)
}
