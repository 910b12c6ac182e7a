import Foundation
import Receivables
import Support
import Testing

/// For any text: what is read is what a person reads there, or nothing is. The readings here are
/// written without a look at the readers.
struct ReadingTests {
  // MARK: Numbers

  /// What a text may mean to people, in minor units: a point before the decimals, or a comma, with
  /// the other sign, a blank or an apostrophe between groups of three.
  private static func meanings(of text: String, exponent: Int) -> Set<Int64> {
    var found: Set<Int64> = []
    for (decimal, groups) in [(".", ", '’\u{A0}\u{202F}"), (",", ". '’\u{A0}\u{202F}")] {
      var text = text
      var sign: Int64 = 1
      if text.hasPrefix("-") || text.hasPrefix("−") {
        sign = -1
        text.removeFirst()
      }
      let parts = text.components(separatedBy: decimal)
      guard parts.count <= 2 else { continue }
      let pieces = parts[0].split(
        omittingEmptySubsequences: false, whereSeparator: { groups.contains($0) })
      let isGrouped =
        pieces.count > 1
        && (1...3).contains(pieces[0].count) && pieces.dropFirst().allSatisfy { $0.count == 3 }
      guard pieces.count == 1 || isGrouped else { continue }
      let whole = pieces.joined()
      let rest = parts.count == 2 ? parts[1] : ""
      guard !whole.isEmpty, (whole + rest).allSatisfy({ "0123456789".contains($0) }),
        parts.count == 1 || !rest.isEmpty, rest.count <= exponent
      else { continue }
      let digits = whole + rest + String(repeating: "0", count: exponent - rest.count)
      if let value = Int64(digits) { found.insert(sign * value) }
    }
    return found
  }

  @Test("Any text is the one amount that a person would read, or none")
  func amounts() throws {
    let pieces = [
      "0", "1", "12", "240", "999", "50", "5", ".", ",", "'", "’", " ", "\u{A0}", "\u{202F}", "-",
      "−", "+", "e3", "E2", "１", "٣", "x", "$", "",
    ]
    var read = 0
    for seed in RandomSeeds.first(20_000) {
      var random = SplitMix64(seed: seed)
      let currency = try Currency(random.pick(["EUR", "JPY", "USD", "HUF"]))
      var text = ""
      for _ in 0..<random.int(1...5) { text += random.pick(pieces) }
      guard let money = try? Money(written: text, currency: currency) else { continue }
      read += 1
      let meanings = Self.meanings(of: text, exponent: currency.exponent)
      #expect(meanings == [money.minorUnits], "seed \(seed): `\(text)` \(currency)")
    }
    #expect(read > 1_000)
  }

  @Test("An amount as people write it is read as it was meant, or refused")
  func writtenAmounts() throws {
    var read = 0
    for seed in RandomSeeds.first(10_000) {
      var random = SplitMix64(seed: seed)
      let currency = try Currency(random.pick(["EUR", "JPY", "USD"]))
      let meant = Money(minorUnits: Int64(random.int(0...99_999_999)), currency: currency)
      let parts = meant.decimalString.split(separator: ".").map(String.init)
      let (decimal, group) = random.pick([
        (".", ""), (".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u{202F}"),
      ])
      var whole = ""
      for (place, digit) in parts[0].reversed().enumerated() {
        if place > 0, place % 3 == 0 { whole = group + whole }
        whole = String(digit) + whole
      }
      let isRound = parts.count == 2 && Int(parts[1]) == 0
      let text =
        whole + (parts.count == 1 || isRound && random.once(in: 2) ? "" : decimal + parts[1])
      guard let money = try? Money(written: text, currency: currency) else { continue }
      read += 1
      #expect(money == meant, "seed \(seed): `\(text)`")
    }
    #expect(read > 1_000)
  }

  // MARK: Telephone numbers

  /// Numbers of which it is known what they are, and how long their country code is.
  private static let known = [
    ("+6421555010", 2), ("+642155501234", 2), ("+14155552671", 1), ("+447700900123", 2),
    ("+493012345678", 2), ("+390612345678", 2), ("+33612345678", 2), ("+3780549886377", 3),
    ("+2250123456789", 3), ("+79123456789", 1), ("+919876543210", 2), ("+35312345678", 3),
  ].filter { Contact.phone($0.0) != nil }

  /// The number in groups, as somebody may write it.
  private static func written(
    _ number: String,
    _ country: Int,
    _ random: inout SplitMix64
  ) -> String {
    let digits = Array(number.dropFirst())
    let separators = [" ", " ", " ", "-", ".", "\u{A0}", "\u{2009}", "\u{2011}", ""]
    let separator = random.pick(separators)
    var text = "+" + String(digits[..<country])
    var rest = digits[country...]
    let area = String(rest.prefix(random.int(1...3)))
    rest = rest.dropFirst(area.count)
    text += random.pick([" \(area)", "\(separator)\(area)", " (\(area))", "(\(area))"])
    while !rest.isEmpty {
      let group = String(rest.prefix(random.int(2...4)))
      rest = rest.dropFirst(group.count)
      text += separator + group
    }
    // Copied from somewhere.
    if random.once(in: 4) {
      let index = text.index(text.startIndex, offsetBy: random.int(0...text.count - 1))
      text.unicodeScalars.insert(
        random.pick(["\u{200B}", "\u{202A}", "\u{FEFF}", "\u{AD}", "\u{2060}"]), at: index)
    }
    return random.once(in: 5) ? "  \(text) " : text
  }

  @Test("A number in groups is that number, or none")
  func numbersInGroups() {
    #expect(Self.known.count >= 10)
    var read = 0
    for seed in RandomSeeds.first(5_000) {
      var random = SplitMix64(seed: seed)
      let (number, country) = random.pick(Self.known)
      let text = Self.written(number, country, &random)
      guard let found = Contact.phone(text) else { continue }
      read += 1
      #expect(found == number, "seed \(seed): `\(text)`")
    }
    // Not all: a short group behind a long one may be an extension.
    #expect(read > 2_000)
  }

  @Test("What has more in it than one number is none, wherever the rest stands")
  func moreThanANumber() {
    let before = ["Maria ", "tel. ", "(home) ", "0", "1. ", "+", "a: ", "tel:"]
    let after = [
      " ext 12", " x12", "x12", " #3", ";ext=7", "/11", " / 12", "/0211234567", " (12)", " (9)",
      " (home)", " or +64 21 555 011", ", +64 21 555 011", " +64 21 555 011", " & 2", " mob",
      "\n+64 21 555 011", " - 11", ",,12", "p12", "w3", " *", "?", " oder 030 12345",
    ]
    for seed in RandomSeeds.first(5_000) {
      var random = SplitMix64(seed: seed)
      let (number, country) = random.pick(Self.known)
      let text = Self.written(number, country, &random)
      let whole =
        random.once(in: 4)
        ? random.pick(before) + text.drop { $0 == " " } : text + random.pick(after)
      #expect(Contact.phone(whole) == nil, "seed \(seed): `\(whole)`")
    }
  }

  @Test("A zero that is dialled at home only, written behind a country code, makes it no number")
  func zerosBehindTheCode() {
    for (number, country) in Self.known where !number.dropFirst(1 + country).hasPrefix("0") {
      let code = number.prefix(1 + country)
      let rest = number.dropFirst(1 + country)
      for text in [
        "\(code)0\(rest)", "\(code) 0\(rest)", "\(code) (0)\(rest)", "\(code)(0) \(rest)",
      ]
      where !["+39", "+378", "+225"].contains(String(code)) || text.contains("(") {
        #expect(Contact.phone(text) == nil, "\(text)")
      }
    }
  }

  @Test("Of any text, what is read are its digits and no others")
  func anyTelephoneText() {
    let pieces = [
      "+", "64", "21", "1", "415", "555", "010", "2671", "39", "06", "44", "0", "7700", "900123",
      " ", "-", ".", "(", ")", "/", "ext", ",", "\n", "x", "\u{200B}", "\u{A0}", "３",
    ]
    var read = 0
    for seed in RandomSeeds.first(60_000) {
      var random = SplitMix64(seed: seed)
      var text = random.once(in: 3) ? "" : "+"
      for _ in 0..<random.int(1...9) { text += random.pick(pieces) }
      guard let number = Contact.phone(text) else { continue }
      read += 1
      let digits = text.filter { $0.isASCII && $0.isNumber }
      let others = text.filter { !($0.isASCII && $0.isNumber) }
      #expect(number == "+\(digits)", "seed \(seed): `\(text)`")
      #expect(others.count { $0 == "+" } == 1, "seed \(seed): `\(text)`")
      #expect(
        !others.contains { $0.isLetter || $0 == "," || $0 == "\n" }, "seed \(seed): `\(text)`")
      #expect(!text.hasSuffix(")") && !text.contains("(0"), "seed \(seed): `\(text)`")
    }
    #expect(read > 200)
  }

  // MARK: E-mail addresses

  /// RFC 5321, a dot-string at a domain of two labels or more.
  private static let pattern =
    #"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"#
    + #"@([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$"#

  @Test("Any text is the one address that stands in it, or none")
  func addresses() throws {
    let expression = try NSRegularExpression(pattern: Self.pattern)
    let pieces = [
      "ada", "o'neil", "a", "B", "1", ".", "..", "+", "-", "_", "@", "@", "@", "x.example",
      "harbour", "example", ".co", " ", "\u{A0}", "\u{200B}", "\u{FEFF}", "ü", "＠", "。", "\"", ",",
      ";", "<", ">", "\r\n", "(x)", "\\", "[1.2.3.4]", "\t",
    ]
    var read = 0
    for seed in RandomSeeds.first(60_000) {
      var random = SplitMix64(seed: seed)
      var text = ""
      if random.once(in: 2) {
        for _ in 0..<random.int(2...7) { text += random.pick(pieces) }
      } else {
        text = "ada.b@mail.harbour.example"
        for _ in 0..<random.int(0...2) {
          let index = text.index(text.startIndex, offsetBy: random.int(0...text.count))
          text.insert(contentsOf: random.pick(pieces), at: index)
        }
      }
      let found = Contact.email(text)
      let seen = text.trimmingCharacters(in: CharacterSet(charactersIn: " \t\u{A0}"))
      let range = NSRange(seen.startIndex..., in: seen)
      let isOne = expression.firstMatch(in: seen, range: range)?.range == range
      guard let found else { continue }
      read += 1
      #expect(isOne && found == seen, "seed \(seed): `\(text)`")
    }
    #expect(read > 500)
  }

  @Test("A list is the addresses that stand in it, each once, and nothing is lost unsaid")
  func lists() {
    let all = [
      "a@x.example", "B@x.example", "b@X.example", "bob", "c@y.example", "ü@x.example", "",
    ]
    for seed in RandomSeeds.first(2_000) {
      var random = SplitMix64(seed: seed)
      let parts = (0..<random.int(0...5)).map { _ in random.pick(all) }
      let text = parts.joined(separator: random.pick([";", ",", "; ", " , "]))
      let list = EmailList(text)
      var wanted: [String] = []
      for part in parts where part.hasSuffix(".example") && part.allSatisfy(\.isASCII) {
        if !wanted.contains(where: { $0.lowercased() == part.lowercased() }) { wanted.append(part) }
      }
      #expect(list.addresses.map(\.text) == wanted, "seed \(seed): `\(text)`")
      let bad = parts.filter { $0 == "bob" || $0.hasPrefix("ü") }
      #expect(list.refused.map(\.text) == bad, "seed \(seed): `\(text)`")
    }
  }
}
