import Receivables

/// The ways to reach an account, as its source has them. What cannot be used is told, and never
/// guessed at.
struct ContactDetails: Sendable {
  /// Addresses that mail can be sent to, separated by commas.
  private(set) var email: String?
  /// E.164 where it is plainly one number; as it stands otherwise, and then nothing is sent to it.
  private(set) var phone: String?
  /// Worth telling: an address, or a number, that cannot be used.
  private(set) var notices: [String] = []
  /// For people: `customer Acme (12)`.
  private let whose: String

  init(of whose: String) { self.whose = whose }

  /// - Parameter fields: the first that has an address counts.
  mutating func read(emails fields: [String?]) {
    var complaints: [String] = []
    for field in fields {
      guard let field else { continue }
      let list = EmailList(field)
      complaints += list.complaints
      guard let text = list.text else { continue }
      email = text
      complaints = list.complaints
      break
    }
    notices += complaints.map { "\(whose): \($0); left out" }
  }

  mutating func read(phone written: String?) {
    guard let written else { return }
    do throws(PhoneNumber.Problem) { phone = try PhoneNumber(written).text } catch {
      keep(written, error)
    }
  }

  /// - Parameter parts: country code, area code, number; any but the last may be empty.
  mutating func read(phoneIn parts: (country: String, area: String, number: String)) {
    do throws(PhoneNumber.Problem) {
      phone = try PhoneNumber(country: parts.country, area: parts.area, number: parts.number).text
    } catch {
      // Without a plus in front, so that nobody takes it for a whole number.
      let country = parts.country.drop { $0 == "+" || $0 == " " }
      let written = [String(country), parts.area, parts.number].filter { !$0.isEmpty }
      keep(written.joined(separator: " "), error)
    }
  }

  private mutating func keep(_ written: String, _ problem: PhoneNumber.Problem) {
    phone = written
    if !problem.isNational { notices.append("\(whose): \(Self.complaint(written, problem))") }
  }

  /// For people, without its subject.
  static func complaint(_ written: String, _ problem: PhoneNumber.Problem) -> String {
    "`\(written)` is not plainly one telephone number: it \(problem.why); no text message goes"
      + " there"
  }
}
