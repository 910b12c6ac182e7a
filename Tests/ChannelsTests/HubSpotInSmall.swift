import Channels
import Foundation
import Testing
import Wire

/// HubSpot as far as the tests ask it.
enum HubSpotInSmall {
  @Sendable static func respond(
    _ request: HTTPRequest,
    _ state: inout CRMState
  ) throws -> Response {
    guard request.method == .POST else {
      let id = state.records.first { $0.value["second"] == "accounts@tenant.example" }?.key
      return try answer(record(id ?? "", state, nil))
    }
    let rows = try inputs(request)
    if request.url.hasSuffix("batch/read") {
      let property = try object(request)["idProperty"] as? String ?? ""
      let wanted = Set(rows.compactMap { $0["id"] as? String })
      let found = state.records.filter {
        wanted.contains($0.value[property]?.lowercased() ?? "")
          || wanted.contains($0.value["second"] ?? "")
      }
      return try answer(batch(found.keys.sorted().map { record($0, state, nil) }))
    }
    var results: [[String: Any]] = []
    var errors: [[String: Any]] = []
    for row in rows {
      var fields = try #require(row["properties"] as? [String: String])
      let trace = try #require(row["objectWriteTraceId"] as? String)
      var id = try #require(row["id"] as? String)
      if request.url.hasSuffix("upsert") {
        let property = try #require(row["idProperty"] as? String)
        fields[property] = id
        id = state.records.first { $0.value[property] == id }?.key ?? "40001"
      }
      if trace == "ba1-bad" {
        errors.append([
          "status": "error", "category": "VALIDATION_ERROR",
          "message": "x was not a valid number.", "context": ["objectWriteTraceId": [trace]],
        ])
        continue
      }
      state.set(id, fields)
      var result = record(id, state, trace)
      if request.url.hasSuffix("upsert") { result["new"] = true }
      results.append(result)
    }
    return try answer(batch(results, errors), status: errors.isEmpty ? 200 : 207)
  }

  static func batch(
    _ results: [[String: Any]],
    _ errors: [[String: Any]] = []
  ) -> [String: Any] {
    let times = [
      "startedAt": "2026-11-23T08:00:03.648Z", "completedAt": "2026-11-23T08:00:04.112Z",
    ]
    var body: [String: Any] = ["status": "COMPLETE", "results": results]
    body.merge(times) { old, _ in old }
    if !errors.isEmpty {
      body["errors"] = errors
      body["numErrors"] = errors.count
    }
    return body
  }

  private static func record(_ id: String, _ state: CRMState, _ trace: String?) -> [String: Any] {
    var record: [String: Any] = [
      "id": id, "properties": state.records[id] ?? [:], "archived": false,
      "createdAt": "2024-06-01T14:31:48.469Z", "updatedAt": "2026-11-23T08:00:04.112Z",
    ]
    if let trace { record["objectWriteTraceId"] = trace }
    return record
  }
}

/// The rows of a batch.
func inputs(_ request: HTTPRequest) throws -> [[String: Any]] {
  try #require(try object(request)["inputs"] as? [[String: Any]])
}
