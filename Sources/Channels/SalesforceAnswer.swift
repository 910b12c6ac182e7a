import Messages
import Outbox
import Wire

/// What Salesforce says: developer.salesforce.com/docs/platform/api-rest/guide/errorcodes. An error
/// is a list of codes; a collection answers 200 with failures inside.
struct SalesforceAnswer {
  private let response: Response
  private let json: JSON?

  init(_ response: Response) {
    self.response = response
    json = try? JSON(parsing: response.body)
  }

  /// The rows of a query; `nil` where it failed.
  var records: [JSON]? {
    response.status == 200 ? json?["records"]?.array.map { Array($0) } : nil
  }

  /// In the order of the request.
  func answer(to changes: [RecordChange]) -> RecordAnswer {
    guard response.status == 200 else {
      let outcome = outcomeOfCall
      if response.status == 400, case .refused(.message, _) = outcome { return .oneOfThem(outcome) }
      return .whole(outcome)
    }
    guard let rows = json?.array.map({ Array($0) }), rows.count == changes.count,
      rows.allSatisfy({ $0["success"]?.bool != nil })
    else { return .whole(.unknown(why: words)) }
    return .rows(
      zip(rows, changes).map { row, change in
        if row["success"]?.bool == true {
          return .accepted(id: row["id"]?.string ?? change.id)
        }
        let error = row["errors"]?.array?.first { _ in true }
        return Self.outcome(of: SalesforceError(error), isOfRow: true, "Salesforce")
          ?? .refused(.message, why: "Salesforce refuses the record, and does not say why")
      }
    )
  }

  /// Of a call that changes nothing: a missing column is the config's.
  var outcomeOfLookup: Outcome {
    if response.status == 200 { return .notAccepted(after: nil, why: "no list: \(words)") }
    if case .refused(_, let why) = outcomeOfCall { return .refused(.channel, why: why) }
    return outcomeOfCall
  }

  /// Of a flow or an e-mail alert: what is not said to have failed may have run.
  var outcomeOfAction: Outcome {
    let first = json?.array?.first { _ in true }
    if let first, let isDone = first["isSuccess"]?.bool {
      if isDone, response.status == 200 {
        if first["outputValues"]?["Flow__InterviewStatus"]?.isString("Error") ?? false {
          return .refused(.message, why: "Salesforce: the flow ended in an error")
        }
        return .accepted(id: nil)
      }
      let error = SalesforceError(first["errors"]?.array?.first { _ in true })
      return .refused(
        .message,
        why: "Salesforce: the action failed: \(error?.words ?? "no reason given"); see Setup →"
          + " Flows, or Paused and Failed Flow Interviews"
      )
    }
    if response.isSuccess || response.status >= 500 { return .unknown(why: words) }
    if case .refused(.message, let why) = outcomeOfCall { return .refused(.channel, why: why) }
    return outcomeOfCall
  }

  /// Of a call as a whole.
  var outcomeOfCall: Outcome {
    if let error, let outcome = Self.outcome(of: error, isOfRow: false, prefix),
      !response.outweighs(outcome)
    {
      return outcome
    }
    switch response.status {
    case 200..<300, 500, 502, 504: return .unknown(why: words)
    case 404: return .refused(.channel, why: words)
    case 420: return .notAccepted(after: response.retryAfter(), why: words)
    default: return StandardOutcome.of(response)
    }
  }

  private var error: SalesforceError? {
    SalesforceError(json?.array?.first { _ in true }).flatMap { $0.code.isEmpty ? nil : $0 }
  }

  private var prefix: String { "Salesforce: HTTP \(response.status)" }

  private var words: String {
    "\(prefix) \(error?.words ?? shortened(Escaping.singleLine(response.text), to: 200))"
  }

  /// - Parameter isOfRow: of one record of a collection that was taken as such.
  private static func outcome(
    of error: SalesforceError?,
    isOfRow: Bool,
    _ prefix: String
  ) -> Outcome? {
    guard let error else { return nil }
    let why = "\(prefix) \(error.words)\(error.advice.map { ": \($0)" } ?? "")"
    switch error.code {
    // Another transaction holds the record, or its parent.
    case "UNABLE_TO_LOCK_ROW": return .notAccepted(after: nil, why: why)
    case "REQUEST_LIMIT_EXCEEDED":
      let isOfTheDay = error.message.contains("TotalRequests")
      return .notAccepted(after: .seconds(isOfTheDay ? 3600 : 10), why: why)
    case "INVALID_SESSION_ID": return .signInNeeded(why: why)
    // Looked for again, and then it is said which record is missing.
    case "ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY":
      return isOfRow
        ? .notAccepted(after: nil, why: "\(why): gone since it was found")
        : .refused(.channel, why: why)
    case "INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE", "MALFORMED_QUERY",
      "API_DISABLED_FOR_ORG", "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY",
      "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "STORAGE_LIMIT_EXCEEDED":
      // One record that is shared with nobody does not close the channel.
      let isRows = isOfRow && error.code.hasPrefix("INSUFFICIENT")
      return .refused(isRows ? .message : .channel, why: why)
    case "UNKNOWN_EXCEPTION": return isOfRow ? .notAccepted(after: nil, why: why) : nil
    case "ALL_OR_NONE_OPERATION_ROLLED_BACK": return .notAccepted(after: nil, why: why)
    default: return .refused(.message, why: why)
    }
  }
}

/// One code with its words; rows say `statusCode`, calls `errorCode`.
struct SalesforceError {
  let code: String
  let message: String
  private let fields: [String]

  init?(_ json: JSON?) {
    guard let json else { return nil }
    code = (json["errorCode"] ?? json["statusCode"])?.string ?? ""
    message = json["message"]?.string ?? ""
    fields = json["fields"]?.array?.compactMap(\.string) ?? []
  }

  var words: String {
    // A flow's own message may come with markup.
    let text = shortened(recordText(message.replacing("<br>", with: " ")), to: 300)
    let names = fields.isEmpty ? "" : " (\(fields.joined(separator: ", ")))"
    return "\(code) \(text)\(names)"
  }

  /// What to change, and where.
  var advice: String? {
    switch code {
    case "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE":
      "make the field in Setup → Object Manager, let the user see and edit it (Permission Sets),"
        + " or mend `fields`, `key`, `alert_field`"
    case "FIELD_CUSTOM_VALIDATION_EXCEPTION":
      "a validation rule of the object refuses it: mend the record, or the rule, in Setup → Object"
        + " Manager"
    case "REQUIRED_FIELD_MISSING": "map the field under `fields`, or fill it in the record"
    case "STRING_TOO_LONG": "lengthen the field in Setup → Object Manager"
    case "CANNOT_EXECUTE_FLOW_TRIGGER", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":
      "your flow or trigger failed, and nothing was saved: mend it in Setup → Flows"
    case "DUPLICATES_DETECTED": "a duplicate rule refuses it: see Setup → Duplicate Rules"
    case "INVALID_TYPE", "NOT_FOUND": "`object`, `flow` or `api_version` names none for the user"
    case "API_DISABLED_FOR_ORG": "the edition, or the user's profile, has no API access"
    case "INVALID_SESSION_ID" where message.contains("REST API"):
      "the app's scopes have no `api`: add it, and sign in again"
    case "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY":
      "the user may not edit the record: see Permission Sets and sharing"
    default: nil
    }
  }
}
