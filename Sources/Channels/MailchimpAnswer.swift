import Messages
import Outbox
import Receivables
import Wire

/// An error; older versions of the API answer all of them with a 500.
struct MailchimpFailure: Decodable {
  let status: String
  let name: String
  let message: String?
}

/// What became of one recipient.
struct MailchimpResult: Decodable {
  let id: String
  let status: String
  let rejectReason: String?

  enum CodingKeys: String, CodingKey {
    case status
    case id = "_id"
    case rejectReason = "reject_reason"
  }
}

/// A message that the search lists.
struct MailchimpHit: Decodable {
  let id: String
  /// Seconds since 1970.
  let ts: Int64
  let state: String?
  let metadata: [String: String]?

  enum CodingKeys: String, CodingKey {
    case ts, state, metadata
    case id = "_id"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    ts = try values.decode(Int64.self, forKey: .ts)
    state = try values.decodeIfPresent(String.self, forKey: .state)
    // `[]` where there is none.
    let pairs = try? values.decodeIfPresent([String: Value].self, forKey: .metadata)
    metadata = pairs.map { $0.compactMapValues(\.text) }
  }

  /// Others write numbers into their metadata.
  private struct Value: Decodable {
    let text: String?
    init(from decoder: any Decoder) throws {
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }
}

extension MailchimpResult {
  var outcome: Outcome {
    let reason = rejectReason.map { ", \($0)" } ?? ""
    let why = "Mailchimp: \(status)\(reason)"
    switch (status, rejectReason) {
    case ("sent", _), ("queued", _), ("scheduled", _): return .accepted(id: id)
    case ("invalid", _): return .refused(.recipient, why: "\(why) address")
    case ("rejected", "unsub"), ("rejected", "spam"): return .refused(.optedOut, why: why)
    case ("rejected", "unsigned"), ("rejected", "invalid-sender"),
      ("rejected", "test-mode-limit"):
      return .refused(.channel, why: "\(why): mend the account's sending domain or mode")
    case ("rejected", "rule"): return .refused(.message, why: why)
    case ("rejected", _): return .refused(.recipient, why: why)
    default: return .unknown(why: why)
    }
  }
}

extension MailchimpFailure {
  func outcome(_ response: Response) -> Outcome {
    let words = Escaping.singleLine("\(name): \(message ?? "")")
    let why = "Mailchimp: HTTP \(response.status) \(shortened(words, to: 200))"
    switch name {
    case "Invalid_Key": return .signInNeeded(why: why)
    case "RequestLimitExceeded": return .notAccepted(after: response.retryAfter(), why: why)
    case "PaymentRequired", "Unknown_Template", "Unknown_Subaccount":
      return .refused(.channel, why: why)
    case "ValidationError": return .refused(.message, why: why)
    case "GeneralError", "ServiceUnavailable": return .unknown(why: why)
    default:
      if response.status >= 500 { return .unknown(why: why) }
      return response.outweighsUnknownCodes
        ? .notAccepted(after: response.retryAfter(), why: why) : .refused(.message, why: why)
    }
  }
}
