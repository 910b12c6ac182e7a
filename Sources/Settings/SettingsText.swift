/// https anywhere, http to a loopback address.
public func isAcceptableURL(_ text: String) -> Bool {
  guard !text.unicodeScalars.contains(where: { $0.value <= 32 || $0.value == 127 }) else {
    return false
  }
  if text.hasPrefix("https://") {
    return text.dropFirst(8).first.map { $0 != "/" && $0 != ":" } ?? false
  }
  guard text.hasPrefix("http://") else { return false }
  let rest = text.dropFirst(7)
  let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  if authority.contains("@") { return false }
  if authority.hasPrefix("[") { return authority == "[::1]" || authority.hasPrefix("[::1]:") }
  let host = authority.prefix { $0 != ":" }
  return host == "localhost" || host == "127.0.0.1"
}

/// A plain address as mail systems accept it: one @, no blanks or control characters, a host.
public func isEmailAddress(_ text: String) -> Bool {
  let parts = text.split(separator: "@", omittingEmptySubsequences: false)
  guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64, parts[1].count >= 3,
    parts[1].contains("."), !parts[1].hasPrefix("."), !parts[1].hasSuffix("."),
    !parts[1].contains("..")
  else { return false }
  return !text.unicodeScalars.contains {
    $0.value <= 32 || $0.value == 127 || "<>()[],;:\\\"".unicodeScalars.contains($0)
  }
}
