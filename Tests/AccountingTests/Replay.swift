import Foundation
import Support
import Testing
import Wire

/// The file or folder at that path of this repository.
func repository(_ path: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)")
    .standardizedFileURL
}

/// Answers from the recorded exchanges of one folder: by method, URL and whatever headers were
/// recorded; `times` uses an exchange up.
actor Replay {
  private struct Exchange {
    let name: String
    let method: String
    let url: String
    let headers: [Header]
    let response: Response
    var left: Int
    var isUsed = false
  }

  private var exchanges: [Exchange]

  /// - Parameter folder: from the top of the repository.
  init(_ folder: String) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: repository(folder),
      includingPropertiesForKeys: nil
    )
    exchanges = try files.sorted { $0.path() < $1.path() }.map { file in
      let json = try JSON(parsing: Array(Data(contentsOf: file)))
      let request = try #require(json["request"])
      let response = try #require(json["response"])
      let body = try #require(response["body"])
      return Exchange(
        name: file.lastPathComponent,
        method: try #require(request["method"]?.string),
        url: try #require(request["url"]?.string),
        headers: headers(request),
        response: Response(
          status: try #require(response["status"]?.integer),
          headers: headers(response),
          text: body.string ?? written(body)
        ),
        left: json["times"]?.integer ?? .max
      )
    }
  }

  /// Exchanges that nobody asked for.
  var unused: [String] { exchanges.filter { !$0.isUsed }.map(\.name) }

  func answer(_ request: Request) throws(WireError) -> Response {
    guard case .http(let http) = request else { throw .noRecording("\(request)") }
    let found = exchanges.indices.first { index in
      let exchange = exchanges[index]
      return exchange.left > 0 && exchange.method == http.method.rawValue
        && exchange.url == http.url
        && exchange.headers.allSatisfy { http.header($0.name) == $0.value }
    }
    guard let found else { throw .noRecording("no recording of \(http.method) \(http.url)") }
    exchanges[found].left -= 1
    exchanges[found].isUsed = true
    return exchanges[found].response
  }

  /// What was answered to the request that is most like it, wherever one was recorded that begins
  /// alike: a look-up of other ids.
  func answerAlike(_ request: Request) throws(WireError) -> Response {
    do throws(WireError) { return try answer(request) } catch {
      guard case .http(let http) = request else { throw error }
      let alike = exchanges.filter { $0.method == http.method.rawValue }.max { a, b in
        a.url.commonPrefix(with: http.url).count < b.url.commonPrefix(with: http.url).count
      }
      guard let alike, alike.url.commonPrefix(with: http.url).count > 40 else { throw error }
      return alike.response
    }
  }

  nonisolated func transport() -> ScriptedTransport {
    ScriptedTransport { (request) throws(WireError) in try await self.answer(request) }
  }
}

private func headers(_ message: JSON) -> [Header] {
  message["headers"]?.object?.compactMap { name, value in
    value.string.map { Header(name, $0) }
  } ?? []
}

/// A value as JSON again, numbers digit by digit.
func written(_ json: JSON) -> String {
  switch json.kind {
  case .object:
    "{"
      + (json.object?.map { quoted($0.key) + ":" + written($0.value) } ?? []).joined(separator: ",")
      + "}"
  case .array: "[" + (json.array?.map(written) ?? []).joined(separator: ",") + "]"
  case .string: quoted(json.string ?? "")
  case .number: json.numberText ?? ""
  case .bool: json.bool == true ? "true" : "false"
  case .null: "null"
  }
}

func quoted(_ text: String) -> String {
  let plain = text.unicodeScalars.map { scalar in
    switch scalar {
    case "\"", "\\": "\\\(scalar)"
    case _ where scalar.value < 32:
      "\\u00" + (scalar.value < 16 ? "0" : "")
        + String(scalar.value, radix: 16)
    default: String(scalar)
    }
  }
  return "\"\(plain.joined())\""
}
