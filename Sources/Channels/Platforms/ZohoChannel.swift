public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// The balance in fields of Zoho CRM's records, on which a workflow rule acts; and, where asked
/// for, an e-mail that is filed with the record.
/// www.zoho.com/crm/developer/docs/api/v8/update-records.html
public struct ZohoChannel: CRMChannel {
  public static let traits = Traits(
    type: "zoho",
    title: "Zoho CRM",
    defaultAudience: .team,
    address: .none,
    forms: [.subject, .text],
    idPlace: .record,
    maxBodyBytes: 1_000_000,
    concurrency: 1,
    signIn: SignInTraits(
      tokenURL: "https://\(SignInTraits.tenantMark)/oauth/v2/token",
      grants: [.refreshToken],
      authentication: .body,
      // In one piece: Zoho wants commas between them.
      scopes: [scopes.joined(separator: ",")],
      // www.zoho.com/accounts/protocol/oauth/web-apps/authorization.html
      consent: .init(
        url: "https://\(SignInTraits.tenantMark)/oauth/v2/auth",
        takesPKCE: false,
        parameters: ["access_type": "offline", "prompt": "consent"],
        takesLoopback: false
      ),
      hosts: .init(key: "data_centre", names: DataCentre.accountsHosts, usual: "com"),
      tokenScheme: "Zoho-oauthtoken"
    )
  )

  private static let scopes = [
    "ZohoCRM.modules.ALL", "ZohoCRM.coql.READ", "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.workflow_rules.READ",
  ]

  enum DataCentre: String, CaseIterable {
    case com, eu, `in`, jp, ca, sa
    case comAU = "com.au"
    case comCN = "com.cn"

    /// www.zoho.com/crm/developer/docs/api/v8/multi-dc.html
    static let accountsHosts = Dictionary(
      uniqueKeysWithValues: allCases.map { centre in
        (centre.rawValue, "accounts.zoho\(centre == .ca ? "cloud" : "").\(centre.rawValue)")
      }
    )

    var api: String { "https://www.zohoapis.\(rawValue)" }
  }

  let map: RecordMap
  let module: String
  let workflow: String?
  /// Who e-mails are from; `nil` where none are sent.
  let sender: String?
  private let dataCentre: DataCentre
  /// Instead of what the sign-in says.
  private let baseURL: String?
  private let triggers: [String]

  public init(settings: inout SettingsReader) {
    dataCentre = settings.choice(
      "data_centre",
      help: "Where your account lives: the end of the address that you sign in at",
      default: .com
    )
    let base = settings.url(
      "base_url",
      help: "Instead of the API that the sign-in names: a sandbox, a proxy or a test server",
      default: ""
    )
    baseURL = base.isEmpty ? nil : base
    module = settings.text(
      "module",
      help: "The module's API name: Accounts, Deals, or one of yours"
    )
    let key = settings.recordKey(
      help: "The field that finds the record, with ours, as in `{ Accounting_Id: account.id }`"
    )
    map = RecordMap(
      fields: settings.recordFields(
        help: "The record's fields with ours, as in `{ Balance: balance }`",
        required: true
      ),
      key: RecordKey(name: key.name, field: key.field, isOwn: key.name != "id"),
      alertField: settings.alertField("Balance_Alert"),
      creates: settings.createsRecords()
    )
    let known = ["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
    let written = settings.texts(
      "trigger",
      help:
        "Which automations run: `workflow` by default; \(known.dropFirst().joined(separator: ", "))"
    )
    triggers = settings.has("trigger") ? written : ["workflow"]
    sender = settings.optionalEmailAddress(
      "send_mail",
      help: "Also mail the account's e-mail address, from this address of yours"
    )
    workflow = settings.optionalText(
      "workflow",
      help: "The name of the workflow rule that acts on it: `check --online` says whether it is on"
    )
    if settings.isDescribing { return }
    for trigger in triggers where !known.contains(trigger) {
      settings.reject("trigger", "`\(trigger)` must be one of \(known.joined(separator: ", "))")
    }
    if !module.isEmpty, !SettingsReader.isFieldName(module) {
      settings.reject("module", "`\(module)` is no API name: letters, digits and `_`")
    }
    if key.name == "id", map.creates {
      settings.reject("create", "Zoho gives a new record its id: use another `key`")
    }
  }

  /// Setting a field is idempotent; an e-mail is not.
  public var guarantee: Guarantee { sender == nil ? .idempotent : .neither }

  /// The change itself; which record it is, is known only when it is sent.
  public func request(for message: Message) throws(Unsendable) -> Request {
    let key = try map.key.value(of: message.alert)
    if !ZohoQuery.takes(key) {
      throw Unsendable(
        .recipient,
        "`\(map.key.field.rawValue)` has characters that Zoho's queries do not take for certain"
      )
    }
    if sends(message) { _ = try mail(message) }
    let change = RecordChange(message, id: "0", key: key, map, json)
    let request = update([change], at: baseURL ?? dataCentre.api)
    try Self.check(size: request.body?.count ?? 0)
    return .http(request)
  }

  /// What may not be repeated goes alone: a crash leaves one in doubt, and not many.
  public var batchSize: Int { guarantee == .neither ? 1 : 100 }

  public func shown(of alert: AlertContent) -> String? { map.shown(of: alert) }

  public func send(_ messages: [Message], over session: Session) async -> [Outcome] {
    await sendRecords(messages, over: session)
  }

  public func outcome(of response: Response) -> Outcome? {
    let change = RecordChange(id: "", key: "", trace: "", fields: [])
    return switch ZohoAnswer(response).answer(to: [change]) {
    case .rows(let outcomes): outcomes.first
    case .whole(let outcome), .oneOfThem(let outcome): outcome
    }
  }

  // MARK: The calls

  func find(_ keys: [String], over session: Session) async -> RecordLookup {
    var found: [String: [FoundRecord]] = [:]
    do throws(WireError) {
      let base = try await base(session)
      for some in ZohoQuery.parts(keys) {
        let query: JSONBody = ["select_query": .text(ZohoQuery.text(some, map, module))]
        let response = try await session.perform(.http(call(.POST, base, "coql", query)))
        // No record at all.
        if response.status == 204 { continue }
        guard let records = ZohoAnswer(response).records else {
          return .stopped(ZohoAnswer(response).outcomeOfLookup)
        }
        for record in records {
          guard let id = record["id"]?.string, let value = record[map.key.name]?.string else {
            continue
          }
          let mark = map.alertField.flatMap { record[$0]?.string }
          for key in some where key.lowercased() == value.lowercased() {
            found[key, default: []].append(FoundRecord(id: id, mark: mark))
          }
        }
      }
      return .found(found)
    } catch {
      return .stopped(Self.outcome(of: error))
    }
  }

  func write(_ changes: [RecordChange], over session: Session) async -> RecordAnswer {
    do throws(WireError) {
      let base = try await base(session)
      let isNew = changes.first?.id == nil
      let request = isNew ? make(changes, at: base) : update(changes, at: base)
      return ZohoAnswer(try await session.perform(.http(request))).answer(to: changes)
    } catch {
      return .whole(Self.outcome(of: error))
    }
  }

  func act(_ message: Message, on record: String?, over session: Session) async -> Outcome? {
    guard sends(message), let record else { return nil }
    do throws(Unsendable) {
      let body: JSONBody = ["data": [try mail(message)]]
      do throws(WireError) {
        let path = "\(module)/\(percentEncoded(record))/actions/send_mail"
        let request = call(.POST, try await base(session), path, body)
        return ZohoAnswer(try await session.perform(.http(request))).outcomeOfMail
      } catch {
        return Self.outcome(of: error)
      }
    } catch {
      return .refused(error.refusal, why: error.why)
    }
  }

  // MARK: How

  private func update(_ changes: [RecordChange], at base: String) -> HTTPRequest {
    let rows = changes.map { JSONBody.object([("id", .text($0.id ?? ""))] + $0.fields) }
    return call(
      .PUT, base, module, ["data": .list(rows), "trigger": .list(triggers.map(JSONBody.text))])
  }

  /// By our key alone: else two customers of one name would become one.
  private func make(_ changes: [RecordChange], at base: String) -> HTTPRequest {
    let key = map.key.name
    let rows = changes.map { change in
      JSONBody.object([(key, .text(change.key))] + change.fields.filter { $0.key != key })
    }
    return call(
      .POST,
      base,
      "\(module)/upsert",
      [
        "data": .list(rows), "duplicate_check_fields": [.text(key)],
        "trigger": .list(triggers.map(JSONBody.text)),
      ]
    )
  }

  /// Nobody is mailed because a record is closed or brought up to date.
  private func sends(_ message: Message) -> Bool {
    sender != nil && message.alert.reason != "resolved" && !message.alert.isSync
  }

  /// Plain text, filed with the record.
  private func mail(_ message: Message) throws(Unsendable) -> JSONBody {
    guard let recipient = message.alert.email, isEmailAddress(recipient) else {
      throw Unsendable(.recipient, "the account has no e-mail address, which `send_mail` needs")
    }
    let (subject, text) = try message.mailForms()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { recordText(String($0)) }
    let name = recordText(message.alert.accountName)
    return [
      "from": ["email": .text(sender ?? "")],
      "to": [
        ["user_name": .text(name.isEmpty ? recipient : name), "email": .text(recipient)]
      ],
      "subject": .text(shortened(recordText(subject), to: 250)),
      "content": .text(lines.joined(separator: "\n")), "mail_format": "text",
    ]
  }

  func call(
    _ method: HTTPRequest.Method,
    _ base: String,
    _ path: String,
    _ body: JSONBody? = nil
  ) -> HTTPRequest {
    var headers = [Header("Accept", "application/json")]
    if body != nil { headers.append(Header("Content-Type", "application/json")) }
    return HTTPRequest(method, "\(base)/crm/v8/\(path)", headers: headers, body: body?.bytes)
  }

  func base(_ session: Session) async throws(WireError) -> String {
    if let baseURL { return baseURL }
    guard let origin = try await session.origin(), isAcceptableURL(origin) else {
      return dataCentre.api
    }
    return origin
  }

  /// A sign-in of another data centre looks like a wrong one.
  static func outcome(of error: WireError) -> Outcome {
    guard case .signInNeeded(let why) = error else { return StandardOutcome.of(error) }
    return .signInNeeded(why: "\(why); \(ZohoAnswer.dataCentreHint)")
  }
}
