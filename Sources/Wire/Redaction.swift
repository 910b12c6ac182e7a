import Synchronization

/// Hides secrets in whatever a person may read: errors, logs, fixtures.
public struct Redactor: Sendable {
  public static let mark = "[secret]"

  /// Of this one and all its copies, so that tokens which a platform gives out are known at once.
  private let known = Known()

  private final class Known: Sendable { let needles = Mutex(Needles()) }

  /// - Parameter secrets: those of fewer than four characters are left alone: to hide `1` would
  ///   hide everything.
  public init(secrets: [String]) { learn(secrets) }

  /// Secrets that came later.
  public func learn(_ secrets: [String]) {
    let forms = secrets.filter { $0.count >= 4 }.flatMap(Self.forms)
    known.needles.withLock { $0.add(forms) }
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

  /// Whether a header of that name is there to prove who asks.
  public static func isSecret(header name: String) -> Bool {
    let name = name.lowercased()
    return secretHeaders.contains(name)
      || ["token", "secret", "password", "signature", "api-key"].contains(where: name.contains)
  }

  /// Fields of bodies and queries that are secret whatever they hold.
  private static let secretFields = [
    "access_token", "refresh_token", "client_secret", "id_token", "assertion", "password",
    "api_key", "apikey",
  ].map { Array($0.utf8) }

  /// The secret itself, and base64 of a text that it stands in.
  private static func forms(of secret: String) -> [String] {
    let bytes = Array(secret.utf8)
    var forms = [secret]
    // Within a longer text (`user:secret`) base64 depends on where the secret begins.
    for shift in 0..<3 {
      let encoded = base64(Array(repeating: 0, count: shift) + bytes)
      let tail = [0, 3, 2][(shift + bytes.count) % 3]
      let inner = String(encoded.dropFirst([0, 2, 3][shift]).dropLast(tail))
      if inner.count >= 5 { forms += [inner, inner.urlSafe] }
    }
    let whole = base64(bytes)
    let bare = String(whole.prefix { $0 != "=" })
    return forms + [whole, whole.urlSafe, bare, bare.urlSafe]
  }

  private func hideNeedles(_ bytes: [UInt8]) -> [UInt8] {
    let needles = known.needles.withLock { $0 }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      if let length = needles.length(in: bytes, at: at) {
        out += Self.mark.utf8
        at += length
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
    let nameEnd = end
    skip(Array("\\\" ".utf8))
    let isQuoted = bytes[nameEnd..<end].contains(UInt8(ascii: "\""))
    guard end < bytes.count, bytes[end] == UInt8(ascii: ":") || bytes[end] == UInt8(ascii: "=")
    else { return nil }
    // `client_secret: the variable is not set` is said by ourselves.
    let isProse = bytes[end] == UInt8(ascii: ":") && !isQuoted
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
    if isProse, quote.isEmpty { return nil }
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
}
