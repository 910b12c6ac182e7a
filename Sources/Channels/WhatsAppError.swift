import Messages
import Outbox
import Wire

/// An error of the Graph API. Meta says to go by `code` and `details`: the same code comes with one
/// HTTP status or another. developers.facebook.com, whatsapp, support/error-codes
struct WhatsAppError: Decodable {
  struct Detail: Decodable { let details: String? }

  let code: Int
  let message: String
  let isTransient: Bool?
  let data: Detail?

  enum CodingKeys: String, CodingKey {
    case code, message
    case isTransient = "is_transient"
    case data = "error_data"
  }

  static func outcome(_ error: WhatsAppError, _ response: Response) -> Outcome {
    let words = Escaping.singleLine(
      [error.message, error.data?.details ?? ""].joined(separator: " "))
    let why =
      "WhatsApp: HTTP \(response.status), error \(error.code) \(shortened(words, to: 300))"
    let wait = response.retryAfter()
    switch error.code {
    case 0, 190: return .signInNeeded(why: why)
    case 3, 10, 200...299: return .refused(.channel, why: "\(why): a permission is missing")
    // Restricted, unpaid, not registered; the template missing, refused, paused, disabled.
    case 368, 131_031, 131_042, 133_006, 133_010, 131_045, 132_001, 132_007, 132_015, 132_016:
      return .refused(.channel, why: why)
    case 131_048: return .refused(.channel, why: "\(why): stopped, or the number is blocked")
    // No WhatsApp, blocked, a country, an experiment of Meta's; or our own number.
    case 131_026, 131_021, 130_472: return .refused(.recipient, why: why)
    case 131_050: return .refused(.optedOut, why: why)
    case 4, 80_007, 130_429: return .notAccepted(after: wait, why: why)
    case 131_056: return .notAccepted(after: wait ?? .seconds(6), why: why)
    case 131_057: return .notAccepted(after: wait ?? .seconds(3600), why: why)
    case _ where response.status >= 500: return .unknown(why: why)
    case 1, 2, 131_000, 131_016, 133_004: return .notAccepted(after: wait, why: why)
    // Parameters, a closed window, 131049 (held back for the user's sake): repeating helps nobody.
    default:
      return error.isTransient == true || response.status == 429
        ? .notAccepted(after: wait, why: why) : .refused(.message, why: why)
    }
  }
}
