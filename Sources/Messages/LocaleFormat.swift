import Foundation
public import Receivables
import Synchronization

/// Amounts and dates as the people of one locale write them. ICU says how, once per currency; whole
/// numbers are then set by that pattern, which is exact, and some twenty times as fast.
public final class LocaleFormat: Sendable {
  /// BCP 47, as in `de-AT`.
  public let identifier: String
  /// `de`.
  public let language: String

  private let patterns = Mutex<[Currency: AmountPattern]>([:])
  /// A ledger's many due dates are few days.
  private let days = Mutex<[Day: DateText]>([:])
  private let dates: Date.FormatStyle

  fileprivate init(_ identifier: String) {
    self.identifier = identifier
    language = String(identifier.prefix { $0 != "-" })
    let locale = Locale(identifier: identifier)
    var calendar = Calendar(identifier: .gregorian)
    calendar.locale = locale
    calendar.timeZone = .gmt
    dates = Date.FormatStyle(
      date: .abbreviated,
      time: .omitted,
      locale: locale,
      calendar: calendar,
      timeZone: .gmt
    )
  }

  /// `$1,234.50` in en-NZ, `1.234,50 €` in de-DE, `₹1,23,456.00` in en-IN. Blanks may be U+00A0
  /// or U+202F, as ICU has them.
  public func amount(_ money: Money) -> Amount {
    let pattern = patterns.withLock { known in
      if let pattern = known[money.currency] { return pattern }
      let pattern = AmountPattern(locale: Locale(identifier: identifier), currency: money.currency)
      known[money.currency] = pattern
      return pattern
    }
    return Amount(decimal: money.decimalString, formatted: pattern.text(of: money.minorUnits))
  }

  /// `23 Nov 2026` in en-NZ, `23. Nov. 2026` in de-DE: the month is named, so that no reader takes
  /// it for the day.
  public func date(_ day: Day) -> DateText {
    if let text = days.withLock({ $0[day] }) { return text }
    let moment = Date(timeIntervalSince1970: TimeInterval(day.number) * 86_400)
    let text = DateText(iso: day.description, formatted: moment.formatted(dates))
    // What a source calls a date is not ours to bound.
    days.withLock { if $0.count < 4_000 { $0[day] = text } }
    return text
  }
}

/// The formats of every locale that came up, each set up once.
public final class LocaleFormats: Sendable {
  /// For whom no locale, or none that is known, is given.
  public let standard: LocaleFormat
  private let formats = Mutex<[String: LocaleFormat]>([:])

  /// - Parameter defaultLocale: the organisation's; `en` where it is not known either.
  public init(defaultLocale: String?) {
    standard = LocaleFormat(defaultLocale.flatMap(Self.canonical) ?? "en")
  }

  /// The default's where `locale` is absent, malformed or unknown.
  public subscript(locale: String?) -> LocaleFormat {
    guard let locale else { return standard }
    return formats.withLock { known in
      if let format = known[locale] { return format }
      let format =
        Self.canonical(locale).map { $0 == standard.identifier ? standard : LocaleFormat($0) }
        ?? standard
      // What a source calls a locale is not ours to bound.
      if known.count < 1_000 { known[locale] = format }
      return format
    }
  }

  /// Whether amounts and dates can be written so: BCP 47, of a language that ICU knows.
  public static func isLocale(_ identifier: String) -> Bool { canonical(identifier) != nil }

  /// `de_at` → `de-AT`; `nil` for what is not BCP 47, and for a language that ICU does not know.
  static func canonical(_ identifier: String) -> String? {
    let parts = identifier.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
    guard identifier.utf8.count <= 35, let language = parts.first?.lowercased(),
      (2...3).contains(language.utf8.count), parts.allSatisfy(isSubtag), isKnown(language)
    else { return nil }
    var result = language
    for part in parts.dropFirst() {
      switch part.utf8.count {
      // An extension (`-u-nu-latn`) or private use begins: not for us.
      case 1: return result
      case 2: result += "-" + part.uppercased()
      case 4 where part.first?.isNumber == false: result += "-" + part.capitalized
      case 3 where part.allSatisfy(\.isNumber): result += "-" + part
      default: continue
      }
    }
    return result
  }

  private static func isSubtag(_ part: Substring) -> Bool {
    (1...8).contains(part.utf8.count)
      && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  private static func isKnown(_ language: String) -> Bool {
    ["en", "de", "fr", "es", "nl"].contains(language) || languages.contains(language)
  }

  private static let languages = Set(
    Locale.availableIdentifiers.map { String($0.prefix { $0 != "_" && $0 != "-" }) }
  )
}
