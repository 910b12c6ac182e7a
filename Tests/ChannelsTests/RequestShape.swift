import Foundation
import Wire

/// What of a request must not depend on anybody's name: keys, counts, header names, parts.
func shape(_ request: Request) throws -> String {
  switch request {
  case .http(let http):
    let names = http.headers.map(\.name).joined(separator: ",")
    return "\(http.method) \(http.url) \(names) \(try shape(body: http))"
  case .mail(let mail):
    return "\(mail.sender) \(mail.recipients) \(shape(mail: mail.message))"
  case .append(let append):
    guard case .file = append.destination else { return "text" }
    let lines = append.bytes.count { $0 == 10 }
    return "\(lines) \(shape(try JSONSerialization.jsonObject(with: Data(append.bytes))))"
  default: return "\(request)"
  }
}

private func shape(body http: HTTPRequest) throws -> String {
  let bytes = http.body ?? []
  if http.header("Content-Type") == "application/x-www-form-urlencoded" {
    return String(decoding: bytes, as: UTF8.self).split(separator: "&").map {
      String($0.prefix { $0 != "=" })
    }.joined(separator: "&")
  }
  if let mail = decodedMail(in: http) { return shape(mail: mail) }
  return shape(try JSONSerialization.jsonObject(with: Data(bytes)))
}

private func shape(_ value: Any) -> String {
  switch value {
  case let object as [String: Any]:
    let entries = object.sorted { $0.key < $1.key }.map { "\($0.key):\(shape($0.value))" }
    return "{\(entries.joined(separator: ","))}"
  case let list as [Any]: return "[\(list.map(shape).joined(separator: ","))]"
  case is String: return "text"
  default: return "\(value)"
  }
}

/// The names of the headers and of each part's headers.
private func shape(mail bytes: [UInt8]) -> String {
  let text = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
  var names: [String] = []
  var isInHeaders = true
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if line.hasPrefix("--=_") {
      names.append("|")
      isInHeaders = true
    } else if line.isEmpty {
      isInHeaders = false
    } else if isInHeaders, line.first != " " {
      names.append(String(line.prefix { $0 != ":" }))
    }
  }
  return names.joined(separator: ",")
}
