import Channels
import Foundation
import Messages
import Support
import Testing
import Wire

/// What `smtp` and `gmail` make is read by a parser that is not ours, Python's `email`, which
/// raises at the smallest defect. There are no attachments, and none may appear.
@Suite struct MailParserTests {
  static let channels = ChannelCase.all.filter { ["smtp", "gmail"].contains($0.name) }

  static let names = [
    "Tenant and Sons Ltd", "Müller & Söhne GmbH", "株式会社テスト 東京本社 経理部 御中", "O'Neil, \"Bob\" <x@y>",
    "Bob\r\nBcc: x@y.example", "a\u{0}b\tc", "=?UTF-8?Q?x?=", "😀 Ünïcödé \\ (comment)",
    String(repeating: "Very Long Name ", count: 12), Sample.hostileName,
  ]

  @Test(arguments: channels)
  func aNameIsReadAsItWasMeantAndOpensNoHeader(_ channel: ChannelCase) throws {
    let messages = Self.names.map { name in
      var message = Sample.message(for: channel, name: name)
      message.forms[.subject] = "Reminder for \(name)"
      message.cc = ["dana@harbour.example", "books@harbour.example"]
      return message
    }
    let plain = try #require(try Self.read([Sample.reminder(for: channel)], by: channel).first)
    for (message, mail) in zip(messages, try Self.read(messages, by: channel)) {
      let name = Escaping.singleLine(message.recipientName ?? "")
      #expect(mail.to == [[name, "accounts@tenant.example"]])
      #expect(mail.subject == Escaping.singleLine(message[.subject]))
      #expect(mail.cc == [["", "dana@harbour.example"], ["", "books@harbour.example"]])
      #expect(mail.names == (plain.names + ["Cc"]).sorted())
      #expect(mail.from.first?.last == "accounts@harbour.example")
      #expect(mail.defects.isEmpty)
    }
  }

  @Test(arguments: channels)
  func aSubjectOfAnyLengthIsOneSubject(_ channel: ChannelCase) throws {
    let subjects = [
      "x", String(repeating: "overdue balance ", count: 30).trimmingCharacters(in: .whitespaces),
      String(repeating: "überfällig-", count: 40), String(repeating: "延滞", count: 120),
      "one " + String(repeating: "w", count: 200) + " word",
    ]
    let messages = subjects.map { subject in
      var message = Sample.reminder(for: channel)
      message.forms[.subject] = subject
      return message
    }
    #expect(try Self.read(messages, by: channel).map(\.subject) == subjects)
  }

  @Test(arguments: channels)
  func textAndHTMLComeThroughToTheCharacter(_ channel: ChannelCase) throws {
    let text =
      "Dear Jörg,\n\n.a line with a dot\nFrom here on\ntrailing blanks   \n"
      + String(repeating: "long line = ", count: 40) + "\n日本語のテキスト 😀\n--=_\n\n.\n"
    for html in ["", "<html><body><p>Größe &lt;b&gt;</p>\n.\n</body></html>\n"] {
      var message = Sample.reminder(for: channel)
      message.forms[.text] = text
      message.forms[.html] = html
      let mail = try #require(try Self.read([message], by: channel).first)
      #expect(mail.attachments == 0)
      #expect(mail.parts.map(\.type) == ["text/plain"] + (html.isEmpty ? [] : ["text/html"]))
      #expect(Self.unmarked(mail.parts[0].text) == text.trimmingCharacters(in: .newlines))
      if !html.isEmpty {
        let body = try Regex("<p style=[^>]*>Ref[^<]*</p>\\n")
        #expect(mail.parts[1].text.replacing(body, with: "") == html)
      }
    }
  }

  @Test(arguments: channels)
  func everyLineIsASCIIAndShort(_ channel: ChannelCase) throws {
    for name in Self.names {
      let bytes = try Self.bytes(of: Sample.message(for: channel, name: name), by: channel)
      #expect(bytes.allSatisfy { $0 < 127 && ($0 >= 32 || $0 == 13 || $0 == 10) })
      let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
      // A link is in one piece.
      let isShort = lines.allSatisfy {
        $0.utf8.count <= 78 || $0.hasPrefix("List-Unsubscribe: <") && $0.utf8.count <= 998
      }
      #expect(isShort && !lines.contains { $0.contains("\n") || $0.contains("\r") })
    }
  }

  /// The line by which Gmail finds the mail again, and the blanks around it.
  private static func unmarked(_ text: String) -> String {
    var lines = text.components(separatedBy: "\n")
    while lines.last == "" { lines.removeLast() }
    if lines.last?.hasPrefix("Ref. BA") == true {
      lines.removeLast()
      while lines.last == "" { lines.removeLast() }
    }
    return lines.joined(separator: "\n")
  }

  // MARK: The other parser

  private struct Parsed: Decodable {
    struct Part: Decodable {
      let type: String
      let text: String
    }
    /// Of the headers, sorted.
    let names: [String]
    let defects: [String]
    let from: [[String]]
    let to: [[String]]
    let cc: [[String]]
    let subject: String
    let parts: [Part]
    let attachments: Int
  }

  private static let script = """
    import base64, json, sys
    from email import policy
    from email.header import decode_header, make_header
    from email.parser import BytesParser
    from email.utils import getaddresses

    # Names by the older reader: the newer one, up to 3.12, puts a blank between two encoded words.
    def people(mail, old, name):
        spoken = getaddresses([str(h) for h in old.get_all(name, [])])
        strict = mail[name].addresses if mail[name] else []
        assert [a.addr_spec for a in strict] == [address for _, address in spoken]
        return [[str(make_header(decode_header(n))), address] for n, address in spoken]

    mails = []
    for raw in json.load(sys.stdin):
        mail = BytesParser(policy=policy.strict).parsebytes(base64.b64decode(raw))
        old = BytesParser(policy=policy.compat32).parsebytes(base64.b64decode(raw))
        text = lambda part: part.get_content().replace("\\r\\n", "\\n")
        leaves = [part for part in mail.walk() if not part.is_multipart()]
        found = mail.defects + [d for part in leaves for d in part.defects]
        found += [d for header in mail.values() for d in header.defects]
        mails.append({
            "names": sorted(mail.keys()),
            "defects": [repr(d) for d in found],
            "from": people(mail, old, "From"), "to": people(mail, old, "To"),
            "cc": people(mail, old, "Cc"),
            "subject": mail["Subject"],
            "parts": [{"type": p.get_content_type(), "text": text(p)} for p in leaves],
            "attachments": len(list(mail.iter_attachments())) if mail.is_multipart() else 0,
        })
    json.dump(mails, sys.stdout)
    """

  private static func read(_ messages: [Message], by channel: ChannelCase) throws -> [Parsed] {
    let raw = try messages.map { Data(try bytes(of: $0, by: channel)).base64EncodedString() }
    let output = try python(["-c", script], input: JSONEncoder().encode(raw))
    return try JSONDecoder().decode([Parsed].self, from: output)
  }

  private static func bytes(of message: Message, by channel: ChannelCase) throws -> [UInt8] {
    switch try channel.channel().request(for: message) {
    case .mail(let request): return request.message
    case .http(let request): return try #require(decodedMail(in: request))
    default: return []
    }
  }
}
