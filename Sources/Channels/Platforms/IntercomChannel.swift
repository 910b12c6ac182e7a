public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// A message of an admin to a contact in Intercom, in the app or by e-mail, and the contact's
/// balance in its attributes. Three calls: the first two may be repeated without harm, the message
/// may not. developers.intercom.com/docs/references/rest-api/api.intercom.io/messages
public struct IntercomChannel: Channel {
  public static let traits = Traits(
    type: "intercom",
    title: "Intercom",
    defaultAudience: .customer,
    address: .email,
    forms: [.subject, .text],
    idPlace: .nowhere,
    takesSeveral: false,
    maxBodyBytes: 200_000,
    rate: Rate(100, per: .seconds(10))
  )

  enum MessageType: String, CaseIterable { case inApp = "in_app", email }
  enum Region: String, CaseIterable { case us, eu, au }
  enum FindBy: String, CaseIterable { case email, externalID = "external_id" }

  private let baseURL: String
  private let token: Secret
  private let admin: String
  private let messageType: MessageType
  private let region: Region
  private let findBy: FindBy
  private let attributes: FieldMap

  public init(settings: inout SettingsReader) {
    region = settings.choice(
      "region",
      help: "Where the workspace lives",
      default: .us
    )
    baseURL = settings.baseURL(
      region == .us ? "https://api.intercom.io" : "https://api.\(region.rawValue).intercom.io"
    )
    token = settings.secret("access_token", help: "The access token of an app in your workspace")
    admin = settings.reference("from_admin", help: "The id of the admin who writes")
    messageType = settings.choice(
      "message_type",
      help: "Whether the message shows in the app or goes by e-mail",
      default: .inApp
    )
    findBy = settings.choice(
      "find_by",
      help: "What the contact is found by; external_id is the account's own id in the source",
      default: .email
    )
    attributes = settings.fieldMap(
      "attributes",
      help: "The contact's attributes with our fields; by default `outstanding_balance: balance`",
      default: FieldMap([("outstanding_balance", .balance)])
    )
    if !admin.utf8.allSatisfy({ (48...57).contains($0) }) {
      settings.reject("from_admin", "is not an admin's id, which is a number")
    }
  }

  /// The message itself; who the contact is, is known only when it is sent.
  public func request(for message: Message) throws(Unsendable) -> Request {
    let recipient = try message.emailAddress()
    return try request(for: message, to: IntercomContact(id: "(contact of \(recipient))"))
  }

  public func send(_ message: Message, over session: Session) async -> Outcome {
    do throws(Unsendable) {
      // Nothing is changed there for a message that cannot be made.
      _ = try request(for: message)
      switch await contact(of: message, session) {
      case .outcome(let outcome): return outcome
      case .contact(let contact):
        if let obstacle = await update(contact, message.alert, session) { return obstacle }
        return await ask(try request(for: message, to: contact), session).outcome
      }
    } catch {
      return .refused(error.refusal, why: error.why)
    }
  }

  /// What the answer to the message means; the calls before it are read more mildly.
  public func outcome(of response: Response) -> Outcome? {
    let error = response.decoded(IntercomErrors.self)?.errors.first
    let words = error.map { "\($0.code): \($0.message ?? "")" } ?? response.text
    let why =
      "Intercom: HTTP \(response.status) \(shortened(Escaping.singleLine(words), to: 200))"
    switch response.status {
    case 200:
      guard let sent = response.decoded(Sent.self), sent.type.hasSuffix("_message") else {
        return .unknown(why: why)
      }
      return .accepted(id: sent.id)
    case 201..<300, 500...: return .unknown(why: why)
    case 401: return .signInNeeded(why: "\(why); the token, or the region, is wrong")
    case 403: return .refused(.channel, why: why)
    case 404 where words.lowercased().contains("admin"):
      return .refused(.channel, why: "\(why); `from_admin` names no admin")
    // The search has just found the contact: a fresh one takes no messages for a short time, and
    // one that was merged is found under its new id.
    case 404, 410: return .notAccepted(after: .seconds(10), why: why)
    case 429:
      return .notAccepted(after: response.rateLimitReset() ?? response.retryAfter(), why: why)
    default: return nil
    }
  }

  public var probe: HTTPRequest? { call(.GET, "me") }

  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let me = try await session.read(call(.GET, "me"))
      guard me.status == 200, let identity = me.decoded(IntercomIdentity.self) else {
        return [Finding(of: me, outcome(of: me), Self.traits.title)]
      }
      let admins = try await session.read(call(.GET, "admins"))
      let known = try await session.read(call(.GET, "data_attributes?model=contact"))
      return identity.findings(region)
        + IntercomAdmins.findings(admins, admin)
        + IntercomAttributes.findings(known, attributes)
    } catch {
      return [Finding(error)]
    }
  }

  // MARK: The three calls

  private enum Found {
    case contact(IntercomContact)
    case outcome(Outcome)
  }

  private func contact(of message: Message, _ session: Session) async -> Found {
    let recipient = message.recipient ?? ""
    // Whoever else is written to has nothing to do with the account's id.
    let isAccount =
      message.audience == .customer
      && Contact.key(recipient) == message.alert.email.map(Contact.key)
    let byID = findBy == .externalID && isAccount
    let query: JSONBody = [
      "query": [
        "field": .text(byID ? "external_id" : "email"), "operator": "=",
        "value": .text(byID ? message.alert.accountID : recipient),
      ],
      "pagination": ["per_page": 50],
    ]
    let (response, outcome) = await ask(.http(call(.POST, "contacts/search", query)), session)
    guard let response, response.status == 200 else {
      if case .refused(_, let why) = outcome { return .outcome(.refused(.channel, why: why)) }
      return .outcome(outcome.ofHarmlessCall)
    }
    guard let list = response.decoded(IntercomContacts.self) else {
      return .outcome(.notAccepted(after: nil, why: "Intercom's search gave no list"))
    }
    let found = list.contact(withEmail: byID ? nil : recipient)
    guard case .success(let contact) = found else {
      let name = byID ? "the external id \(message.alert.accountID)" : "this e-mail address"
      return .outcome(.refused(.recipient, why: "\(found.why) \(name) in Intercom"))
    }
    if messageType == .email, let refusal = contact.refusal { return .outcome(refusal) }
    return .contact(contact)
  }

  /// - Returns: what stops the message; `nil` when nothing does.
  private func update(
    _ contact: IntercomContact,
    _ alert: AlertContent,
    _ session: Session
  ) async -> Outcome? {
    if attributes.entries.isEmpty { return nil }
    let body: JSONBody = ["custom_attributes": IntercomAttributes.body(attributes, alert)]
    let path = "contacts/\(percentEncoded(contact.id))"
    let (response, outcome) = await ask(.http(call(.PUT, path, body)), session)
    guard let response else { return outcome.ofHarmlessCall }
    switch (response.status, outcome) {
    case (200, _): return nil
    // Merged or deleted since it was found: looked for again.
    case (404, _), (410, _): return .notAccepted(after: nil, why: outcome.words)
    case (_, .refused(_, let why)):
      return .refused(.channel, why: "\(why); the attributes must be there: see check --online")
    default: return outcome.ofHarmlessCall
    }
  }

  private func request(
    for message: Message,
    to contact: IntercomContact
  ) throws(Unsendable) -> Request {
    var body: JSONBody = ["message_type": messageType == .email ? "email" : "inapp"]
    if messageType == .email {
      let (subject, _) = try message.mailForms()
      body = body.adding("subject", .text(shortened(subject, to: 250)))
        .adding("template", "plain")
    }
    let paragraphs = Self.paragraphs(message)
    if paragraphs.isEmpty { throw Unsendable(.message, "the template rendered no text") }
    body = body.adding("body", .text(paragraphs))
      .adding("from", ["type": "admin", "id": .text(admin)])
      .adding("to", ["type": .text(contact.role ?? "user"), "id": .text(contact.id)])
      // So that the team sees what was said before the contact answers.
      .adding("create_conversation_without_contact_reply", messageType == .inApp ? true : nil)
    let request = call(.POST, "messages", body)
    try Self.check(size: request.body?.count ?? 0)
    return .http(request)
  }

  // MARK: How

  /// Once, as nothing here repeats by itself.
  private func ask(
    _ request: Request,
    _ session: Session
  ) async -> (response: Response?, outcome: Outcome) {
    do throws(WireError) {
      let response = try await session.perform(request)
      return (response, outcome(of: response) ?? StandardOutcome.of(response))
    } catch {
      return (nil, StandardOutcome.of(error))
    }
  }

  private func call(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ body: JSONBody? = nil
  ) -> HTTPRequest {
    var headers = [
      Header("Authorization", "Bearer \(token.reveal())"), Header("Intercom-Version", "2.16"),
      Header("Accept", "application/json"),
    ]
    if body != nil { headers.append(Header("Content-Type", "application/json")) }
    return HTTPRequest(method, "\(baseURL)/\(path)", headers: headers, body: body?.bytes)
  }

  /// HTML, every value escaped; the links of the alert can be clicked, no others.
  private static func paragraphs(_ message: Message) -> String {
    let links = [message.alert.payURL, message.alert.url].compactMap(safeURL)
    let paragraphs = Escaping.multiLine(message[.text]).split(separator: "\n")
      .map { Escaping.singleLine(String($0)) }.filter { !$0.isEmpty }
    return paragraphs.map { paragraph in
      let words = paragraph.split(separator: " ").map { word in
        let text = Escaping.html(String(word))
        return links.contains(String(word)) ? "<a href=\"\(text)\">\(text)</a>" : text
      }
      return "<p>\(words.joined(separator: " "))</p>"
    }.joined()
  }
}

private struct Sent: Decodable {
  let type: String
  let id: String
}

struct IntercomErrors: Decodable {
  struct Item: Decodable {
    let code: String
    let message: String?
  }
  let errors: [Item]
}
