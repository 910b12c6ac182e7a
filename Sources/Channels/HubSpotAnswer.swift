import Messages
import Outbox
import Wire

/// A contact or a company in an answer.
struct HubSpotRecord {
  let id: String
  let trace: String?
  let properties: [String: String]

  init?(_ json: JSON) {
    guard let id = json["id"]?.string else { return nil }
    self.id = id
    trace = json["objectWriteTraceId"]?.string
    properties = Dictionary(
      (json["properties"]?.object.map { Array($0) } ?? []).compactMap { name, value in
        value.string.map { (name, $0) }
      },
      uniquingKeysWith: { first, _ in first }
    )
  }
}

/// What HubSpot says to a batch: developers.hubspot.com/docs/api-reference/error-handling. A 200
/// may hold errors as a 207 does.
struct HubSpotAnswer {
  let response: Response
  let results: [HubSpotRecord]
  /// Of rows.
  let faults: [JSON]
  private let json: JSON?

  init(_ response: Response) {
    self.response = response
    json = try? JSON(parsing: response.body)
    let rows = response.isSuccess ? json?["results"]?.array.map { Array($0) } : nil
    results = (rows ?? []).compactMap(HubSpotRecord.init)
    faults = (response.isSuccess ? json?["errors"]?.array.map { Array($0) } : nil) ?? []
  }

  /// For people.
  var words: String {
    let text = json.map(Self.words) ?? response.text
    let id = json?["correlationId"]?.string.map { " (correlationId \($0))" } ?? ""
    return "HubSpot: HTTP \(response.status) \(shortened(Escaping.singleLine(text), to: 300))\(id)"
  }

  /// What it means where the rows have no answers of their own.
  var whole: Outcome? {
    switch response.status {
    case 200, 201, 207:
      let isDone = json?["status"]?.isString("COMPLETE") ?? false
      return isDone && json?["results"]?.array != nil ? nil : .unknown(why: words)
    case 202..<300: return .unknown(why: words)
    case 400: return Self.refusal(json, words)
    case 401: return .signInNeeded(why: words)
    case 403: return .refused(.channel, why: "\(words)\(scopes)")
    case 404: return .refused(.channel, why: words)
    case 409: return .refused(.message, why: words)
    // A record that many write to: "wait at least two seconds".
    case 423: return .notAccepted(after: .seconds(2), why: words)
    case 429: return .notAccepted(after: window ?? response.retryAfter(), why: words)
    // The account is being moved to another place.
    case 477: return .notAccepted(after: response.retryAfter() ?? .seconds(3600), why: words)
    case 503: return .notAccepted(after: response.retryAfter(), why: words)
    case 500...: return .unknown(why: words)
    default: return nil
    }
  }

  /// By id or trace; the order of the results is not promised.
  func answer(to changes: [RecordChange]) -> RecordAnswer {
    if let whole {
      if response.status == 400, case .refused(.message, _) = whole { return .oneOfThem(whole) }
      return .whole(whole)
    }
    guard response.isSuccess else { return .whole(StandardOutcome.of(response)) }
    return .rows(changes.map { outcome(of: $0, isAlone: changes.count == 1) })
  }

  private func outcome(of change: RecordChange, isAlone: Bool) -> Outcome {
    // A record merged into another answers under the id of that one.
    let result = results.first {
      isAlone || $0.trace == change.trace || $0.id == change.id && change.id != nil
    }
    if let result { return .accepted(id: result.id) }
    let fault = faults.first { fault in
      isAlone || Self.texts(fault["context"]?["objectWriteTraceId"]).contains(change.trace)
        || Self.texts(fault["context"]?["ids"]).contains(change.id ?? change.key)
    }
    if let fault {
      let text = shortened(Escaping.singleLine(Self.words(fault)), to: 300)
      if fault["category"]?.isString("OBJECT_NOT_FOUND") ?? false {
        return .notAccepted(after: nil, why: "HubSpot: gone since it was found: \(text)")
      }
      return Self.refusal(fault, "HubSpot: \(text)")
    }
    // Alone it is told what is wrong with it.
    return isAlone || faults.isEmpty
      ? .unknown(why: "HubSpot says nothing of the record")
      : .notAccepted(after: nil, why: "HubSpot took other records of the batch, and not this one")
  }

  private static func refusal(_ json: JSON?, _ words: String) -> Outcome {
    let text = json?["message"]?.string ?? ""
    if text.contains("PROPERTY_DOESNT_EXIST") {
      return .refused(
        .channel,
        why: "\(words): make the property (`check --online --fix` does), or mend `fields`"
      )
    }
    if text.contains("non-unique") {
      return .refused(.channel, why: "\(words): `key` must name a property with unique values")
    }
    return .refused(.message, why: words)
  }

  /// Of a list of problems within the message, theirs.
  private static func words(_ json: JSON) -> String {
    let message = json["message"]?.string ?? ""
    let details = json["errors"]?.array?.compactMap { $0["message"]?.string } ?? []
    guard let start = message.firstRange(of: "[{"),
      let list = try? JSON(parsing: Array(message[start.lowerBound...].utf8)),
      let items = list.array
    else { return ([message] + details).joined(separator: "; ") }
    let problems = items.compactMap { item -> String? in
      guard let text = item["message"]?.string else { return nil }
      return item["error"]?.string.map { "\(text) (\($0))" } ?? text
    }
    return message[..<start.lowerBound] + problems.joined(separator: "; ")
  }

  private var scopes: String {
    let names = (json?["errors"]?.array.map { Array($0) } ?? []).flatMap {
      Self.texts($0["context"]?["requiredGranularScopes"])
    }
    return names.isEmpty ? "" : ": give the key the scope \(names.joined(separator: ", "))"
  }

  /// How long the limit that was reached holds.
  private var window: Duration? {
    if json?["policyName"]?.isString("DAILY") ?? false { return .seconds(3600) }
    return response.header("X-HubSpot-RateLimit-Interval-Milliseconds").flatMap { Int($0) }
      .map { .milliseconds($0) }
  }

  private static func texts(_ json: JSON?) -> [String] {
    json?.array?.compactMap(\.string) ?? []
  }
}
