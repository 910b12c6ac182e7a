import CCurl

/// Whether a URL leads to this machine itself: 127.0.0.1, [::1] or localhost.
public func isLoopbackURL(_ url: String) -> Bool {
  (try? Endpoint(url: url))?.isLoopback ?? false
}

/// The same of a host, as mail servers are named.
public func isLoopbackHost(_ host: String) -> Bool {
  let name = host.lowercased()
  return Endpoint.loopback.contains(
    name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name)
}

/// Where a request goes, checked before anything is opened, by libcurl's own parser: two parsers
/// that disagree about a URL would let one through to a host that the other did not see.
struct Endpoint: Sendable {
  let scheme: String
  /// In lower case, without brackets.
  let host: String
  /// For people: host and port, never path, query or user: these can be secrets.
  let name: String
  let isLoopback: Bool

  init(_ request: Request) throws(WireError) {
    switch request {
    case .http(let http): try self.init(url: http.url)
    case .mail(let mail): try self.init(mail)
    case .append, .find, .file, .command: throw .forbidden("not a request of the network")
    }
  }

  init(url: String) throws(WireError) {
    guard url.utf8.allSatisfy({ $0 > 32 && $0 != 127 }), let parts = curl_url() else {
      throw .forbidden("malformed URL")
    }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK,
      let scheme = Self.part(parts, CURLUPART_SCHEME),
      let host = Self.part(parts, CURLUPART_HOST)?.lowercased(), !host.isEmpty
    else { throw .forbidden("malformed URL") }
    let port = Self.part(parts, CURLUPART_PORT).map { ":\($0)" } ?? ""
    self.scheme = scheme
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    self.name = host + port
    self.isLoopback = Self.loopback.contains(self.host)
    guard Self.part(parts, CURLUPART_USER) == nil, Self.part(parts, CURLUPART_PASSWORD) == nil
    else { throw .forbidden("\(name): a URL may not carry a user or a password") }
    switch scheme {
    case "https": break
    case "http" where isLoopback: break
    case "http": throw .forbidden("\(name): http is for loopback addresses only; use https")
    default: throw .forbidden("\(name): \(scheme): is not allowed; use https")
    }
  }

  init(_ mail: MailRequest) throws(WireError) {
    let host = mail.host.lowercased()
    let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    // A host of other characters could smuggle a path or a user into the URL that is made of it.
    guard !bare.isEmpty, (1...65_535).contains(mail.port),
      bare.utf8.allSatisfy({
        $0 >= 97 && $0 <= 122 || $0 >= 48 && $0 <= 57 || [45, 46, 58, 95].contains($0)
      })
    else { throw .forbidden("malformed mail host") }
    self.scheme = mail.security == .tls ? "smtps" : "smtp"
    self.host = bare
    self.name = (bare.contains(":") ? "[\(bare)]" : bare) + ":\(mail.port)"
    self.isLoopback = Self.loopback.contains(bare)
    guard mail.security != .none || isLoopback else {
      throw .forbidden("\(name): mail without TLS is for loopback addresses only")
    }
    for address in [mail.sender] + mail.recipients {
      guard !address.isEmpty,
        address.utf8.allSatisfy({ $0 > 32 && $0 != 127 && $0 != 60 && $0 != 62 })
      else { throw .forbidden("\(name): malformed envelope address") }
    }
    if mail.recipients.isEmpty, !mail.signsInOnly {
      throw .forbidden("\(name): a mail without recipients")
    }
  }

  fileprivate static let loopback = ["127.0.0.1", "::1", "localhost"]

  private static func part(_ url: OpaquePointer, _ part: CURLUPart) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
