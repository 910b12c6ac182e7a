import Channels
import Foundation
import Testing
import Wire

/// Zoho CRM as far as the tests ask it.
enum ZohoInSmall {
  static let key = "Balance_Account_Key"
  static let first = "554023000000527003"
  static let second = "554023000000527004"

  static func world(cut: CRMWorld.Cut? = nil, bad: String? = nil) -> CRMWorld {
    var state = CRMState(watched: "Balance_Alert")
    state.set(first, [key: "C-1042"])
    state.set(second, [key: "C-1077"])
    return CRMWorld(state, cut: cut) { request, state in try respond(request, &state, bad) }
  }

  static func respond(
    _ request: HTTPRequest,
    _ state: inout CRMState,
    _ bad: String?
  ) throws -> Response {
    let body = try object(request)
    if request.url.hasSuffix("/coql") {
      return try query(try #require(body["select_query"] as? String), state)
    }
    let rows = try #require(body["data"] as? [[String: Any]])
    if request.url.hasSuffix("/send_mail") {
      state.acts.append("mail")
      let done: [String: Any] = [
        "code": "SUCCESS", "status": "success", "message": "Your mail has been sent successfully.",
        "details": ["message_id": "2cceafa194d037b63f2000181dd8186468a4f140"],
      ]
      return try answer(["data": [done]])
    }
    let isUpsert = request.url.hasSuffix("/upsert")
    let results = try rows.map { row -> [String: Any] in
      let value = row[key] as? String
      let known =
        isUpsert ? state.records.first { $0.value[key] == value }?.key : row["id"] as? String
      if known == bad, bad != nil {
        return [
          "code": "INVALID_DATA", "status": "error", "message": "invalid data",
          "details": ["expected_data_type": "double", "api_name": "Balance"],
        ]
      }
      let id = known ?? "554023000000527009"
      let fields = try row.filter { $0.key != "id" }.mapValues { value in
        if value is NSNull { return "" }
        return try (value as? String) ?? #require(value as? NSNumber).stringValue
      }
      state.set(id, fields)
      var result: [String: Any] = [
        "code": "SUCCESS", "status": "success", "message": "record updated", "details": ["id": id],
      ]
      if isUpsert { result["action"] = known == nil ? "insert" : "update" }
      return result
    }
    return try answer(["data": results], status: bad == nil ? 200 : 207)
  }

  private static func query(_ query: String, _ state: CRMState) throws -> Response {
    let list = try #require(query.components(separatedBy: " in (").last)
      .components(separatedBy: ")")[0]
    let wanted = list.components(separatedBy: "', '").map { $0.trimmingCharacters(in: ["'"]) }
    let records = state.records.filter { wanted.contains($0.value[key] ?? "") }.sorted {
      $0.key < $1.key
    }.map { id, fields -> [String: Any] in
      ["id": id, key: fields[key] ?? "", "Balance_Alert": fields["Balance_Alert"] ?? NSNull()]
    }
    if records.isEmpty { return Response(status: 204) }
    let info: [String: Any] = ["count": records.count, "more_records": false]
    return try answer(["data": records, "info": info])
  }
}
