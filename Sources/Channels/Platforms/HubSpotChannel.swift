public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// The balance in the properties of HubSpot's contacts or companies, on which a workflow acts. Two
/// calls for a hundred: e-mail addresses to ids, then the change.
/// developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide
public struct HubSpotChannel: CRMChannel {
  public static let traits = Traits(
    type: "hubspot",
    title: "HubSpot",
    defaultAudience: .team,
    address: .none,
    forms: [],
    idPlace: .record,
    maxBodyBytes: 1_000_000,
    rate: Rate(100, per: .seconds(10)),
    concurrency: 1
  )

  enum Object: String, CaseIterable { case contacts, companies }

  /// Versions are dates, supported for 18 months:
  /// developers.hubspot.com/docs/api-reference/latest/overview
  static let version = "2026-09"

  /// The property that holds a record's own id.
  private static let idName = "hs_object_id"

  let map: RecordMap
  private let baseURL: String
  private let token: Secret
  let object: Object
  let workflow: String?

  public init(settings: inout SettingsReader) {
    baseURL = settings.baseURL("https://api.hubapi.com")
    token = settings.secret(
      "access_token",
      help: "A service key, or the token of a private or static-auth app"
    )
    object = settings.choice("object", help: "Whose properties they are", default: .contacts)
    let email = RecordKey(name: "email", field: .accountEmail, isOwn: false)
    let key = settings.recordKey(
      help: "`email`, the default; or a unique property with our field, as in"
        + " `{ balancealert_account_key: account.id }`; `hs_object_id` is the record's id",
      usual: email
    )
    map = RecordMap(
      fields: settings.recordFields(
        help: "The record's properties with our fields, as in `{ balancealert_balance: balance }`",
        required: true
      ),
      key: RecordKey(name: key.name, field: key.field, isOwn: key.isOwn && key.name != Self.idName),
      alertField: settings.alertField("balancealert_alert"),
      creates: settings.createsRecords()
    )
    workflow = settings.optionalText(
      "workflow",
      help: "The name of the workflow that acts on it: `check --online` says whether it is on"
    )
    if object == .companies, key.name == "email", !settings.isDescribing {
      settings.reject(
        "key",
        "companies have no e-mail address: name a unique property, as in"
          + " `{ balancealert_account_key: account.id }`"
      )
    }
    if key.name == Self.idName, map.creates {
      settings.reject("create", "HubSpot gives a new record its id: use another `key`")
    }
    let names = map.fields.entries.map(\.name) + [map.key.name, map.alertField ?? "x"]
    for name in names where !Self.isPropertyName(name) && !name.isEmpty {
      settings.reject("fields", "`\(name)`: properties have lower-case letters, digits and `_`")
    }
  }

  /// The change itself; which record it is, is known only when it is sent.
  public func request(for message: Message) throws(Unsendable) -> Request {
    let key = try map.key.value(of: message.alert)
    let change = RecordChange(message, id: "(record of \(key))", key: key, map, json)
    let request = call(.POST, "\(objects)/batch/update", Self.body(updating: [change]))
    try Self.check(size: request.body?.count ?? 0)
    return .http(request)
  }

  public var batchSize: Int { 100 }

  public func shown(of alert: AlertContent) -> String? { map.shown(of: alert) }

  public func send(_ messages: [Message], over session: Session) async -> [Outcome] {
    await sendRecords(messages, over: session)
  }

  public func outcome(of response: Response) -> Outcome? {
    let change = RecordChange(id: "", key: "", trace: "", fields: [])
    return switch HubSpotAnswer(response).answer(to: [change]) {
    case .rows(let outcomes): outcomes.first
    case .whole(let outcome), .oneOfThem(let outcome): outcome
    }
  }

  public var probe: HTTPRequest? { call(.GET, "account-info/\(Self.version)/details") }

  // MARK: The calls

  /// `""` clears a property.
  func json(_ value: MessageField.Value?) -> JSONBody { .text(value?.exact ?? "") }

  func find(_ keys: [String], over session: Session) async -> RecordLookup {
    // The same address twice refuses the batch, however it is written.
    let wanted = Set(keys.map { $0.lowercased() }).sorted()
    var body: JSONBody = ["properties": .list(properties.map(JSONBody.text))]
    if map.key.name != Self.idName { body = body.adding("idProperty", .text(map.key.name)) }
    body = body.adding("inputs", .list(wanted.map { ["id": .text($0)] }))
    do throws(WireError) {
      let response = try await session.perform(
        .http(call(.POST, "\(objects)/batch/read", body)))
      let answer = HubSpotAnswer(response)
      if let stop = answer.whole {
        if case .refused(_, let why) = stop { return .stopped(.refused(.channel, why: why)) }
        return .stopped(stop)
      }
      var found: [String: [FoundRecord]] = [:]
      var isComplete = true
      for record in answer.results {
        let isByID = map.key.name == Self.idName
        let value = (isByID ? record.id : record.properties[map.key.name])?.lowercased()
        if let value, wanted.contains(value) {
          found[value, default: []].append(FoundRecord(id: record.id, mark: mark(of: record)))
        } else {
          isComplete = false
        }
      }
      // A contact that was found by an address which is not its first.
      for value in wanted where !isComplete && found[value] == nil {
        if let record = try await one(value, session) { found[value] = [record] }
      }
      let pairs = keys.map { ($0, found[$0.lowercased()] ?? []) }
      return .found(Dictionary(uniqueKeysWithValues: pairs))
    } catch {
      return .stopped(StandardOutcome.of(error))
    }
  }

  private func one(_ key: String, _ session: Session) async throws(WireError) -> FoundRecord? {
    let query = "idProperty=\(map.key.name)&properties=\(properties.joined(separator: ","))"
    let path = "\(objects)/\(percentEncoded(key))?\(query)"
    let response = try await session.perform(.http(call(.GET, path)))
    guard response.status == 200, let json = try? JSON(parsing: response.body),
      let record = HubSpotRecord(json)
    else { return nil }
    return FoundRecord(id: record.id, mark: mark(of: record))
  }

  func write(_ changes: [RecordChange], over session: Session) async -> RecordAnswer {
    let isNew = changes.first?.id == nil
    let request =
      isNew
      ? call(.POST, "\(objects)/batch/upsert", body(making: changes))
      : call(.POST, "\(objects)/batch/update", Self.body(updating: changes))
    do throws(WireError) {
      return HubSpotAnswer(try await session.perform(.http(request))).answer(to: changes)
    } catch {
      return .whole(StandardOutcome.of(error))
    }
  }

  // MARK: How

  private var objects: String { "crm/objects/\(Self.version)/\(object.rawValue)" }

  private var properties: [String] {
    [map.key.name] + (map.alertField.map { [$0] } ?? [])
  }

  private func mark(of record: HubSpotRecord) -> String? {
    map.alertField.flatMap { record.properties[$0] }
  }

  /// A trace id in each row, so that a bad one does not refuse the others.
  private static func body(updating changes: [RecordChange]) -> JSONBody {
    let rows: [JSONBody] = changes.map { change in
      [
        "id": .text(change.id ?? ""), "objectWriteTraceId": .text(change.trace),
        "properties": .object(change.fields),
      ]
    }
    return ["inputs": .list(rows)]
  }

  private func body(making changes: [RecordChange]) -> JSONBody {
    let rows: [JSONBody] = changes.map { change in
      [
        "idProperty": .text(map.key.name), "id": .text(change.key),
        "objectWriteTraceId": .text(change.trace), "properties": .object(change.fields),
      ]
    }
    return ["inputs": .list(rows)]
  }

  func call(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ body: JSONBody? = nil
  ) -> HTTPRequest {
    var headers = [
      Header("Authorization", "Bearer \(token.reveal())"), Header("Accept", "application/json"),
    ]
    if body != nil { headers.append(Header("Content-Type", "application/json")) }
    return HTTPRequest(method, "\(baseURL)/\(path)", headers: headers, body: body?.bytes)
  }

  private static func isPropertyName(_ name: String) -> Bool {
    SettingsReader.isFieldName(name) && name == name.lowercased()
  }
}
