import Foundation
import Messages
import Receivables
import Testing

@Suite struct MIMETests {
  private func message(subject: String = "Hello", name: String? = nil) throws -> MIMEMessage {
    let from = try #require(MIMEMessage.Mailbox(name: name, address: "a@harbour.example"))
    let to = try #require(MIMEMessage.Mailbox(name: name, address: "t@tenant.example"))
    let date = try #require(Instant("2026-11-23T17:40:05Z"))
    return MIMEMessage(
      from: from,
      to: [to],
      subject: subject,
      date: date,
      messageID: "id@harbour.example",
      text: "Text",
      html: "<p>Text</p>"
    )
  }

  private func headers(_ message: MIMEMessage) -> [String] {
    let text = String(decoding: message.bytes(), as: UTF8.self)
    let head = text.replacing("\r\n", with: "\n").split(separator: "\n\n", maxSplits: 1)[0]
    return head.replacing("\n ", with: " ").split(separator: "\n").map(String.init)
  }

  /// The encoded words of a header, decoded as a mail program would.
  private func decoded(_ header: String?) throws -> String {
    var bytes: [UInt8] = []
    for word in (header ?? "").split(separator: " ").dropFirst() {
      let parts = word.split(separator: "?", omittingEmptySubsequences: false)
      guard parts.count == 5 else { continue }
      bytes += try #require(Data(base64Encoded: String(parts[3])))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    "Hi\r\nBcc: x@evil.example", "Hi\nBcc: x@evil.example", "Hi\r\n\r\nbody", "Hi\u{85}Bcc: x",
    "Hi\u{2028}Bcc: x", "\r\n", "=?UTF-8?B?DQpCY2M6IHg=?=",
  ])
  func noValueOpensAHeader(_ text: String) throws {
    var mail = try message(subject: text, name: text)
    mail.headers = [("X-Y", text), ("X: y\r\nBcc", "z")]
    let names = headers(mail).map { String($0.prefix { $0 != ":" }) }
    #expect(
      names == [
        "Date", "Message-ID", "From", "To", "Subject", "X-Y", "MIME-Version", "Content-Type",
      ]
    )
  }

  @Test(arguments: [
    "a@b@c", "a b@c.example", "a@c.example\r\nBcc: x", "a@c.example>, <x@y.example", "@c", "a@", "",
    "ä@c.example",
  ])
  func anAddressThatIsNoneMakesNoMailbox(_ address: String) {
    #expect(MIMEMessage.Mailbox(address: address) == nil)
  }

  @Test func everyLineIsShortASCIIWithCRLF() throws {
    var mail = try message(
      subject: String(repeating: "Mahnung über 1.240,50 € – ", count: 20),
      name: String(repeating: "Müller & Söhne ", count: 15)
    )
    mail.text = String(repeating: "Lieber Herr Müller, ", count: 200) + "\n.\nFrom here \n\n"
    mail.html = String(repeating: "<p>漢字</p>", count: 500)
    let bytes = mail.bytes()
    #expect(bytes.allSatisfy { $0 < 127 })
    let text = String(decoding: bytes, as: UTF8.self)
    for line in text.utf8.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
      #expect(line.last == 13)
      #expect(line.count <= 79)
    }
  }

  @Test(arguments: [
    "Überfällig: 1.240,50 €", "漢字かな交じり文", "😀👨‍👩‍👧", String(repeating: "ä", count: 300),
    "a =?UTF-8?Q?b?= c",
  ])
  func aSubjectComesBackAsItWas(_ subject: String) throws {
    let header = headers(try message(subject: subject)).first { $0.hasPrefix("Subject:") }
    #expect(try decoded(header) == subject)
  }

  @Test func aPlainSubjectStaysReadableAndFolds() throws {
    let words = Array(repeating: "overdue", count: 30).joined(separator: " ")
    let header = headers(try message(subject: words)).first { $0.hasPrefix("Subject:") }
    #expect(header == "Subject: \(words)")
  }

  @Test func aNameWithACommaIsQuoted() throws {
    let from = headers(try message(name: "Ruiz, \"Dana\" \\")).first { $0.hasPrefix("From:") }
    #expect(from == "From: \"Ruiz, \\\"Dana\\\" \\\\\" <a@harbour.example>")
  }

  @Test func bothPartsComeBackAsTheyWere() throws {
    for text in [
      "Müller = 5\n.dot\nFrom x\ntrailing ", "漢字\nかな", String(repeating: "y", count: 500),
    ] {
      var mail = try message()
      mail.text = text
      let whole = String(decoding: mail.bytes(), as: UTF8.self)
      let part = whole.components(separatedBy: "--=_")[1]
      let body = try #require(part.components(separatedBy: "\r\n\r\n").dropFirst().first)
      let clean = String(body.hasSuffix("\r\n") ? body.dropLast(1) : body[...])
      #expect(try decode(clean, isBase64: part.contains("base64")) == text)
    }
  }

  private func decode(_ body: String, isBase64: Bool) throws -> String {
    if isBase64 {
      let data = try #require(Data(base64Encoded: body.replacing("\r\n", with: "")))
      return String(decoding: data, as: UTF8.self).replacing("\r\n", with: "\n")
    }
    let joined = Array(body.replacing("=\r\n", with: "").replacing("\r\n", with: "\n").utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < joined.count {
      if joined[index] == UInt8(ascii: "=") {
        let digits = String(decoding: joined[index + 1...index + 2], as: UTF8.self)
        bytes.append(try #require(UInt8(digits, radix: 16)))
        index += 3
      } else {
        bytes.append(joined[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func datesAreWrittenAndReadBack() throws {
    let instant = try #require(Instant("2026-11-23T17:40:05Z"))
    #expect(MailDate.text(instant) == "Mon, 23 Nov 2026 17:40:05 +0000")
    #expect(MailDate.instant("Mon, 23 Nov 2026 17:40:05 GMT") == instant)
    #expect(MailDate.instant("Tue, 24 Nov 2026 06:40:05 +1300") == instant)
    #expect(MailDate.instant("23 Nov 2026 15:40:05 -0200") == instant)
    for text in ["", "yesterday", "Mon, 31 Feb 2026 17:40:05 GMT", "Mon, 23 Nov 2026 25:40:05 GMT"]
    {
      #expect(MailDate.instant(text) == nil)
    }
  }
}
