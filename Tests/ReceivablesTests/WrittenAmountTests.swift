import Receivables
import Support
import Testing

private let grouped = " if its point groups thousands"

struct WrittenAmountTests {
  @Test(
    "Digits, a point, and at most the currency's decimals are read",
    arguments: [
      ("1240.50", "EUR", 124_050), ("1240.5", "EUR", 124_050), ("1240", "EUR", 124_000),
      ("-5.25", "EUR", -525), ("0", "JPY", 0), ("1240", "JPY", 1_240), ("1.250", "KWD", 1_250),
      ("007", "EUR", 700), ("92233720368547758.07", "EUR", .max),
    ]
  )
  func reads(text: String, code: String, minorUnits: Int64) throws {
    let money = try Money(written: text, currency: Currency(code))
    #expect(money.minorUnits == minorUnits)
    let bytes = Array(text.utf8)
    let read = bytes.withUnsafeBufferPointer { buffer in
      try? Money(writtenUTF8: buffer, currency: money.currency)
    }
    #expect(read == money)
  }

  @Test(
    "Anything else is refused, and what to write is said where it can be known",
    arguments: [
      (
        "1.250", "EUR",
        "has more decimals than EUR, which has 2 (write it as 1250\(grouped) or 1.25)"
      ),
      (
        "2.100", "EUR",
        "has more decimals than EUR, which has 2 (write it as 2100\(grouped) or 2.10)"
      ),
      (
        "1.005", "EUR",
        "has more decimals than EUR, which has 2 (write it as 1005\(grouped))"
      ),
      ("0.250", "EUR", "has more decimals than EUR, which has 2 (write it as 0.25)"),
      ("1240.5000", "EUR", "has more decimals than EUR, which has 2 (write it as 1240.50)"),
      ("1240.00", "JPY", "has more decimals than JPY, which has none (write it as 1240)"),
      (
        "1.240", "JPY",
        "has more decimals than JPY, which has none (write it as 1240\(grouped))"
      ),
      ("1.5", "JPY", "has more decimals than JPY, which has none"),
      ("1e3", "EUR", "is not an amount (write it as 1000)"),
      ("1,240.50", "EUR", "is not an amount (write it as 1240.50)"),
      ("1.240,50", "EUR", "is not an amount (write it as 1240.50)"),
      ("1,240", "EUR", "is not an amount (write it as 1240 or 1.24)"),
      ("620,50", "EUR", "is not an amount (write it as 620.50)"),
      ("1.234.567", "EUR", "is not an amount (write it as 1234567)"),
      ("1 240.50", "EUR", "is not an amount (write it as 1240.50)"),
      ("1\u{202F}240,50", "EUR", "is not an amount (write it as 1240.50)"),
      ("1’240.50", "EUR", "is not an amount (write it as 1240.50)"),
      ("１２４０．５０", "EUR", "is not an amount (write it as 1234.50)"),
      ("１２４０", "EUR", "is not an amount (write it as 1240)"),
      ("٥", "EUR", "is not an amount (write it as 5)"),
      ("+5", "EUR", "is not an amount (write it as 5)"),
      ("−5", "EUR", "is not an amount (write it as -5)"),
      (" 5", "EUR", "is not an amount (write it as 5)"),
      ("(12.00)", "EUR", "is not an amount (write it as -12.00)"),
      ("(1,240.50)", "EUR", "is not an amount (write it as -1240.50)"),
      ("(-5)", "EUR", "is not an amount (write it as 1234.50)"),
      ("()", "EUR", "is not an amount (write it as 1234.50)"),
      ("1.2.3", "EUR", "is not an amount (write it as 1234.50)"),
      ("03.02.2025", "EUR", "is not an amount (write it as 1234.50)"),
      ("1,2,3.50", "EUR", "is not an amount (write it as 1234.50)"),
      ("12,34,567", "EUR", "is not an amount (write it as 1234567)"),
      ("²", "EUR", "is not an amount (write it as 1234.50)"),
      ("$5", "EUR", "is not an amount (write it as 1234.50)"),
      ("5.", "EUR", "is not an amount (write it as 1234.50)"),
      (".5", "EUR", "is not an amount (write it as 1234.50)"),
      ("", "EUR", "is not an amount (write it as 1234.50)"),
      ("five", "EUR", "is not an amount (write it as 1234.50)"),
      ("92233720368547758.08", "EUR", "is larger than can be represented"),
    ]
  )
  func refuses(text: String, code: String, message: String) throws {
    let currency = try Currency(code)
    func error(_ body: () throws(MoneyError) -> Money) -> String {
      do throws(MoneyError) { return "read as \(try body())" } catch { return "\(error)" }
    }
    #expect(
      error { () throws(MoneyError) in try Money(written: text, currency: currency) }
        == "`\(text)` \(message)")
    let bytes = Array(text.utf8)
    let result = bytes.withUnsafeBufferPointer { buffer in
      error { () throws(MoneyError) in try Money(writtenUTF8: buffer, currency: currency) }
    }
    #expect(result == "`\(text)` \(message)")
  }

  @Test("Without a currency, a third decimal is none: it looks like grouped thousands")
  func inAnyCurrency() throws {
    #expect(try WrittenAmount(inAnyCurrency: "500.25").text == "500.25")
    #expect(
      throws: MoneyError.miswritten(
        "1.000", instead: ["1000\(grouped)", "1.00"])
    ) {
      try WrittenAmount(inAnyCurrency: "1.000")
    }
    #expect(throws: MoneyError.notAnAmount("1.2345")) {
      try WrittenAmount(inAnyCurrency: "1.2345")
    }
  }

  @Test("A whole number is digits alone")
  func wholeNumbers() {
    #expect(writtenNumber("12") == 12)
    #expect(writtenNumber("007") == 7)
    for text in ["", "+5", "-5", " 5", "5 ", "1e3", "5.0", "５", "1234567890123456789"] {
      #expect(writtenNumber(text) == nil, "\(text)")
    }
    #expect(Period("+7d") == nil)
    #expect(Period("7d") == .days(7))
  }
}
