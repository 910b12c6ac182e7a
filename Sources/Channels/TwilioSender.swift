import Receivables
import Wire

/// Who an SMS comes from. twilio.com/docs/messaging/senders
enum TwilioSender: Equatable {
  /// E.164.
  case number(String)
  case shortCode(String)
  /// A name in place of a number: at most 11 letters, digits, blanks and `+-_&`, a letter among
  /// them. Nobody can answer it.
  case name(String)
  /// A Messaging Service, which chooses among its numbers.
  case service(String)

  /// `nil` when it is none that Twilio takes.
  init?(_ from: String) {
    let bytes = Array(from.utf8)
    let isDigits = bytes.allSatisfy { (48...57).contains($0) }
    let letters = bytes.filter { (97...122).contains($0 | 0x20) }
    if let number = Contact.phone(from), number == from {
      self = .number(number)
    } else if isDigits, (3...8).contains(bytes.count) {
      self = .shortCode(from)
    } else if (1...11).contains(bytes.count), !letters.isEmpty,
      bytes.allSatisfy({
        (48...57).contains($0) || (97...122).contains($0 | 0x20) || " +-_&".utf8.contains($0)
      })
    {
      self = .name(from)
    } else {
      return nil
    }
  }

  /// Where Twilio keeps it; `nil` of a name, which is kept nowhere.
  func path(account: String) -> String? {
    let account = "/2010-04-01/Accounts/\(account)"
    switch self {
    case .number(let number):
      return "\(account)/IncomingPhoneNumbers.json?\(formEncoded([("PhoneNumber", number)]))"
    case .shortCode(let code):
      return "\(account)/SMS/ShortCodes.json?\(formEncoded([("ShortCode", code)]))"
    case .service(let sid): return "/v1/Services/\(percentEncoded(sid))"
    case .name: return nil
    }
  }

  static let nameFinding = Finding(
    .note,
    "the sender is a name, which nobody can answer: as STOP does not work, texts need another way"
  )

  /// What the answer at that path says.
  func finding(_ response: Response) -> Finding {
    switch (self, response.status) {
    case (.service(let sid), 200): return Finding(.good, "the Messaging Service \(sid) is there")
    case (.service(let sid), 404):
      return Finding(.problem, "messaging_service_sid: there is no service \(sid)")
    case (.number(let sender), 200), (.shortCode(let sender), 200):
      guard let list = response.decoded(Numbers.self) else { break }
      guard let number = list.items.first else {
        return Finding(.problem, "from: \(sender) is no sender of this account")
      }
      return number.capabilities?.sms == false
        ? Finding(.problem, "from: \(sender) cannot send SMS")
        : Finding(.good, "\(sender) is a sender of this account")
    default: break
    }
    return Finding(.note, "whether the sender is there cannot be seen: HTTP \(response.status)")
  }

  private struct Numbers: Decodable {
    struct Item: Decodable {
      struct Capabilities: Decodable { let sms: Bool? }
      let capabilities: Capabilities?
    }
    let incomingPhoneNumbers: [Item]?
    let shortCodes: [Item]?
    var items: [Item] { (incomingPhoneNumbers ?? []) + (shortCodes ?? []) }

    enum CodingKeys: String, CodingKey {
      case incomingPhoneNumbers = "incoming_phone_numbers"
      case shortCodes = "short_codes"
    }
  }
}

/// The account as Twilio describes it.
struct TwilioAccount: Decodable {
  /// `active`, `suspended` or `closed`.
  let status: String
  /// `Trial` or `Full`.
  let type: String?

  var findings: [Finding] {
    guard status == "active" else {
      return [Finding(.problem, "the Twilio account is \(status)")]
    }
    let good = Finding(.good, "Twilio takes the credentials; the account is active")
    return type == "Trial"
      ? [good, Finding(.problem, "a trial account sends to verified numbers alone")] : [good]
  }
}
