/// Hides secrets in whatever a person may read: errors, logs, fixtures.
public struct Redactor: Sendable {
  public static let mark = "[secret]"

  /// Every form in which a secret may appear, as bytes, the longest first.
  private let needles: [[UInt8]]

  /// - Parameter secrets: those of fewer than four characters are left alone: to hide `1` would
  ///   hide everything.
  public init(secrets: [String]) {
    var forms: Set<String> = []
    for secret in secrets where secret.count >= 4 { forms.formUnion(Self.forms(of: secret)) }
    needles = forms.map { Array($0.utf8) }
      .sorted { ($0.count, String(describing: $1)) > ($1.count, String(describing: $0)) }
  }

  /// A text of any kind: a log line, a URL, a body.
  public func redact(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return String(decoding: hideNamed(hideNeedles(bytes)), as: UTF8.self)
  }

  /// Hides the values of headers that carry secrets, and known secrets in all others.
  public func headers(_ headers: [Header]) -> [Header] {
    headers.map { header in
      let isSecret = Self.secretHeaders.contains(header.name.lowercased())
      return Header(header.name, isSecret ? Self.mark : redact(header.value))
    }
  }

  static let secretHeaders: Set<String> = [
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key",
    "apikey", "x-auth-token", "x-access-token", "x-balancealert-signature",
  ]

  /// Fields of bodies and queries that are secret whatever they hold.
  private static let secretFields = [
    "access_token", "refresh_token", "client_secret", "id_token", "assertion", "password",
    "api_key", "apikey",
  ].map { Array($0.utf8) }

  private static func forms(of secret: String) -> [String] {
    let bytes = Array(secret.utf8)
    var forms = [secret, percentEncoded(secret), String(jsonQuoted(secret).dropFirst().dropLast())]
    // Within single quotes of YAML.
    if secret.contains("'") { forms.append(secret.replacing("'", with: "''")) }
    forms.append(percentEncoded(secret).lowercasedEscapes)
    forms.append(percentEncoded(secret).replacingBlanks)
    forms.append(String(jsonQuoted(secret).dropFirst().dropLast()).escapingSlashes)
    // Within a longer text (`user:secret`) base64 depends on where the secret begins.
    for shift in 0..<3 {
      let encoded = base64(Array(repeating: 0, count: shift) + bytes)
      let tail = [0, 3, 2][(shift + bytes.count) % 3]
      let inner = String(encoded.dropFirst([0, 2, 3][shift]).dropLast(tail))
      if inner.count >= 5 { forms += [inner, inner.urlSafe] }
    }
    let whole = base64(bytes)
    let bare = String(whole.prefix { $0 != "=" })
    forms += [whole, whole.urlSafe, bare, bare.urlSafe]
    return forms
  }

  private func hideNeedles(_ bytes: [UInt8]) -> [UInt8] {
    if needles.isEmpty { return bytes }
    var byFirst: [UInt8: [[UInt8]]] = [:]
    for needle in needles { byFirst[needle[0], default: []].append(needle) }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      if let needle = byFirst[bytes[at]]?.first(where: { bytes[at...].starts(with: $0) }) {
        out += Self.mark.utf8
        at += needle.count
      } else {
        out.append(bytes[at])
        at += 1
      }
    }
    return out
  }

  /// Hides what follows `name=`, `"name": "`, and `Authorization:`.
  private func hideNamed(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      let startsWord = at == 0 || !isWord(bytes[at - 1])
      if startsWord, isWord(bytes[at]), let value = secretValue(bytes, at) {
        out += bytes[at..<value.lowerBound]
        out += Self.mark.utf8
        at = value.upperBound
      } else {
        out.append(bytes[at])
        at += 1
      }
    }
    return out
  }

  /// The range of the value of a secret field or header whose name begins at `start`.
  private func secretValue(_ bytes: [UInt8], _ start: Int) -> Range<Int>? {
    var end = start
    while end < bytes.count, isWord(bytes[end]) || bytes[end] == UInt8(ascii: "-") { end += 1 }
    let name = bytes[start..<end].map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }
    let isHeader = Self.secretHeaders.contains(String(decoding: name, as: UTF8.self))
    if isHeader, end < bytes.count, bytes[end] == UInt8(ascii: ":") {
      var stop = end + 1
      while stop < bytes.count, bytes[stop] != 10, bytes[stop] != 13 { stop += 1 }
      let blank = end + 1 < stop && bytes[end + 1] == 32 ? 1 : 0
      return stop > end + 1 + blank ? end + 1 + blank..<stop : nil
    }
    guard isHeader || Self.secretFields.contains(name) else { return nil }
    // `"name" : "` possibly with the quotes escaped once more, or `name=`.
    func skip(_ wanted: [UInt8]) {
      while end < bytes.count, wanted.contains(bytes[end]) { end += 1 }
    }
    skip(Array("\\\" ".utf8))
    guard end < bytes.count, bytes[end] == UInt8(ascii: ":") || bytes[end] == UInt8(ascii: "=")
    else { return nil }
    end += 1
    skip([32])
    var quote: [UInt8] = []
    if end < bytes.count, bytes[end] == UInt8(ascii: "\\") {
      quote.append(bytes[end])
      end += 1
    }
    if end < bytes.count, bytes[end] == UInt8(ascii: "\"") {
      quote.append(bytes[end])
      end += 1
    }
    let stops = Array((quote.last == 34 ? "\"" : "& \t\r\n\",;}<)").utf8)
    var stop = end
    while stop < bytes.count, !stops.contains(bytes[stop]) {
      // An escaped quote is part of a value that is quoted plainly, and the end of one that is not.
      if quote == [34], bytes[stop] == 92, stop + 1 < bytes.count { stop += 1 }
      stop += 1
    }
    stop = min(stop, bytes.count)
    if quote.count == 2, stop > end, bytes[stop - 1] == 92 { stop -= 1 }
    return stop > end ? end..<stop : nil
  }

  private func isWord(_ byte: UInt8) -> Bool {
    byte >= 48 && byte <= 57 || byte >= 65 && byte <= 90 || byte >= 97 && byte <= 122 || byte == 95
  }
}

extension String {
  fileprivate var urlSafe: String {
    String(
      decoding: utf8.map { $0 == 43 ? UInt8(45) : $0 == 47 ? UInt8(95) : $0 },
      as: UTF8.self
    )
  }

  /// `%2F` as `%2f`.
  fileprivate var lowercasedEscapes: String {
    var bytes = Array(utf8)
    for index in bytes.indices where bytes[index] == 37 {
      for place in index + 1...index + 2 where bytes[place] >= 65 { bytes[place] |= 32 }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  fileprivate var replacingBlanks: String {
    split(separator: "%20", omittingEmptySubsequences: false).joined(separator: "+")
  }

  fileprivate var escapingSlashes: String {
    split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/")
  }
}
