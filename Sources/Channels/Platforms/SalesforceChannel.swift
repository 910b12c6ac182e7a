public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// The balance in fields of Salesforce's records, on which a record-triggered flow acts; or an
/// autolaunched flow, or an e-mail alert, called for each message.
/// developer.salesforce.com/docs/platform/api-rest/guide
public struct SalesforceChannel: CRMChannel {
  public static let traits = Traits(
    type: "salesforce",
    title: "Salesforce",
    defaultAudience: .team,
    address: .none,
    forms: [],
    idPlace: .record,
    maxBodyBytes: 1_000_000,
    concurrency: 1,
    signIn: SignInTraits(
      tokenURL: "https://login.salesforce.com/services/oauth2/token",
      grants: [.jwtBearer, .clientCredentials, .refreshToken],
      authentication: .body,
      scopes: [],
      // help.salesforce.com: OAuth 2.0 Web Server Flow, with PKCE.
      consent: .init(
        url: "https://login.salesforce.com/services/oauth2/authorize",
        scopes: ["api", "refresh_token"],
        takesPKCE: true,
        takesLoopback: false
      )
    )
  )

  let map: RecordMap
  /// `nil` where the sign-in says it.
  private let baseURL: String?
  let object: String
  let version: String
  let flow: String?
  let emailAlert: String?
  /// The flow's variables.
  let inputs: FieldMap
  let workflow: String?

  public init(settings: inout SettingsReader) {
    let base = settings.url(
      "base_url",
      help: "Instead of the instance that the sign-in names: a proxy or a test server",
      default: ""
    )
    baseURL = base.isEmpty ? nil : base
    object = settings.text(
      "object",
      help: "The object's API name: Account, Opportunity, or one of yours, as in `Tenancy__c`"
    )
    let key = settings.recordKey(
      help: "The field that finds the record, with ours, as in `{ External_Id__c: account.id }`"
    )
    let fields = settings.recordFields(
      help: "The record's fields with ours, as in `{ Outstanding_Balance__c: balance }`",
      required: false
    )
    let written = settings.alertField("Balance_Alert_Key__c")
    map = RecordMap(
      fields: fields,
      key: RecordKey(name: key.name, field: key.field, isOwn: key.name != "Id"),
      alertField: fields.entries.isEmpty ? nil : written,
      creates: settings.createsRecords()
    )
    flow = settings.optionalText(
      "flow",
      help: "An autolaunched flow to call with each message, by its API name"
    )
    inputs = settings.fieldMap(
      "inputs",
      help: "The flow's input variables with our fields; by default those of"
        + " Examples/salesforce: `accountKey`, `balance`, …",
      default: Self.usualInputs
    )
    // Salesforce's own lists say `Account.Balance_Overdue`.
    let prefix = "\(object)."
    emailAlert = settings.optionalText(
      "email_alert",
      help: "An e-mail alert of the object to call with each message, by its unique name"
    ).map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    workflow = settings.optionalText(
      "workflow",
      help: "The record-triggered flow that acts on the fields, by its API name:"
        + " `check --online` says whether it is on"
    )
    version = settings.text("api_version", help: "The API's version", default: "v66.0")
    check(&settings)
  }

  private func check(_ settings: inout SettingsReader) {
    if settings.isDescribing { return }
    if map.fields.entries.isEmpty, flow == nil, emailAlert == nil {
      settings.reject("fields", "missing: give at least one of `fields`, `flow`, `email_alert`")
    }
    let names = [
      ("object", object), ("flow", flow ?? "x"), ("email_alert", emailAlert ?? "x"),
      ("workflow", workflow ?? "x"),
    ]
    for (key, name) in names where !name.isEmpty && !SettingsReader.isFieldName(name) {
      settings.reject(key, "`\(name)` is no API name: letters, digits and `_`")
    }
    if version.wholeMatch(of: /v[0-9]{2}\.0/) == nil {
      settings.reject("api_version", "`\(version)` must look like v66.0")
    }
    if map.key.name == "Id", map.creates {
      settings.reject("create", "Salesforce gives a new record its Id: use another `key`")
    }
    if map.creates, map.fields.entries.isEmpty {
      settings.reject("create", "a record is made of `fields`")
    }
    if settings.has("inputs"), flow == nil {
      settings.reject("inputs", "are those of `flow`, which is missing")
    }
  }

  /// Setting a field is idempotent. Each call of a flow or an e-mail alert acts again.
  public var guarantee: Guarantee { flow == nil && emailAlert == nil ? .idempotent : .neither }

  public func recordURL(of id: String) -> String? { baseURL.map { "\($0)/\(id)" } }

  /// The change itself, or the call of the flow; which record and which instance, is known only
  /// when it is sent.
  public func request(for message: Message) throws(Unsendable) -> Request {
    let key = try map.key.value(of: message.alert)
    let place = SalesforcePlace(base: baseURL ?? "https://login.salesforce.com", version)
    let request: HTTPRequest
    if !map.fields.entries.isEmpty {
      let change = RecordChange(message, id: Self.noID, key: key, map, json)
      request = place.update([change], object)
    } else if let flow {
      request = place.invoke(flow: flow, variables(of: message))
    } else {
      request = place.invoke(alert: emailAlert ?? "", of: object, record: Self.noID)
    }
    try Self.check(size: request.body?.count ?? 0)
    return .http(request)
  }

  /// What may not be repeated goes alone: a crash leaves one in doubt, and not many.
  public var batchSize: Int { guarantee == .neither ? 1 : 200 }

  public func shown(of alert: AlertContent) -> String? { map.shown(of: alert) }

  public func send(_ messages: [Message], over session: Session) async -> [Outcome] {
    if !map.fields.entries.isEmpty || emailAlert != nil {
      return await sendRecords(messages, over: session)
    }
    var outcomes: [Outcome] = []
    for message in messages {
      // Of a flow alone there is no record to bring up to date.
      if message.alert.isSync {
        outcomes.append(.accepted(id: nil))
        continue
      }
      do throws(Unsendable) {
        _ = try request(for: message)
        outcomes.append(await act(message, on: nil, over: session) ?? .accepted(id: nil))
      } catch {
        outcomes.append(.refused(error.refusal, why: error.why))
      }
    }
    return outcomes
  }

  /// Of the first call that says something: the change, or the flow.
  public func outcome(of response: Response) -> Outcome? {
    if map.fields.entries.isEmpty { return SalesforceAnswer(response).outcomeOfAction }
    let change = RecordChange(id: "", key: "", trace: "", fields: [])
    return switch SalesforceAnswer(response).answer(to: [change]) {
    case .rows(let outcomes): outcomes.first
    case .whole(let outcome), .oneOfThem(let outcome): outcome
    }
  }

  // MARK: The calls

  func find(_ keys: [String], over session: Session) async -> RecordLookup {
    do throws(WireError) {
      let place = try await place(session)
      var found: [String: [FoundRecord]] = [:]
      for some in SalesforceQuery.parts(keys) {
        let query = SalesforceQuery.text(some, map, object)
        let response = try await session.perform(.http(place.query(query)))
        guard let records = SalesforceAnswer(response).records else {
          return .stopped(SalesforceAnswer(response).outcomeOfLookup)
        }
        for record in records {
          guard let id = record["Id"]?.string, let value = record[map.key.name]?.string else {
            continue
          }
          let mark = map.alertField.flatMap { record[$0]?.string }
          for key in some where SalesforceQuery.isSame(key, value, map.key.name) {
            found[key, default: []].append(FoundRecord(id: id, mark: mark))
          }
        }
      }
      return .found(found)
    } catch {
      return .stopped(StandardOutcome.of(error))
    }
  }

  func write(_ changes: [RecordChange], over session: Session) async -> RecordAnswer {
    do throws(WireError) {
      let place = try await place(session)
      let isNew = changes.first?.id == nil
      let request =
        isNew ? place.make(changes, object, map.key.name) : place.update(changes, object)
      return SalesforceAnswer(try await session.perform(.http(request))).answer(to: changes)
    } catch {
      return .whole(StandardOutcome.of(error))
    }
  }

  /// The flow first, then the e-mail alert; what is in doubt of one ends it.
  func act(_ message: Message, on record: String?, over session: Session) async -> Outcome? {
    var done: Outcome?
    // That a debt is paid is told to a flow that can tell it from one that is not.
    let isPaid = message.alert.reason == "resolved"
    let hears = !isPaid || inputs.entries.contains { $0.field == .reason }
    do throws(WireError) {
      let place = try await place(session)
      var calls: [HTTPRequest] = []
      if let flow, hears { calls.append(place.invoke(flow: flow, variables(of: message))) }
      if let emailAlert, let record, !isPaid {
        calls.append(place.invoke(alert: emailAlert, of: object, record: record))
      }
      for call in calls {
        let outcome = SalesforceAnswer(try await session.perform(.http(call))).outcomeOfAction
        guard case .accepted = outcome else {
          // The flow ran: a second try runs it again, and that is for `on_uncertain` to decide.
          if done != nil { return .unknown(why: "the flow ran; \(outcome.words)") }
          return outcome
        }
        done = outcome
      }
    } catch {
      if done != nil { return .unknown(why: "the flow ran; \(error.description)") }
      return StandardOutcome.of(error)
    }
    return done
  }

  // MARK: How

  /// In place of a record's id that is not known yet.
  private static let noID = "000000000000000"

  private static let usualInputs = FieldMap([
    ("accountKey", .accountID), ("accountName", .accountName), ("balance", .balance),
    ("overdueBalance", .overdueBalance), ("currencyCode", .currency),
    ("daysOverdue", .daysOverdue), ("level", .level), ("deliveryId", .deliveryID),
  ])

  /// What is not known is left out: the flow's own default stays.
  private func variables(of message: Message) -> JSONBody {
    .object(
      inputs.entries.compactMap { name, field in
        field.recordValue(of: message.alert).map { (key: name, value: json($0)) }
      }
    )
  }

  func place(_ session: Session) async throws(WireError) -> SalesforcePlace {
    if let baseURL { return SalesforcePlace(base: baseURL, version) }
    guard let origin = try await session.origin(), isAcceptableURL(origin) else {
      throw .forbidden("the sign-in names no instance (instance_url): set base_url")
    }
    return SalesforcePlace(base: origin, version)
  }
}
