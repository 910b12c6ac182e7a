import Foundation
import Wire

/// A request as people review it: secrets out, JSON and forms one value a line.
func readable(_ request: Request, secrets: [String]) -> String {
  switch request {
  case .http(let http):
    var lines = ["\(http.method.rawValue) \(redacted(http.url, secrets))"]
    lines += http.headers.map { "\($0.name): \(redacted($0, secrets))" }
    return lines.joined(separator: "\n") + "\n\n" + redacted(readable(body: http), secrets) + "\n"
  case .mail(let mail):
    let sign = mail.username.map { " as \($0)" } ?? ""
    return "SMTP \(mail.host):\(mail.port) \(mail.security.rawValue)\(sign)\n"
      + "MAIL FROM \(mail.sender)\n" + mail.recipients.map { "RCPT TO \($0)\n" }.joined() + "\n"
      + redacted(
        String(decoding: mail.message, as: UTF8.self).replacing("\r\n", with: "\n"),
        secrets
      ) + "\n"
  case .append(let append):
    let place =
      switch append.destination {
      case .file(let path): "APPEND \(path)"
      case .standardOutput: "PRINT"
      }
    return "\(place)\n\n" + String(decoding: append.bytes, as: UTF8.self)
  case .find(let text, let path): return "FIND \(text) in \(path)\n"
  case .file(let path): return "READ \(path)\n"
  case .command(let words): return "RUN \(words)\n"
  }
}

private func readable(body http: HTTPRequest) -> String {
  let bytes = http.body ?? []
  let type = http.header("Content-Type") ?? ""
  let text = String(decoding: bytes, as: UTF8.self)
  if let mail = decodedMail(in: http) {
    return "raw, decoded:\n\n"
      + String(decoding: mail, as: UTF8.self).replacing("\r\n", with: "\n")
  }
  if type.hasPrefix("application/json"),
    let value = try? JSONSerialization.jsonObject(with: Data(bytes)),
    let pretty = try? JSONSerialization.data(
      withJSONObject: value,
      options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    )
  {
    return String(decoding: pretty, as: UTF8.self)
  }
  if type == "application/x-www-form-urlencoded" {
    return text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = String(parts[1]).removingPercentEncoding ?? "not percent-encoded"
      return "\(parts[0]) = \(value.debugDescription)"
    }.joined(separator: "\n")
  }
  return text
}

/// The mail in a body of Gmail's: `{"raw": "base64url"}`.
func decodedMail(in http: HTTPRequest) -> [UInt8]? {
  let value = try? JSONSerialization.jsonObject(with: Data(http.body ?? []))
  guard let object = value as? [String: Any], object.count == 1, let raw = object["raw"] as? String
  else { return nil }
  let base64 = raw.replacing("-", with: "+").replacing("_", with: "/")
  return Data(base64Encoded: base64).map(Array.init)
}

/// A secret URL keeps its host, the plain words of its path, and the names in its query with their
/// values where these are the number of a version.
private func redacted(_ text: String, _ secrets: [String]) -> String {
  secrets.reduce(text) { text, secret in
    guard let url = URL(string: secret), let host = url.host() else {
      return text.replacing(secret, with: "[secret]")
    }
    let pieces = url.path().split(separator: "/").map {
      $0.utf8.allSatisfy { (97...122).contains($0) } ? String($0) : "[secret]"
    }
    let names = (url.query() ?? "").split(separator: "&").map { pair in
      let (name, value) = (pair.prefix { $0 != "=" }, pair.drop { $0 != "=" }.dropFirst())
      return value.count < 6 && value.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) }
        ? String(pair) : "\(name)=[secret]"
    }
    return text.replacing(
      secret,
      with: "\(url.scheme ?? "")://\(host)/\(pieces.joined(separator: "/"))"
        + (names.isEmpty ? "" : "?\(names.joined(separator: "&"))")
    )
  }
}

private func redacted(_ header: Header, _ secrets: [String]) -> String {
  if header.name == "Authorization", let scheme = header.value.split(separator: " ").first {
    return "\(scheme) [secret]"
  }
  return redacted(header.value, secrets)
}

/// One exchange in the fixture format, as the contract checker and the replay read it.
func exchangeText(_ request: HTTPRequest, _ response: Response, secrets: [String]) throws -> String
{
  var asked: [String: Any] = [
    "method": request.method.rawValue,
    "url": redacted(request.url, secrets),
    "headers": Dictionary(
      request.headers.map { ($0.name, redacted($0, secrets)) },
      uniquingKeysWith: { a, _ in a }
    ),
  ]
  if let body = request.body {
    let text = redacted(String(decoding: body, as: UTF8.self), secrets)
    asked["body"] = value(Array(text.utf8), request.header("Content-Type"))
  }
  var answered: [String: Any] = [
    "status": response.status,
    "headers": Dictionary(
      response.headers.map { ($0.name, $0.value) },
      uniquingKeysWith: { a, _ in a }
    ),
  ]
  if !response.body.isEmpty {
    answered["body"] = value(response.body, response.header("Content-Type"))
  }
  let data = try JSONSerialization.data(
    withJSONObject: ["request": asked, "response": answered],
    options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  )
  return String(decoding: data, as: UTF8.self) + "\n"
}

private func value(_ body: [UInt8], _ type: String?) -> Any {
  if type?.hasPrefix("application/json") == true,
    let value = try? JSONSerialization.jsonObject(with: Data(body))
  {
    return value
  }
  return String(decoding: body, as: UTF8.self)
}
