public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// A pre-approved template through Meta's WhatsApp Cloud API: outside the 24 hours after a
/// customer's last message nothing else may be sent.
/// developers.facebook.com/documentation/business-messaging/whatsapp
public struct WhatsAppChannel: Channel {
  public static let traits = Traits(
    type: "whatsapp",
    title: "WhatsApp",
    defaultAudience: .customer,
    address: .phone,
    forms: [],
    idPlace: .visible,
    maxBodyBytes: 20_000,
    rate: Rate(20, per: .seconds(1))
  )

  private let api: String
  private let token: Secret
  private let phoneNumberID: String
  private let main: ApprovedTemplate
  /// By the names of our templates.
  private let templates: [String: ApprovedTemplate]
  private let businessAccountID: String?

  public init(settings: inout SettingsReader) {
    let base = settings.baseURL("https://graph.facebook.com")
    let version = settings.text(
      "api_version",
      help: "Of the Graph API; each lives about two years",
      default: "v23.0"
    )
    api = "\(base)/\(version)"
    phoneNumberID = settings.reference(
      "phone_number_id",
      help: "The id of the sending number: neither the number nor the business account's id"
    )
    token = settings.secret(
      "access_token",
      help: "A system user's token with whatsapp_business_messaging"
    )
    let main = ApprovedTemplate(&settings, language: nil)
    self.main = main
    let named = settings.named(
      "templates",
      help: "By the names of our templates: another approved one in place of `template`"
    ) { _, inner in ApprovedTemplate(&inner, language: main.language) }
    templates = Dictionary(named.map { ($0.name, $0.value) }) { first, _ in first }
    businessAccountID = settings.optionalReference(
      "business_account_id",
      help: "The WhatsApp Business account, so that `check --online` can look at the template"
    )
    if version.wholeMatch(of: #/v[0-9]+\.[0-9]+/#) == nil {
      settings.reject("api_version", "`\(version)` is not a version such as v23.0")
    }
    if !Self.isID(phoneNumberID) {
      settings.reject("phone_number_id", "is not an id of digits alone: see the app's API set-up")
    }
    if let businessAccountID, !Self.isID(businessAccountID) {
      settings.reject("business_account_id", "is not an id of digits alone")
    }
  }

  public var ownWords: Set<String>? { Set(templates.keys) }

  public func request(for message: Message) throws(Unsendable) -> Request {
    guard let written = message.recipient, !written.isEmpty else {
      throw Unsendable(.recipient, "no phone number")
    }
    guard let number = Contact.phone(written) else {
      throw Unsendable(.recipient, "the phone number is not in E.164: + and country code")
    }
    let template = templates[message.alert.template] ?? main
    var components: [JSONBody] = []
    if !template.parameters.isEmpty {
      let parameters = try body(of: message.alert, template.parameters)
      components.append(["type": "body", "parameters": .list(parameters)])
    }
    if let button = template.button {
      components.append([
        "type": "button", "sub_type": "url", "index": "0",
        "parameters": [["type": "text", "text": .text(try suffix(button, message.alert))]],
      ])
    }
    let named: JSONBody = [
      "name": .text(template.name), "language": ["code": .text(template.language)],
    ]
    return try json(
      .POST,
      "\(api)/\(phoneNumberID)/messages",
      [
        "messaging_product": "whatsapp", "recipient_type": "individual",
        "to": .text(String(number.dropFirst())), "type": "template",
        // Comes back in the status webhook; Meta does not deduplicate on it.
        "biz_opaque_callback_data": .text(message.deliveryID),
        "template": named.adding("components", components.isEmpty ? nil : .list(components)),
      ],
      headers: [authorization]
    )
  }

  public func outcome(of response: Response) -> Outcome? {
    if let error = response.decoded(Failure.self)?.error {
      return WhatsAppError.outcome(error, response)
    }
    let words = shortened(Escaping.singleLine(response.text), to: 200)
    let why = "WhatsApp: HTTP \(response.status) \(words)"
    switch response.status {
    case 200:
      guard let sent = response.decoded(Sent.self)?.messages.first, !sent.id.isEmpty else {
        return .unknown(why: why)
      }
      // Held ones may be dropped later: only the status webhook tells.
      return .accepted(id: sent.id)
    case 201..<300, 500...: return .unknown(why: why)
    case 403, 404: return .refused(.channel, why: why)
    default: return nil
    }
  }

  public var probe: HTTPRequest? {
    let fields =
      "id,display_phone_number,verified_name,quality_rating,name_status,code_verification_status"
    return get("\(phoneNumberID)?fields=\(percentEncoded(fields))")
  }

  public func inspect(over session: Session) async -> [Finding] {
    guard let probe else { return [] }
    do throws(WireError) {
      let answer = try await session.read(probe)
      guard answer.status == 200, let number = answer.decoded(WhatsAppNumber.self) else {
        return [Finding(of: answer, outcome(of: answer), Self.traits.title)]
      }
      guard let businessAccountID else {
        return number.findings + [
          Finding(.note, "give business_account_id to have the template looked at")
        ]
      }
      var findings = number.findings
      for template in [main] + templates.sorted(by: { $0.key < $1.key }).map(\.value) {
        let query = "\(businessAccountID)/message_templates?name=\(percentEncoded(template.name))"
        let listed = try await session.read(get(query))
        guard listed.status == 200, let list = listed.decoded(WhatsAppTemplates.self) else {
          findings.append(Finding(of: listed, outcome(of: listed), Self.traits.title))
          continue
        }
        findings += list.findings(
          template.name,
          template.language,
          parameters: template.parameters.map(\.name),
          template.button != nil
        )
      }
      return findings
    } catch {
      return [Finding(error)]
    }
  }

  // MARK: How

  /// Of the whole body, template included: longer is refused (132005).
  private static let mostCharacters = 1024
  private static let mostInParameter = 250

  private static func isID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  private var authorization: Header {
    Header("Authorization", "Bearer \(token.reveal())")
  }

  private func get(_ path: String) -> HTTPRequest {
    HTTPRequest(.GET, "\(api)/\(path)", headers: [authorization])
  }

  private func body(
    of alert: AlertContent,
    _ parameters: [ApprovedTemplate.Parameter]
  ) throws(Unsendable) -> [JSONBody] {
    var used = 0
    var list: [JSONBody] = []
    for (name, field) in parameters {
      let text = try parameter(field, alert)
      used += text.unicodeScalars.count
      let parameter: JSONBody = ["type": "text"]
      list.append(
        parameter.adding("parameter_name", name.map(JSONBody.text)).adding("text", .text(text)))
    }
    if used > Self.mostCharacters {
      throw Unsendable(.message, "the parameters have \(used) characters; WhatsApp takes 1024")
    }
    return list
  }

  /// One line without runs of blanks, never empty. What a customer chose formats nothing; a link is
  /// whole or not at all.
  private func parameter(
    _ field: MessageField,
    _ alert: AlertContent
  ) throws(Unsendable) -> String {
    guard let value = field.value(of: alert) else {
      throw Unsendable(.message, "the parameter \(field.rawValue) is empty for this account")
    }
    switch value {
    case .url(let url): return url
    case .amount, .number, .date: return value.text
    case .text, .lines:
      let text = shortened(Escaping.singleLine(value.text), to: Self.mostInParameter)
      var broken = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        broken.append(scalar)
        if "*_~`".unicodeScalars.contains(scalar) { broken.append("\u{200B}") }
      }
      return String(broken)
    }
  }

  /// What stands behind the beginning of the URL that the template has.
  private func suffix(
    _ field: MessageField,
    _ alert: AlertContent
  ) throws(Unsendable) -> String {
    let text: String
    switch field.value(of: alert) {
    case .url(let url)?:
      text = String(url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.dropFirst())
    case let value?: text = Escaping.urlPart(value.text)
    case nil: text = ""
    }
    if text.isEmpty || text.utf8.count > 2000 {
      throw Unsendable(.message, "the button's \(field.rawValue) is empty or too long")
    }
    return text
  }
}

private struct Sent: Decodable {
  struct Item: Decodable { let id: String }
  let messages: [Item]
}

private struct Failure: Decodable { let error: WhatsAppError }
