import Messages
import Outbox
import Wire

/// What Zoho says: www.zoho.com/crm/developer/docs/api/v8/status-codes.html. The status does not
/// tell: each row has its own code, whether it is a 200, a 202 or a 207.
struct ZohoAnswer {
  static let dataCentreHint = "or `data_centre` is not the one where the account lives"

  private let response: Response
  private let json: JSON?

  init(_ response: Response) {
    self.response = response
    json = try? JSON(parsing: response.body)
  }

  /// The rows of a query; `nil` where it failed.
  var records: [JSON]? { response.status == 200 ? rows : nil }

  private var rows: [JSON]? { json?["data"]?.array.map { Array($0) } }

  /// In the order of the request. A request that is refused as a whole is one object, without rows.
  func answer(to changes: [RecordChange]) -> RecordAnswer {
    guard let rows, rows.count == changes.count else {
      let outcome = outcomeOfCall
      if response.status == 400, case .refused(.message, _) = outcome { return .oneOfThem(outcome) }
      return .whole(outcome)
    }
    return .rows(
      zip(rows, changes).map { row, change in
        row["status"]?.isString("success") ?? false
          ? .accepted(id: row["details"]?["id"]?.string ?? change.id) : outcome(of: ZohoError(row))
      }
    )
  }

  /// Of a call that changes nothing.
  var outcomeOfLookup: Outcome {
    if response.isSuccess { return .notAccepted(after: nil, why: "no list: \(words)") }
    if case .refused(_, let why) = outcomeOfCall { return .refused(.channel, why: why) }
    return outcomeOfCall
  }

  /// Of an e-mail: what is not said to have failed may have been sent.
  var outcomeOfMail: Outcome {
    guard let row = rows?.first, response.status < 500 else { return outcomeOfCall }
    if row["status"]?.isString("success") ?? false {
      let isBlocked = (row["details"]?["blocked_email_addresses"]?.array?.count ?? 0) > 0
      return isBlocked
        ? .refused(.recipient, why: "Zoho CRM: the e-mail address is blocked there")
        : .accepted(id: row["details"]?["message_id"]?.string)
    }
    let error = ZohoError(row)
    let why = "\(prefix) \(error.words)"
    switch error.code {
    case "NO_PERMISSION" where error.message.contains("Opt Out"):
      return .refused(.optedOut, why: why)
    case "LIMIT_EXCEEDED", "LIMIT_REACHED":
      return .notAccepted(after: .seconds(6 * 3600), why: "\(why): the mails of the day are sent")
    case "INVALID_DATA" where error.field == "from":
      return .refused(
        .channel, why: "\(why): `send_mail` must be one of your addresses in Setup → Email")
    default: return outcome(of: error)
    }
  }

  /// Of a call as a whole.
  private var outcomeOfCall: Outcome {
    let error = rows?.first ?? (json?["code"]?.string == nil ? nil : json)
    if let error, response.status >= 400 {
      let outcome = outcome(of: ZohoError(error))
      if !response.outweighs(outcome) { return outcome }
    }
    switch response.status {
    case 200..<300, 500, 502, 504: return .unknown(why: words)
    case 401: return .signInNeeded(why: "\(words): the token is no good, \(Self.dataCentreHint)")
    case 404: return .refused(.channel, why: words)
    default: return StandardOutcome.of(response)
    }
  }

  private var prefix: String { "Zoho CRM: HTTP \(response.status)" }

  private var words: String {
    let text = json.map { ZohoError($0).words } ?? response.text
    return "\(prefix) \(shortened(Escaping.singleLine(text), to: 200))"
  }

  private func outcome(of error: ZohoError) -> Outcome {
    let why = "\(prefix) \(error.words)"
    switch error.code {
    case "INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE":
      return .signInNeeded(why: "\(why): the token is no good, \(Self.dataCentreHint)")
    case "OAUTH_SCOPE_MISMATCH":
      return .signInNeeded(why: "\(why): sign in again with the scopes of the channel's page")
    case "TOO_MANY_REQUESTS":
      return .notAccepted(after: response.retryAfter() ?? .seconds(30), why: why)
    case "INTERNAL_ERROR": return .unknown(why: why)
    case "NO_PERMISSION", "AUTHORIZATION_FAILED":
      return .refused(.channel, why: "\(why): see Setup → Users and Control → Profiles")
    case "INVALID_MODULE":
      return .refused(.channel, why: "\(why): mend `module`, or show its tab to the user")
    case "INVALID_QUERY":
      return .refused(
        .channel,
        why: "\(why): make the field in Setup → Modules and Fields, or mend `key`, `alert_field`"
      )
    case "INVALID_URL_PATTERN", "INVALID_REQUEST_METHOD": return .refused(.channel, why: why)
    // A process of theirs holds it.
    case "RECORD_LOCKED", "NOT_APPROVED", "RECORD_IN_BLUEPRINT":
      return .notAccepted(after: .seconds(3600), why: "\(why): the record is held by a process")
    case "ALREADY_MODIFIED": return .notAccepted(after: nil, why: why)
    case "LIMIT_EXCEEDED", "LIMIT_REACHED": return .notAccepted(after: .seconds(3600), why: why)
    // Looked for again, and then it is said that it is missing.
    case "INVALID_DATA" where error.field == "id" || error.message.contains("the id given"):
      return .notAccepted(after: nil, why: "\(why): gone since it was found")
    case "DUPLICATE_DATA":
      return .refused(.message, why: "\(why): another record has the value; merge them there")
    default: return .refused(.message, why: why)
    }
  }
}

/// One code with its words.
struct ZohoError {
  let code: String
  let message: String
  /// The field that is at fault.
  let field: String?
  private let details: String

  init(_ json: JSON) {
    code = json["code"]?.string ?? ""
    message = json["message"]?.string ?? ""
    let given = json["details"]
    field = (given?["api_name"] ?? given?["column_name"])?.string
    let more = ["expected_data_type", "reason", "id"].compactMap { given?[$0]?.string }
    let most = given?["maximum_length"]?.numberText.map { ["at most \($0) characters"] } ?? []
    details = ((field.map { [$0] } ?? []) + more + most).joined(separator: ", ")
  }

  var words: String {
    let text = shortened(Escaping.singleLine("\(code): \(message)"), to: 200)
    return details.isEmpty ? text : "\(text) (\(shortened(Escaping.singleLine(details), to: 150)))"
  }
}

/// COQL, which is exact and does not lag, where the search does neither.
/// www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html
enum ZohoQuery {
  /// `in` takes no more.
  private static let mostKeys = 50

  static func parts(_ keys: [String]) -> [[String]] {
    stride(from: 0, to: keys.count, by: mostKeys).map { start in
      Array(keys[start..<min(start + mostKeys, keys.count)])
    }
  }

  static func text(_ keys: [String], _ map: RecordMap, _ module: String) -> String {
    var columns = ["id"]
    for column in [map.key.name, map.alertField].compactMap({ $0 }) where !columns.contains(column)
    {
      columns.append(column)
    }
    let list = keys.map { "'\($0)'" }.joined(separator: ", ")
    return "select \(columns.joined(separator: ", ")) from \(module)"
      + " where \(map.key.name) in (\(list)) limit 200"
  }

  /// How a quote is escaped is not documented for certain: none is sent.
  static func takes(_ key: String) -> Bool {
    key.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || $0.properties.numericType != nil
        || "-._:@+/# &".unicodeScalars
          .contains($0)
    }
  }
}
