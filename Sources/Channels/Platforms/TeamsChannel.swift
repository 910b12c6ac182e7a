public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// Posts a card to a Microsoft Teams channel through a Workflows webhook, or through one of the
/// Office 365 connectors that came before. learn.microsoft.com/connectors/teams
public struct TeamsChannel: Channel {
  public static let traits = Traits(
    type: "teams",
    title: "Microsoft Teams",
    defaultAudience: .team,
    address: .none,
    forms: [.title, .text],
    idPlace: .visible,
    takesDigest: true,
    maxBodyBytes: TeamsCard.mostBytes,
    // Four a second at most; the flow itself posts 25 in five minutes.
    rate: Rate(1, per: .seconds(1)),
    concurrency: 1
  )

  enum Format: String, CaseIterable { case adaptive, messagecard }

  /// What listens at the URL.
  enum Receiver { case workflow, connector, unknown }

  private let webhookURL: Secret
  private let format: Format
  private let receiver: Receiver

  public init(settings: inout SettingsReader) {
    webhookURL = settings.webhookURL(
      help: "The Workflows webhook's URL, whole; whoever has it can post, so it is a secret"
    )
    format = settings.choice(
      "format",
      help: "The card: adaptive, or the older messagecard for connectors that still accept it",
      default: .adaptive
    )
    let url = webhookURL.reveal()
    receiver = Self.receiver(at: url)
    switch receiver {
    case .connector: settings.warn("webhook_url", Self.retired)
    case .workflow where format == .messagecard: settings.warn("format", Self.noButtons)
    case .workflow where !url.contains("sig="):
      settings.warn("webhook_url", "has no `sig`: set the flow's trigger to Anyone, copy it anew")
    case .workflow, .unknown: break
    }
    if url.contains("&amp;") {
      settings.reject("webhook_url", "has `&amp;` where `&` belongs: copy it from the flow itself")
    }
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    // No `Authorization`: a trigger that is open to anyone refuses a request with one.
    try json(.POST, webhookURL.reveal(), card(message))
  }

  public func split(_ message: Message) -> [Message] {
    TeamsCard.parts(of: message, as: card)
  }

  /// A flow answers 202, a connector 200 with the body `1`, its errors in a 200 too.
  public func outcome(of response: Response) -> Outcome? {
    let error = response.decoded(Failure.self)?.error
    let words = error.map { "\($0.code): \($0.message ?? "")" } ?? response.text
    let why =
      "Teams: HTTP \(response.status) \(shortened(Escaping.singleLine(words), to: 200))"
    switch response.status {
    case 202: return .accepted(id: response.header("x-ms-workflow-run-id"))
    case 200: return Self.outcome(ofConnector: response.text, why)
    case 201..<300: return .unknown(why: why)
    case 400 where error?.code == "WorkflowTriggerIsNotEnabled":
      return .refused(.channel, why: "\(why); switch the flow on")
    case 400 where error?.code == "TriggerInputSchemaMismatch":
      return .refused(.channel, why: "\(why); make the flow from the template for webhooks")
    case 400 where error == nil: return .refused(.message, why: why)
    case 400, 403, 404, 410:
      return .refused(.channel, why: "\(why); look at the flow, and copy its URL anew")
    // Nobody says whether a run began.
    case 500...: return .unknown(why: why)
    default: return nil
    }
  }

  public func inspect(over session: Session) async -> [Finding] {
    let silent = "there is no call that tells without posting"
    return switch receiver {
    case .connector: [Finding(.problem, "The URL is \(Self.retired)")]
    case .workflow where format == .messagecard:
      [Finding(.problem, Self.noButtons), Finding(.note, "a Workflows webhook; \(silent)")]
    case .workflow: [Finding(.note, "a Workflows webhook; \(silent)")]
    case .unknown: [Finding(.note, "neither a Workflows webhook nor a connector; \(silent)")]
    }
  }

  // MARK: How

  private static let retired =
    "an Office 365 connector: Microsoft switched these off in May 2026; make a Workflows webhook"
  private static let noButtons =
    "Workflows shows a MessageCard without its buttons; use format: adaptive"

  private func card(_ message: Message) -> JSONBody {
    switch format {
    case .adaptive: TeamsCard.adaptive(message)
    case .messagecard: TeamsCard.messageCard(message)
    }
  }

  /// By host; behind `base_url` by path.
  private static func receiver(at url: String) -> Receiver {
    let rest = url.drop { $0 != ":" }.dropFirst(3)
    let host = rest.prefix { !"/:?".contains($0) }.lowercased()
    let path = rest.dropFirst(host.count).prefix { $0 != "?" }.lowercased()
    if host.hasSuffix(".webhook.office.com") || host.hasSuffix("outlook.office.com")
      || host.hasSuffix("outlook.office365.com") || path.contains("/incomingwebhook/")
    {
      return .connector
    }
    if host.hasSuffix(".logic.azure.com") || host.hasSuffix(".api.powerplatform.com")
      || path.contains("/workflows/")
    {
      return .workflow
    }
    return .unknown
  }

  private static func outcome(ofConnector text: String, _ why: String) -> Outcome {
    let text = Escaping.singleLine(text)
    if text == "1" { return .accepted(id: nil) }
    if text.contains("HTTP error 429") { return .notAccepted(after: .seconds(60), why: why) }
    if text.contains("HTTP error 413") { return .refused(.message, why: why) }
    return .unknown(why: "\(why), not `1`")
  }
}

private struct Failure: Decodable {
  struct Detail: Decodable {
    let code: String
    let message: String?
  }
  let error: Detail
}
