/// An address that mail can be sent to (RFC 5321): what a mail server would refuse is refused when
/// it is read, whichever channel it is for.
public struct EmailAddress: Sendable, CustomStringConvertible {
  /// As it was written, without the blanks around it.
  public let text: String
  public var description: String { text }

  /// Why a text is not an address: a sentence without its subject.
  public struct Problem: Error, Hashable, Sendable {
    public let why: String
    init(_ why: String) { self.why = why }
  }

  /// - Throws: what is wrong with it.
  public init(_ text: String) throws(Problem) {
    let address = Self.trimmed(text)
    if let scalar = address.unicodeScalars.first(where: { Visible.isInvisible($0) }) {
      let code = String(scalar.value, radix: 16, uppercase: true)
      let zeros = String(repeating: "0", count: max(0, 4 - code.count))
      throw Problem("has a sign that nobody sees (U+\(zeros)\(code))")
    }
    // U+FF01 to U+FF5E are ASCII once more, as wide as Chinese.
    if let scalar = address.unicodeScalars.first(where: { 0xFF01...0xFF5E ~= $0.value }) {
      throw Problem("has letters of full width, as `\(scalar)`")
    }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw Problem(parts.count < 2 ? "has no @" : "is more than one address, or none")
    }
    try Self.check(local: parts[0])
    try Self.check(domain: parts[1])
    if address.utf8.count > 254 { throw Problem("is longer than 254 characters") }
    self.text = address
  }

  /// RFC 5321 4.1.2, without quoted strings: nobody has such an address, and few servers take it.
  private static func check(local: Substring) throws(Problem) {
    if local.isEmpty { throw Problem("has nothing before the @") }
    if local.utf8.count > 64 { throw Problem("has more than 64 characters before the @") }
    if !local.utf8.allSatisfy({ $0 < 128 }) {
      throw Problem("has letters before the @ that are not ASCII")
    }
    guard local.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !reserved.contains($0) }) else {
      throw Problem("has signs before the @ that stand in no address")
    }
    if local.hasPrefix(".") || local.hasSuffix(".") || local.contains("..") {
      throw Problem("has a point too many before the @")
    }
  }

  private static func check(domain: Substring) throws(Problem) {
    if !domain.utf8.allSatisfy({ $0 < 128 }) {
      throw Problem("has letters behind the @ that are not ASCII; write the domain as xn--…")
    }
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count > 1, domain.utf8.count <= 253 else {
      throw Problem("has no domain behind the @")
    }
    for label in labels {
      let isWell =
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy {
          48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == UInt8(ascii: "-")
            || $0 == UInt8(ascii: "_")
        }
      if !isWell { throw Problem("has no domain behind the @") }
    }
    // An address of the network: 192.0.2.1.
    if labels.last?.utf8.allSatisfy({ 48...57 ~= $0 }) == true {
      throw Problem("has no domain behind the @")
    }
  }

  private static let reserved = Set("<>()[],;:\\\"".utf8)

  fileprivate static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while let first = scalars.first, Visible.isBlank(first) { scalars.removeFirst() }
    while let last = scalars.last, Visible.isBlank(last) { scalars.removeLast() }
    return String(scalars)
  }
}

extension EmailAddress: Hashable {
  /// The same mailbox, whatever the case of its letters.
  public static func == (a: Self, b: Self) -> Bool { a.text.lowercased() == b.text.lowercased() }
  public func hash(into hasher: inout Hasher) { hasher.combine(text.lowercased()) }
}

/// The addresses of one person: `a@b.example; c@d.example`. A message goes to all of them.
public struct EmailList: Sendable {
  /// Each once, in their order.
  public let addresses: [EmailAddress]
  /// What stands between them and is none, and why.
  public let refused: [(text: String, problem: EmailAddress.Problem)]

  /// - Parameter text: separated by semicolons or commas.
  public init(_ text: String) {
    var addresses: [EmailAddress] = []
    var refused: [(String, EmailAddress.Problem)] = []
    for part in text.split(whereSeparator: { $0 == ";" || $0 == "," }) {
      let part = EmailAddress.trimmed(String(part))
      if part.isEmpty { continue }
      do throws(EmailAddress.Problem) {
        let address = try EmailAddress(part)
        if !addresses.contains(address) { addresses.append(address) }
      } catch {
        refused.append((part, error))
      }
    }
    self.addresses = addresses
    self.refused = refused
  }

  public init(_ addresses: [EmailAddress]) {
    self.addresses = addresses
    refused = []
  }

  /// `a@b.example, c@d.example`; `nil` where there is none.
  public var text: String? {
    addresses.isEmpty ? nil : addresses.map(\.text).joined(separator: ", ")
  }

  /// For people, of each that is none.
  public var complaints: [String] {
    refused.map { "`\($0.text)` is not an e-mail address: it \($0.problem.why)" }
  }
}
