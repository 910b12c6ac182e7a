import Channels
import Foundation
import Messages
import Settings
import Support
import Testing
import Wire

@Suite struct SMTPChannelTests {
  @Test(arguments: [
    ("starttls", 587), ("tls", 465),
  ])
  func smtpHasItsUsualPorts(_ security: String, _ port: Int) throws {
    let smtp = try ChannelCase.named("smtp")
    let adapter = try smtp.channel("{host: m.example, from: a@b.example, tls: \(security)}")
    guard case .mail(let mail) = try adapter.request(for: Sample.reminder(for: smtp)) else {
      return
    }
    #expect(mail.port == port)
  }

  @Test func withoutEncryptionOnlyToThisMachine() throws {
    let smtp = try ChannelCase.named("smtp")
    let remote = try smtp.problems("{host: m.example, from: a@b.example, tls: none}")
    #expect(remote.contains { $0.path.hasSuffix("tls") })
    #expect(
      try smtp.problems("{host: 127.0.0.1, port: 2525, from: a@b.example, tls: none}").isEmpty
    )
  }

  @Test func copiesAreInTheEnvelopeAndInTheHeader() throws {
    let smtp = try ChannelCase.named("smtp")
    var message = Sample.reminder(for: smtp)
    message.cc = ["b@x.example", "accounts@tenant.example"]
    guard case .mail(let mail) = try smtp.channel().request(for: message) else { return }
    #expect(mail.recipients == ["accounts@tenant.example", "b@x.example"])
    #expect(String(decoding: mail.message, as: UTF8.self).contains("\r\nCc: b@x.example\r\n"))
  }
  @Test func theMessageIDIsTheDeliverysAndBouncesGoWhereTheyShould() throws {
    let (sender, text) = try mail("{host: m.example, from: a@b.example, return_path: r@b.example}")
    #expect(sender == "r@b.example")
    #expect(text.contains("\r\nMessage-ID: <ba1-7f3c9e20b6d4a158@b.example>\r\n"))
    // The receiving server writes it (RFC 5321, 4.4).
    #expect(!text.contains("Return-Path"))
    #expect(try mail("{host: m.example, from: a@b.example}").sender == "a@b.example")
  }

  @Test(arguments: [
    ("mailto:leave@b.example?subject=leave", "<mailto:leave@b.example?subject=leave>", false),
    ("https://b.example/leave", "<https://b.example/leave>", false),
    ("https://b.example/l?d={delivery_id}", "<https://b.example/l?d=ba1-7f3c9e20b6d4a158>", true),
    (
      "mailto:leave@b.example?subject={recipient}",
      "<mailto:leave@b.example?subject=accounts%40tenant.example>", false
    ),
  ])
  func leavingIsOfferedAsConfigured(_ link: String, _ header: String, _ oneClick: Bool) throws {
    let yaml = "{host: m.example, from: a@b.example, unsubscribe: '\(link)'}"
    let text = try mail(yaml).text.replacing("\r\n ", with: " ")
    #expect(text.contains("\r\nList-Unsubscribe: \(header)\r\n"))
    let post = "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    #expect(text.contains(post) == oneClick)
  }

  @Test func aLongLinkStaysInOnePiece() throws {
    let link = "https://b.example/" + String(repeating: "x", count: 300)
    let text = try mail("{host: m.example, from: a@b.example, unsubscribe: '\(link)'}").text
    #expect(text.contains(" <\(link)>\r\n"))
  }

  @Test(arguments: [
    "http://b.example/leave", "mailto:", "leave@b.example", "https://b.example/a b",
    "https://b.example/>,<https://evil.example", "https://b.example/ä",
  ])
  func aLinkThatIsNoneIsAProblem(_ link: String) throws {
    let smtp = try ChannelCase.named("smtp")
    let yaml = "{host: m.example, from: a@b.example, unsubscribe: '\(link)'}"
    #expect(try smtp.problems(yaml).contains { $0.path.hasSuffix("unsubscribe") })
  }

  // MARK: check --online

  @Test func theServerIsAskedAndNothingIsSent() async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    #expect(try await inspect(server, "username: u, password: 'env:p'") == [.good, .note])
    #expect(server.mails.isEmpty)
    #expect(server.lines.contains { $0.hasPrefix("AUTH") })
    #expect(!server.lines.contains { $0.hasPrefix("MAIL") || $0.hasPrefix("DATA") })
  }

  @Test func aWrongPasswordAndADeadServerAreTold() async throws {
    let server = try SMTPServer([.login: .reply("535 5.7.8 no")])
    #expect(try await inspect(server, "username: u, password: 'env:p'") == [.signInNeeded])
    server.stop()
    #expect(try await inspect(server, "") == [.unreachable])
  }

  private func inspect(_ server: SMTPServer, _ more: String) async throws -> [Finding.Kind] {
    let smtp = try ChannelCase.named("smtp")
    let adapter = try smtp.channel(
      "{host: 127.0.0.1, port: \(server.port), tls: none, from: a@b.example, \(more)}"
    )
    return try await withCurlTransport(.patient) {
      await adapter.inspect(over: Session(transport: $0)).map(\.kind)
    }
  }

  private func mail(_ yaml: String) throws -> (sender: String, text: String) {
    let smtp = try ChannelCase.named("smtp")
    guard case .mail(let mail) = try smtp.channel(yaml).request(for: Sample.reminder(for: smtp))
    else { return ("", "") }
    return (mail.sender, String(decoding: mail.message, as: UTF8.self))
  }
}
