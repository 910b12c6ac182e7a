import Messages
import Receivables
import Wire

/// The calls of one instance, in one version.
struct SalesforcePlace {
  private let base: String
  private let version: String

  init(base: String, _ version: String) {
    self.base = base
    self.version = version
  }

  func query(_ text: String) -> HTTPRequest { call(.GET, "query?q=\(percentEncoded(text))") }

  /// By id, at most 200; each row on its own.
  func update(_ changes: [RecordChange], _ object: String) -> HTTPRequest {
    let rows: [JSONBody] = changes.map { change in
      .object(
        [
          ("attributes", ["type": .text(object)]), ("id", .text(change.id ?? "")),
        ] + change.fields
      )
    }
    return call(.PATCH, "composite/sobjects", ["allOrNone": false, "records": .list(rows)])
  }

  /// By the external id, which each row holds: a record that has come since is changed.
  func make(_ changes: [RecordChange], _ object: String, _ key: String) -> HTTPRequest {
    let rows: [JSONBody] = changes.map { change in
      .object(
        [("attributes", ["type": .text(object)]), (key, .text(change.key))]
          + change.fields.filter { $0.key != key }
      )
    }
    return call(
      .PATCH, "composite/sobjects/\(object)/\(key)", ["allOrNone": false, "records": .list(rows)])
  }

  /// One input a call: of several, some may have run when one fails.
  func invoke(flow: String, _ variables: JSONBody) -> HTTPRequest {
    call(.POST, "actions/custom/flow/\(flow)", ["inputs": .list([variables])])
  }

  func invoke(alert: String, of object: String, record: String) -> HTTPRequest {
    call(
      .POST,
      "actions/custom/emailAlert/\(object)/\(alert)",
      ["inputs": [["SObjectRowId": .text(record)]]]
    )
  }

  func describe(_ object: String) -> HTTPRequest { call(.GET, "sobjects/\(object)/describe") }

  func describe(flow: String) -> HTTPRequest { call(.GET, "actions/custom/flow/\(flow)") }

  func describe(alert: String, of object: String) -> HTTPRequest {
    call(.GET, "actions/custom/emailAlert/\(object)/\(alert)")
  }

  private func call(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ body: JSONBody? = nil
  ) -> HTTPRequest {
    var headers = [Header("Accept", "application/json")]
    if body != nil { headers.append(Header("Content-Type", "application/json")) }
    return HTTPRequest(
      method, "\(base)/services/data/\(version)/\(path)", headers: headers, body: body?.bytes)
  }
}

/// SOQL that turns keys into ids.
enum SalesforceQuery {
  /// URL and headers together may have 16,384 bytes.
  private static let mostBytes = 8_000

  /// As many keys at once as a URL takes.
  static func parts(_ keys: [String]) -> [[String]] {
    var parts: [[String]] = []
    var size = mostBytes
    for key in keys {
      let bytes = percentEncoded(quoted(key)).utf8.count + 3
      if size + bytes > mostBytes {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(key)
      size += bytes
    }
    return parts
  }

  static func text(_ keys: [String], _ map: RecordMap, _ object: String) -> String {
    var columns = ["Id"]
    for column in [map.key.name, map.alertField].compactMap({ $0 }) where !columns.contains(column)
    {
      columns.append(column)
    }
    return "SELECT \(columns.joined(separator: ", ")) FROM \(object)"
      + " WHERE \(map.key.name) IN (\(keys.map(quoted).joined(separator: ",")))"
  }

  static func quoted(_ text: String) -> String {
    "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }

  /// Ids of 15 and of 18 characters name the same record; texts compare without case.
  static func isSame(_ key: String, _ value: String, _ field: String) -> Bool {
    field == "Id"
      ? key.prefix(15) == value.prefix(15) : key.lowercased() == value.lowercased()
  }
}
