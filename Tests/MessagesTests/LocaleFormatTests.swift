import Foundation
import Messages
import Receivables
import Testing

@Suite struct LocaleFormatTests {
  @Test(arguments: [
    ("en-NZ", "NZD", "1234.50", "$1,234.50"), ("en-US", "NZD", "1234.50", "NZ$1,234.50"),
    ("de-DE", "EUR", "1234.50", "1.234,50\u{A0}€"), ("en-NZ", "JPY", "1235", "JP¥1,235"),
    ("ja-JP", "JPY", "1235", "¥1,235"), ("en-IN", "INR", "1234567.00", "₹12,34,567.00"),
    ("es-ES", "EUR", "1234.50", "1234,50\u{A0}€"),
    ("es-ES", "EUR", "12345.00", "12.345,00\u{A0}€"),
    ("fr-FR", "EUR", "1234.50", "1\u{202F}234,50\u{A0}€"), ("en-NZ", "NZD", "-0.05", "-$0.05"),
    ("nl-NL", "EUR", "-1234.50", "€\u{A0}-1.234,50"), ("en-US", "KWD", "0.125", "KWD\u{A0}0.125"),
    ("ar-EG", "NZD", "1234.50", "\u{200F}١٬٢٣٤٫٥٠\u{A0}NZ$"),
  ])
  func `an amount is written as its locale writes it`(
    locale: String,
    code: String,
    amount: String,
    expected: String
  ) throws {
    let money = try Money(amount, currency: Currency(code))
    let formatted = LocaleFormats(defaultLocale: locale).standard.amount(money)
    #expect(formatted == Amount(decimal: amount, formatted: expected))
  }

  @Test(arguments: [
    "en-NZ", "en-US", "en-IN", "de-DE", "de-CH", "de-AT", "fr-FR", "es-ES", "nl-NL", "ja-JP", "ar",
    "ar-EG", "pt-PT", "pl", "sv-SE", "hi-IN", "fa-IR", "th-TH", "en-ZA", "bn-BD", "it-CH",
  ])
  func `every amount is what ICU makes of it`(locale: String) throws {
    var random = SeededGenerator(seed: 42)
    let format = LocaleFormats(defaultLocale: locale).standard
    #expect(format.identifier == locale)
    for code in ["NZD", "USD", "EUR", "INR", "JPY", "KWD", "CHF", "CLF", "DKK", "XAF"] {
      let currency = try Currency(code)
      let style = Decimal.FormatStyle.Currency(code: code, locale: Locale(identifier: locale))
        .precision(.fractionLength(currency.exponent))
      for index in 0..<60 {
        let digits = UInt64(index % 19)
        let bound = (0..<digits).reduce(UInt64(10)) { value, _ in
          value.multipliedReportingOverflow(by: 10).overflow ? value : value * 10
        }
        let units = Int64(random.next() % min(bound, UInt64(Int64.max)))
        let signed = index % 3 == 0 ? -units : units
        let exact = Decimal(
          sign: signed < 0 ? .minus : .plus,
          exponent: -currency.exponent,
          significand: Decimal(units)
        )
        let found = format.amount(Money(minorUnits: signed, currency: currency)).formatted
        #expect(found == exact.formatted(style), "\(signed) \(code)")
      }
    }
  }

  @Test func `the largest and the smallest amount are exact`() throws {
    let format = LocaleFormats(defaultLocale: "en-US").standard
    let usd = try Currency("USD")
    #expect(
      format.amount(Money(minorUnits: .max, currency: usd)).formatted
        == "$92,233,720,368,547,758.07"
    )
    #expect(
      format.amount(Money(minorUnits: -.max, currency: usd)).formatted
        == "-$92,233,720,368,547,758.07"
    )
  }

  @Test(arguments: [
    ("en-NZ", "23 Nov 2026"), ("en-US", "Nov 23, 2026"), ("de-DE", "23. Nov. 2026"),
    ("fr-FR", "23 nov. 2026"), ("ja-JP", "2026年11月23日"),
  ])
  func `a day is written with its month's name`(locale: String, expected: String) throws {
    let day = try #require(Day("2026-11-23"))
    let text = LocaleFormats(defaultLocale: locale).standard.date(day)
    #expect(text == DateText(iso: "2026-11-23", formatted: expected))
  }

  @Test(arguments: [
    ("de-AT", "de-AT"), ("de_at", "de-AT"), ("DE", "de"), ("zh-hant-tw", "zh-Hant-TW"),
    ("en-u-nu-arab", "en"), ("xx-YY", "fr-FR"), ("", "fr-FR"), ("de_AT.UTF-8", "fr-FR"),
    ("../etc", "fr-FR"), ("e", "fr-FR"), ("english", "fr-FR"), ("de--AT", "fr-FR"),
  ])
  func `an unknown or malformed locale is the default's`(given: String, used: String) {
    #expect(LocaleFormats(defaultLocale: "fr-FR")[given].identifier == used)
  }

  @Test func `a default that is not known is English`() {
    #expect(LocaleFormats(defaultLocale: "klingon").standard.identifier == "en")
    #expect(LocaleFormats(defaultLocale: nil)[nil].identifier == "en")
  }
}
