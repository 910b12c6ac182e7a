public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// Posts to a channel through an incoming webhook, in Block Kit.
/// docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
public struct SlackChannel: Channel {
  public static let traits = Traits(
    type: "slack",
    title: "Slack",
    defaultAudience: .team,
    address: .none,
    forms: [.title, .text],
    idPlace: .visible,
    takesDigest: true,
    maxBodyBytes: 100_000,
    rate: Rate(1, per: .seconds(1)),
    concurrency: 1
  )

  private let webhookURL: Secret

  public init(settings: inout SettingsReader) {
    webhookURL = settings.webhookURL(
      help: "The incoming webhook's URL; whoever has it can post, so it is a secret"
    )
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let blocks = SlackBlocks.blocks(of: message)
    if blocks.count > SlackBlocks.mostBlocks
      || JSONBody.list(blocks).compact.unicodeScalars.count > SlackBlocks.mostCharacters
    {
      throw Unsendable(.message, "more than Slack takes in one message; it has to be split")
    }
    return try json(
      .POST,
      webhookURL.reveal(),
      [
        "text": .text(SlackBlocks.fallback(of: message)),
        "unfurl_links": false, "unfurl_media": false,
        "blocks": .list(blocks),
        "metadata": [
          "event_type": .text(message.isDigest ? "balancealert_digest" : "balancealert_alert"),
          "event_payload": ["delivery_id": .text(message.deliveryID)],
        ],
      ]
    )
  }

  public func split(_ message: Message) -> [Message] { SlackBlocks.parts(of: message) }

  /// Slack answers with a bare word:
  /// api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
  public func outcome(of response: Response) -> Outcome? {
    let word = shortened(Escaping.singleLine(response.text), to: 200)
    let why = "Slack: HTTP \(response.status) \(word)"
    switch response.status {
    case 200: return word == "ok" ? .accepted(id: nil) : .unknown(why: "\(why), not `ok`")
    case 201..<300: return .unknown(why: why)
    case 400..<500 where Self.remedies[word] != nil, 403, 404, 410:
      return .refused(.channel, why: "\(why): \(Self.remedies[word] ?? "look at the webhook")")
    // No error of Slack's own says that nothing was posted.
    case 500...: return .unknown(why: why)
    default: return nil
    }
  }

  /// The words that concern the webhook and not the message.
  private static let remedies = [
    "action_prohibited": "an administrator forbids it",
    "channel_is_archived": "the channel is archived; choose another",
    "channel_not_found": "the channel is gone; make a webhook for another",
    "invalid_token": "the webhook was revoked; make a new one",
    "no_active_hooks": "the webhook is switched off",
    "no_service": "the webhook is gone; make a new one",
    "no_service_id": "the URL is not whole; copy it again",
    "no_team": "the workspace is gone, or the URL is not whole",
    "posting_to_general_channel_denied": "only administrators may post to this channel",
    "team_disabled": "the workspace is disabled",
  ]
}
