public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// Starts a Zap through a Catch Hook: one flat JSON object an alert.
/// help.zapier.com/hc/en-us/articles/8496288690317
public struct ZapierChannel: Channel {
  public static let traits = Traits(
    type: "zapier",
    title: "Zapier",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .visible,
    maxBodyBytes: 100_000,
    // Zapier throttles a user at 20,000 in five minutes, and holds runs that come in a flood.
    rate: Rate(5, per: .seconds(1)),
    concurrency: 2
  )

  private let webhookURL: Secret

  public init(settings: inout SettingsReader) {
    webhookURL = settings.webhookURL(
      help: "The Catch Hook's URL, whole; whoever has it can start the Zap, so it is a secret"
    )
    let url = webhookURL.reveal()
    if !settings.has("base_url"), !url.isEmpty,
      !url.hasPrefix("https://hooks.zapier.com/hooks/catch/")
    {
      settings.reject(
        "webhook_url",
        "is not https://hooks.zapier.com/hooks/catch/…: copy it from the Zap's first step"
          + " (a proxy goes under base_url)"
      )
    }
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    try json(.POST, webhookURL.reveal(), message.flat)
  }

  /// A 200 says that the hook received it, not that a Zap is on; in silent mode it is empty.
  public func outcome(of response: Response) -> Outcome? {
    let words = shortened(Escaping.singleLine(response.text), to: 200)
    let why = "Zapier: HTTP \(response.status) \(words)"
    switch response.status {
    case 200 where response.body.isEmpty: return .accepted(id: nil)
    case 200:
      guard let received = response.decoded(Received.self), received.status == "success" else {
        return .unknown(why: "\(why), which is not Zapier's")
      }
      return .accepted(id: received.id ?? received.requestID)
    case 201..<300: return .unknown(why: why)
    case 400, 415: return .refused(.message, why: why)
    case 401: return .signInNeeded(why: "\(why); copy the hook's URL from the Zap's first step")
    case 403:
      return .refused(.channel, why: "\(why); Zapier blocks this address or account: ask them")
    case 404, 410:
      return .refused(
        .channel,
        why: "\(why); the Zap is off or deleted, or has another owner and another URL:"
          + " switch it on, or copy its URL anew into webhook_url"
      )
    // Not Zapier's own answer: it did not get so far.
    case 503 where !response.isJSONObject: return nil
    case 500...: return .unknown(why: why)
    default: return nil
    }
  }

  public func inspect(over session: Session) async -> [Finding] {
    let url = webhookURL.reveal()
    let silent = url.hasSuffix("/silent/") || url.hasSuffix("/silent") ? " in silent mode" : ""
    return [
      Finding(
        .note,
        "a Catch Hook\(silent); there is no call that tells whether the Zap is on,"
          + " and a message starts it: check --send-test"
      )
    ]
  }
}

private struct Received: Decodable {
  let status: String
  let id: String?
  let requestID: String?

  enum CodingKeys: String, CodingKey {
    case status, id
    case requestID = "request_id"
  }
}
