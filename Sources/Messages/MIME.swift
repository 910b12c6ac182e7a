import Foundation
public import Receivables

/// An e-mail as RFC 5322 wants it: CRLF, lines of at most 78 characters, nothing but ASCII. Pure:
/// the same values give the same bytes. No value can end its header line or open another.
public struct MIMEMessage: Sendable {
  /// An address that surely is one, with the name beside it.
  public struct Mailbox: Sendable, Equatable {
    public let name: String?
    public let address: String

    /// `nil` unless it is one address: plain ASCII, nothing that could end or split it.
    public init?(name: String? = nil, address: String) {
      guard Contact.email(address) == address else { return nil }
      let plain = name.map(Escaping.singleLine) ?? ""
      self.name = plain.isEmpty ? nil : plain
      self.address = address
    }

    public var domain: String { address.split(separator: "@").last.map(String.init) ?? "" }
  }

  public var from: Mailbox
  public var to: [Mailbox]
  public var cc: [Mailbox] = []
  public var replyTo: Mailbox?
  public var subject: String
  public var date: Instant
  /// Without the angle brackets: `delivery@harbour.example`.
  public var messageID: String
  /// Further headers; names that are not letters, digits and hyphens are left out.
  public var headers: [(name: String, value: String)] = []
  /// For values with a grammar of their own (`List-Unsubscribe`): ASCII, which stays as it is.
  public var structuredHeaders: [(name: String, value: String)] = []
  public var text: String
  /// Empty for a message of plain text alone.
  public var html: String

  public init(
    from: Mailbox,
    to: [Mailbox],
    subject: String,
    date: Instant,
    messageID: String,
    text: String,
    html: String = ""
  ) {
    self.from = from
    self.to = to
    self.subject = subject
    self.date = date
    self.messageID = messageID
    self.text = text
    self.html = html
  }

  public func bytes() -> [UInt8] {
    var lines = [
      "Date: \(MailDate.text(date))",
      "Message-ID: <\(Self.token(messageID))>",
      MIMEHeader.mailboxes("From", [from]),
      MIMEHeader.mailboxes("To", to),
    ]
    if !cc.isEmpty { lines.append(MIMEHeader.mailboxes("Cc", cc)) }
    if let replyTo { lines.append(MIMEHeader.mailboxes("Reply-To", [replyTo])) }
    lines.append(MIMEHeader.unstructured("Subject", subject))
    for header in headers where MIMEHeader.isName(header.name) {
      lines.append(MIMEHeader.unstructured(header.name, header.value))
    }
    for header in structuredHeaders where MIMEHeader.isName(header.name) {
      lines.append(MIMEHeader.structured(header.name, header.value))
    }
    lines.append("MIME-Version: 1.0")
    if html.isEmpty {
      lines.append(MIMEBody.part("text/plain", text))
    } else {
      // Neither quoted-printable nor base64 can hold "=_": the boundary never occurs in a part.
      let boundary = "=_" + String(Self.token(messageID).filter(\.isLetterOrDigit).suffix(50))
      lines += [
        "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"", "",
        "--\(boundary)", MIMEBody.part("text/plain", text),
        "--\(boundary)", MIMEBody.part("text/html", html),
        "--\(boundary)--", "",
      ]
    }
    return Array(lines.joined(separator: "\r\n").utf8)
  }

  /// What may stand in a Message-ID; anything else becomes a hyphen.
  private static func token(_ text: String) -> String {
    String(
      text.prefix(200).map { $0.isLetterOrDigit || "@.-_+".contains($0) ? $0 : "-" }
    )
  }
}

/// Header lines: encoded words for what is not ASCII (RFC 2047), folded at 78.
enum MIMEHeader {
  static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.count <= 60 && name.allSatisfy { $0.isLetterOrDigit || $0 == "-" }
  }

  static func unstructured(_ name: String, _ value: String) -> String {
    let text = Escaping.singleLine(value)
    let words = text.split(separator: " ").map(String.init)
    if needsEncoding(text) || words.contains(where: { $0.utf8.count > 70 }) {
      return folded(name, encodedWords(text, room: 75 - name.utf8.count - 2))
    }
    return folded(name, words)
  }

  static func structured(_ name: String, _ value: String) -> String {
    let plain = value.unicodeScalars.filter { $0.value >= 32 && $0.value < 127 }
    return folded(
      name, String(String.UnicodeScalarView(plain)).split(separator: " ").map(String.init))
  }

  static func mailboxes(_ name: String, _ boxes: [MIMEMessage.Mailbox]) -> String {
    var words: [String] = []
    for (index, box) in boxes.enumerated() {
      let comma = index < boxes.count - 1 ? "," : ""
      if let display = box.name {
        words += phrase(display, room: 75 - name.utf8.count - 2)
        words.append("<\(box.address)>\(comma)")
      } else {
        words.append(box.address + comma)
      }
    }
    return folded(name, words)
  }

  /// A display name as atoms, as a quoted string, or encoded.
  private static func phrase(_ text: String, room: Int) -> [String] {
    if needsEncoding(text) || text.utf8.count > 60 { return encodedWords(text, room: room) }
    if text.allSatisfy({ $0.isLetterOrDigit || $0 == " " || $0 == "-" }) {
      return text.split(separator: " ").map(String.init)
    }
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return ["\"\(escaped)\""]
  }

  /// "=?" is encoded too, or a reader would take it for an encoded word of ours.
  private static func needsEncoding(_ text: String) -> Bool {
    text.utf8.contains { $0 < 32 || $0 > 126 } || text.contains("=?")
  }

  /// `=?UTF-8?B?…?=`, each of at most 75 characters and of whole characters; the first also leaves
  /// room for the header's name.
  private static func encodedWords(_ text: String, room: Int) -> [String] {
    var words: [String] = []
    var piece: [UInt8] = []
    // 12 characters of frame; three bytes make four characters.
    var most = min(45, max(9, (room - 12) / 4 * 3))
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if piece.count + bytes.count > most {
        words.append("=?UTF-8?B?\(Data(piece).base64EncodedString())?=")
        piece = []
        most = 45
      }
      piece += bytes
    }
    if !piece.isEmpty { words.append("=?UTF-8?B?\(Data(piece).base64EncodedString())?=") }
    return words
  }

  private static func folded(_ name: String, _ words: [String]) -> String {
    var result = "\(name):"
    var column = result.utf8.count
    for (index, word) in words.enumerated() {
      if column + 1 + word.utf8.count > 78 && index > 0 {
        result += "\r\n"
        column = 0
      }
      result += " \(word)"
      column += 1 + word.utf8.count
    }
    return result
  }
}

/// One part: its headers, an empty line, its encoded text.
enum MIMEBody {
  static func part(_ type: String, _ text: String) -> String {
    let clean = Escaping.multiLine(text).replacing("\t", with: "  ")
    let quoted = quotedPrintable(clean)
    let bytes = Data(clean.replacing("\n", with: "\r\n").utf8)
    let isShorter = quoted.utf8.count <= bytes.count * 4 / 3 + bytes.count / 40
    let body = isShorter ? quoted : base64Lines(bytes)
    return "Content-Type: \(type); charset=utf-8\r\n"
      + "Content-Transfer-Encoding: \(isShorter ? "quoted-printable" : "base64")\r\n\r\n\(body)"
  }

  private static func base64Lines(_ data: Data) -> String {
    let all = Array(data.base64EncodedString().utf8)
    return stride(from: 0, to: all.count, by: 76).map {
      String(decoding: all[$0..<min($0 + 76, all.count)], as: UTF8.self)
    }.joined(separator: "\r\n")
  }

  /// RFC 2045 6.7, lines of at most 76 characters. A leading dot and "From " are encoded: mail
  /// systems change them.
  static func quotedPrintable(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let bytes = Array(line.utf8)
      var result = ""
      var column = 0
      for (index, byte) in bytes.enumerated() {
        let isLast = index == bytes.count - 1
        let isFragile =
          byte == 32 && isLast || byte == UInt8(ascii: ".") && column == 0
          || byte == UInt8(ascii: "F") && column == 0
        let isPlain = byte >= 32 && byte < 127 && byte != UInt8(ascii: "=") && !isFragile
        let piece = isPlain ? String(UnicodeScalar(byte)) : hexadecimal(byte)
        if column + piece.utf8.count > (isLast ? 76 : 75) {
          result += "=\r\n"
          column = 0
        }
        result += piece
        column += piece.utf8.count
      }
      return result
    }.joined(separator: "\r\n")
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = Array("0123456789ABCDEF")
    return "=\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
  }
}

extension Character {
  /// Of ASCII alone.
  fileprivate var isLetterOrDigit: Bool { isASCII && (isLetter || isNumber) }
}
