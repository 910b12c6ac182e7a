import Foundation

/// Everything but RFC 3986's unreserved characters as `%XX`.
public func percentEncoded(_ text: String) -> String {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  for byte in text.utf8 {
    switch byte {
    case 48...57, 65...90, 97...122, 45, 46, 95, 126: bytes.append(byte)
    default: bytes += [37, upperHex[Int(byte >> 4)], upperHex[Int(byte & 15)]]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The reverse, with `+` as a blank; a broken escape stays as it is.
func percentDecoded(_ text: some StringProtocol) -> String {
  let source = Array(text.utf8)
  var bytes: [UInt8] = []
  var at = 0
  while at < source.count {
    if source[at] == 37, at + 2 < source.count, let high = hexValue(source[at + 1]),
      let low = hexValue(source[at + 2])
    {
      bytes.append(high << 4 | low)
      at += 3
    } else {
      bytes.append(source[at] == 43 ? 32 : source[at])
      at += 1
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// `name=value&…`, strictly encoded.
public func formEncoded(_ fields: [(name: String, value: String)]) -> String {
  fields.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }.joined(separator: "&")
}

/// The fields of a form or a query, decoded, in the order written.
public func formFields(_ text: some StringProtocol) -> [(name: String, value: String)] {
  text.split(separator: "&").map { field in
    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (percentDecoded(parts[0]), parts.count > 1 ? percentDecoded(parts[1]) : "")
  }
}

private let upperHex = Array("0123456789ABCDEF".utf8)

func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 48...57: byte - 48
  case 65...70: byte - 55
  case 97...102: byte - 87
  default: nil
  }
}

/// RFC 4648 with padding.
func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

/// The first `limit` characters, with an ellipsis where something was left out. What a platform
/// says is shortened so and never otherwise: by the ellipsis a secret that was cut is known.
public func shortened(_ text: String, to limit: Int) -> String {
  let scalars = text.unicodeScalars
  // An answer may have 100 MB.
  guard scalars.dropFirst(limit).first != nil else { return text }
  return String(String.UnicodeScalarView(scalars.prefix(max(0, limit - 1)))) + "…"
}

/// What follows a URL's scheme and host.
public func urlPath(_ url: String) -> Substring {
  url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
}

/// The parts of a URL's path and query that look like tokens: of letters and digits.
public func urlTokens(in url: String, ofAtLeast length: Int) -> [String] {
  urlPath(url).split { "/?&=#".contains($0) }.map(String.init).filter { part in
    part.count >= length && part.contains(where: \.isLetter) && part.contains(where: \.isNumber)
  }
}
