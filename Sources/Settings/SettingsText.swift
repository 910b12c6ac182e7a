import Receivables

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

/// A plain address as mail systems accept it.
public func isEmailAddress(_ text: String) -> Bool { Contact.email(text) == text }
