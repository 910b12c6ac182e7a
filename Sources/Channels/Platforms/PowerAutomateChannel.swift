public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// Starts a cloud flow through its trigger "When an HTTP request is received": one flat JSON object
/// an alert. learn.microsoft.com/power-automate/oauth-authentication
public struct PowerAutomateChannel: Channel {
  public static let traits = Traits(
    type: "powerautomate",
    title: "Power Automate",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .visible,
    maxBodyBytes: 100_000,
    // 4,500 in five minutes on the lowest plan.
    rate: Rate(10, per: .seconds(1)),
    concurrency: 2
  )

  private let webhookURL: Secret

  public init(settings: inout SettingsReader) {
    webhookURL = settings.webhookURL(
      help: "The trigger's URL, whole; whoever has it can start the flow, so it is a secret"
    )
    let url = webhookURL.reveal()
    if url.isEmpty || settings.isDescribing { return }
    if url.contains("&amp;") {
      settings.reject("webhook_url", "has `&amp;` where `&` belongs: copy it from the flow itself")
    } else if !url.contains("sig="), !settings.has("base_url") {
      settings.reject(
        "webhook_url",
        "has no `sig`: set the trigger's \"Who can trigger the flow\" to Anyone, save, copy it anew"
      )
    }
    if settings.has("base_url") { return }
    let host = url.drop { $0 != ":" }.dropFirst(3).prefix { !"/:?".contains($0) }.lowercased()
    if host.contains(".logic.azure.") {
      settings.warn("webhook_url", Self.ended)
    } else if !host.contains(".api.powerplatform.") {
      settings.warn("webhook_url", "is at none of Power Automate's hosts: copy it from the flow")
    }
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    // No `Authorization`: a trigger that is open to anyone answers 401 to a request with one.
    try json(
      .POST,
      webhookURL.reveal(),
      message.flat,
      // Shown in the run's history; nothing is deduplicated by it.
      headers: [Header("x-ms-client-tracking-id", message.deliveryID)]
    )
  }

  /// A 202 says that a run has begun; whatever else succeeds is the flow's own Response action.
  public func outcome(of response: Response) -> Outcome? {
    let error = response.decoded(Failure.self)?.error
    let words = error.map { "\($0.code): \($0.message ?? "")" } ?? response.text
    let why =
      "Power Automate: HTTP \(response.status) \(shortened(Escaping.singleLine(words), to: 300))"
    let run = response.header("x-ms-workflow-run-id")
    switch (response.status, error?.code) {
    case (202, _): return .accepted(id: run)
    case (200..<300, _): return run.map { .accepted(id: $0) } ?? .unknown(why: why)
    case (400, "WorkflowTriggerIsNotEnabled"):
      return .refused(
        .channel,
        why: "\(why); the flow is off: switch it on, and see whether its owner has a premium plan"
      )
    case (400, "TriggerInputSchemaMismatch"):
      return .refused(
        .channel,
        why: "\(why); paste Examples/powerautomate/trigger.schema.json into the trigger anew"
      )
    case (401, _): return .signInNeeded(why: "\(why); \(Self.cure(error))")
    case (403, _):
      return .refused(.channel, why: "\(why); a policy of the tenant or an IP rule: ask its admin")
    case (404, _), (410, _):
      return .refused(
        .channel,
        why: "\(why); the flow was deleted or made anew: copy its URL into webhook_url"
      )
    // The run failed before its Response action, or goes on without one.
    case (502, _), (504, _): return .unknown(why: "\(why); a run may have begun")
    default: return nil
    }
  }

  public func inspect(over session: Session) async -> [Finding] {
    let url = webhookURL.reveal()
    var findings = [
      Finding(
        .note,
        "a flow's trigger; there is no call that tells whether the flow is on,"
          + " and a message starts it: check --send-test"
      )
    ]
    if url.contains(".logic.azure.") { findings.append(Finding(.problem, "the URL \(Self.ended)")) }
    return findings
  }

  // MARK: How

  private static let ended =
    "is of the form that Microsoft ended on 30 November 2025: open the flow and copy its URL anew"

  /// The message tells which of several causes it is; the code is the same.
  private static func cure(_ error: Failure.Detail?) -> String {
    let message = error?.message ?? ""
    if message.contains("Shared Access") {
      return "something on the way adds an Authorization header, which the trigger refuses"
    }
    if message.contains("OAuth") || error?.code == "MisMatchingOAuthClaims" {
      return "set the trigger's \"Who can trigger the flow\" to Anyone, save, copy its URL anew"
    }
    return "the signature in the URL is wrong or its key was renewed: copy the URL anew"
  }
}

private struct Failure: Decodable {
  struct Detail: Decodable {
    let code: String
    let message: String?
  }
  let error: Detail
}
