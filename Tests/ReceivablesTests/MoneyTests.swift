import Receivables
import Support
import Testing

struct MoneyTests {
  private func minor(_ text: String, _ code: String = "NZD") throws -> Int64 {
    try Money(text, currency: Currency(code)).minorUnits
  }

  @Test(
    "An amount is read exactly, in whatever way JSON or a CSV writes it",
    arguments: [
      ("0", 0), ("-0", 0), ("0.00", 0), ("1", 100), ("1.5", 150), ("1.50", 150), ("-1.50", -150),
      ("0.01", 1), ("007.10", 710), ("1.2300", 123), ("1e2", 10_000), ("1E2", 10_000),
      ("1e+2", 10_000), ("1.234e3", 123_400), ("12345e-2", 12_345), ("10e-3", 1), ("1e-2", 1),
      ("0.0000001e5", 1), ("0e40", 0), ("100000e-7", 1), ("-0.019e1", -19),
    ]
  )
  func reads(text: String, expected: Int64) throws {
    #expect(try minor(text) == expected)
  }

  @Test("A currency's own exponent decides: yen have no decimals, Kuwaiti dinars three")
  func exponents() throws {
    #expect(try minor("12345", "JPY") == 12_345)
    #expect(try minor("12345.0", "JPY") == 12_345)
    #expect(try minor("1.5e1", "JPY") == 15)
    #expect(try minor("12.345", "KWD") == 12_345)
    #expect(try minor("1.2345", "CLF") == 12_345)
  }

  @Test(
    "What is not an amount is refused, never guessed at",
    arguments: [
      "", "-", ".", "-.", "1.", ".5", "-.5", "+1", "1,50", "1 000", " 1", "1 ", "1.2.3", "--1",
      "1-",
      "0x10", "NaN", "Infinity", "1e", "e1", "1e1.5", "1e41", "1e-41", "1e99999999999999999999",
      "1e9223372036854775807", "1e-9223372036854775808", "٣", "１", "1\u{0}", "$1",
    ]
  )
  func refuses(text: String) throws {
    #expect(throws: MoneyError.notAnAmount(text)) { try minor(text) }
  }

  @Test("A digit below the minor unit is an error unless it is zero")
  func excessPrecision() throws {
    for text in ["0.001", "1.005", "1e-3", "15e-3", "0.10000000000000000000000001"] {
      #expect(throws: MoneyError.excessPrecision(text, exponent: 2)) { try minor(text) }
    }
    #expect(throws: MoneyError.excessPrecision("0.5", exponent: 0)) { try minor("0.5", "JPY") }
    #expect(throws: MoneyError.excessPrecision("0.0005", exponent: 3)) {
      try minor("0.0005", "KWD")
    }
    #expect(try minor("1.2000000000000000000000000000000000000000000") == 120)
  }

  @Test("The last amount that fits is read, the next one is an error")
  func overflow() throws {
    #expect(try minor("92233720368547758.07") == .max)
    #expect(try minor("-92233720368547758.07") == -.max)
    #expect(try minor("9223372036854775807", "JPY") == .max)
    for text in ["92233720368547758.08", "-92233720368547758.08", "1e17", "1e40", "9e18"] {
      #expect(throws: MoneyError.overflow(text)) { try minor(text) }
    }
    #expect(throws: MoneyError.overflow("9223372036854775808")) {
      try minor("9223372036854775808", "JPY")
    }
  }

  @Test("It is written with all decimals of its currency")
  func writes() throws {
    func text(_ minor: Int64, _ code: String) throws -> String {
      Money(minorUnits: minor, currency: try Currency(code)).decimalString
    }
    #expect(try text(0, "NZD") == "0.00")
    #expect(try text(-5, "NZD") == "-0.05")
    #expect(try text(123_450, "NZD") == "1234.50")
    #expect(try text(-7, "JPY") == "-7")
    #expect(try text(7, "KWD") == "0.007")
    // The smallest number has no opposite, and is no amount.
    #expect(try text(.min, "NZD") == "-92233720368547758.07")
    #expect(try Money("1234.5", currency: Currency("NZD")).description == "NZD 1234.50")
  }

  @Test("Any amount of any currency is read back as it was written, wherever its point stands")
  func roundTrip() throws {
    let currencies = try ["NZD", "JPY", "KWD", "CLF"].map { try Currency($0) }
    for seed in RandomSeeds.first(300) {
      var random = SplitMix64(seed: seed)
      let minor = Int64(bitPattern: random.next()) >> Int64(random.int(0...63))
      let currency = random.pick(currencies)
      let money = Money(minorUnits: minor, currency: currency)
      #expect(try Money(money.decimalString, currency: currency) == money, "seed \(seed)")
      let shifted = Self.written(minor, exponent: currency.exponent, &random)
      #expect(try Money(shifted, currency: currency) == money, "seed \(seed): \(shifted)")
    }
  }

  /// The same amount with the point somewhere else, and an exponent that makes up for it.
  private static func written(
    _ minor: Int64,
    exponent: Int,
    _ random: inout SplitMix64
  ) -> String {
    let digits = String(repeating: "0", count: random.int(0...5)) + String(minor.magnitude)
    let decimals = random.int(0...digits.count - 1)
    let point = decimals == 0 ? "" : "."
    let power = decimals - exponent
    let sign = power < 0 ? "-" : random.pick(["", "+"])
    return (minor < 0 ? "-" : "") + digits.dropLast(decimals) + point + digits.suffix(decimals)
      + random.pick(["e", "E"]) + sign + String(power.magnitude)
  }

  @Test("No text crashes the reader; what it takes, it can write and take again")
  func anyText() throws {
    let alphabet = Array("0123456789.-+eE, 0000")
    let currency = try Currency("NZD")
    for seed in RandomSeeds.first(3_000) {
      var random = SplitMix64(seed: seed)
      let text = String((0..<random.int(0...12)).map { _ in random.pick(alphabet) })
      guard let money = try? Money(text, currency: currency) else { continue }
      #expect(try Money(money.decimalString, currency: currency) == money, "seed \(seed): \(text)")
    }
  }

  @Test("Sums are exact or an error, and currencies are never mixed")
  func sums() throws {
    let (nzd, aud) = try (Currency("NZD"), Currency("AUD"))
    let one = Money(minorUnits: 1, currency: nzd)
    let most = Money(minorUnits: .max, currency: nzd)
    let least = Money(minorUnits: .min, currency: nzd)
    #expect(try most.subtracting(one).adding(one) == most)
    #expect(throws: MoneyError.overflow(most.description)) { try most.adding(one) }
    #expect(throws: MoneyError.overflow(least.description)) { try least.subtracting(one) }
    #expect(throws: MoneyError.mixedCurrencies(nzd, aud)) { try one.adding(.zero(aud)) }
    #expect(throws: MoneyError.mixedCurrencies(nzd, aud)) { try one.subtracting(.zero(aud)) }
  }

  @Test("Bytes are read like text")
  func bytes() throws {
    var text = "-12.34"
    let money = try text.withUTF8 { bytes in
      try Money(utf8: bytes, currency: Currency("NZD"))
    }
    #expect(money.minorUnits == -1234)
  }
}
