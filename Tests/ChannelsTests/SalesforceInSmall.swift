import Channels
import Foundation
import Testing
import Wire

/// Salesforce as far as the tests ask it. An Account that is named in `refusals` refuses its row.
enum SalesforceInSmall {
  static let key = "Balance_Account_Key__c"
  static let first = "001RM000003oCprYAE"
  static let second = "001RM000003oCpsYAE"

  static func world(
    cut: CRMWorld.Cut? = nil,
    refusals: [String: (code: String, message: String)] = [:]
  ) -> CRMWorld {
    var state = CRMState(watched: "Balance_Alert_Key__c")
    state.set(first, [key: "C-1042"])
    state.set(second, [key: "C-1077"])
    return CRMWorld(state, cut: cut) { request, state in
      try respond(request, &state, refusals)
    }
  }

  static func respond(
    _ request: HTTPRequest,
    _ state: inout CRMState,
    _ refusals: [String: (code: String, message: String)]
  ) throws -> Response {
    if request.url.contains("/query?q=") { return try query(request.url, state) }
    let body = try object(request)
    if request.url.contains("/actions/") {
      let name = request.url.split(separator: "/").suffix(1).joined()
      state.acts.append(name)
      let result: [String: Any] = ["actionName": name, "isSuccess": true, "errors": NSNull()]
      return try answer([result])
    }
    let isUpsert = !request.url.hasSuffix("/composite/sobjects")
    let rows = try #require(body["records"] as? [[String: Any]])
    let results = try rows.map { row -> [String: Any] in
      let value = row[key] as? String
      let known =
        isUpsert ? state.records.first { $0.value[key] == value }?.key : row["id"] as? String
      if let id = known, let refusal = refusals[id] {
        let error: [String: Any] = [
          "statusCode": refusal.code, "message": refusal.message, "fields": [Any](),
        ]
        return ["success": false, "errors": [error]]
      }
      let id = known ?? "001RM000003oCptYAE"
      let fields = row.filter { !["id", "attributes"].contains($0.key) }
      state.set(id, try fields.mapValues { try text($0) })
      var result: [String: Any] = ["id": id, "success": true, "errors": [Any]()]
      if isUpsert { result["created"] = known == nil }
      return result
    }
    return try answer(results)
  }

  private static func query(_ url: String, _ state: CRMState) throws -> Response {
    let query = try #require(url.components(separatedBy: "q=").last?.removingPercentEncoding)
    let list = try #require(query.components(separatedBy: " IN (").last?.dropLast())
    let wanted = list.components(separatedBy: "','").map {
      $0.trimmingCharacters(in: ["'"]).replacingOccurrences(of: "\\'", with: "'")
    }
    let records = state.records.filter { wanted.contains($0.value[key] ?? "") }.sorted {
      $0.key < $1.key
    }.map { id, fields -> [String: Any] in
      let attributes = ["type": "Account", "url": "/services/data/v66.0/sobjects/Account/\(id)"]
      return [
        "attributes": attributes, "Id": id, key: fields[key] ?? "",
        "Balance_Alert_Key__c": fields["Balance_Alert_Key__c"] ?? NSNull(),
      ]
    }
    return try answer(["totalSize": records.count, "done": true, "records": records])
  }

  private static func text(_ value: Any) throws -> String {
    if value is NSNull { return "" }
    if let text = value as? String { return text }
    return try #require(value as? NSNumber).stringValue
  }
}
