import Support
import Testing

@testable import Wire

struct MailTests {
  private let message = "Subject: hello\r\n\r\n.dots\r\nand text\r\n"

  private func mail(
    _ port: Int,
    security: MailRequest.Security = .none,
    to: [String] = ["b@b.example"],
    password: String? = nil
  ) -> Request {
    .mail(
      MailRequest(
        host: "127.0.0.1",
        port: port,
        security: security,
        username: password.map { _ in "user" },
        password: password,
        sender: "a@a.example",
        recipients: to,
        message: Array(message.utf8)
      )
    )
  }

  private func perform(_ request: Request, timeout: Duration = .ample) async throws
    -> Response
  {
    try await withCurlTransport(.patient) { try await $0.perform(request, timeout: timeout) }
  }

  @Test func aMailArrivesWithItsEnvelope() async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    let response = try await perform(mail(server.port, to: ["b@b.example", "c@c.example"]))
    #expect(response.status == 250)
    #expect(response.text == "2.0.0 queued as 42")
    #expect(
      server.mails == [
        SMTPServer.Mail(
          sender: "a@a.example",
          recipients: ["b@b.example", "c@c.example"],
          message: message
        )
      ]
    )
  }

  @Test func severalMailsGoOverOneConnection() async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    let request = mail(server.port)
    try await withCurlTransport(.patient) { transport in
      for _ in 0..<3 { _ = try await transport.perform(request, timeout: .ample) }
    }
    #expect(server.mails.count == 3)
  }

  @Test(arguments: [
    (SMTPServer.Step.recipient, "550 5.1.1 no such user", 550, "5.1.1 no such user"),
    (.recipient, "451-4.7.1 later\r\n451 4.7.1 please", 451, "4.7.1 later\n4.7.1 please"),
    (.sender, "553 5.7.1 not yours", 553, "5.7.1 not yours"),
    (.data, "554 5.5.1 no", 554, "5.5.1 no"), (.message, "554 5.7.1 spam", 554, "5.7.1 spam"),
    (.message, "452 4.3.1 full", 452, "4.3.1 full"),
  ])
  func aRefusalIsAnAnswer(
    _ step: SMTPServer.Step,
    _ reply: String,
    _ status: Int,
    _ text: String
  ) async throws {
    let server = try SMTPServer([step: .reply(reply)])
    defer { server.stop() }
    let response = try await perform(mail(server.port))
    #expect(response == Response(status: status, text: text))
    #expect(server.mails.isEmpty)
  }

  @Test(arguments: [SMTPServer.Step.hello, .sender, .recipient, .data])
  func aConnectionLostBeforeTheTextIsNotSent(_ step: SMTPServer.Step) async throws {
    let server = try SMTPServer([step: .cut])
    defer { server.stop() }
    let error = await #expect(throws: WireError.self) { try await perform(mail(server.port)) }
    guard case .notSent = error else { return CurlTransportTests.wrong(error) }
  }

  @Test func aConnectionLostAfterTheTextIsSentThenLost() async throws {
    let server = try SMTPServer([.message: .cut])
    defer { server.stop() }
    let error = await #expect(throws: WireError.self) { try await perform(mail(server.port)) }
    guard case .sentThenLost = error else { return CurlTransportTests.wrong(error) }
  }

  @Test func cancellingEndsAMailThatNobodyAnswers() async throws {
    let server = try SMTPServer([.recipient: .never])
    defer { server.stop() }
    let request = mail(server.port)
    try await withCurlTransport(.patient) { transport in
      let task = Task { try await transport.perform(request, timeout: .ample) }
      await until { server.lines.count < 3 ? nil : () }
      task.cancel()
      let error = await #expect(throws: WireError.self) { try await task.value }
      guard case .notSent = error else { return CurlTransportTests.wrong(error) }
    }
  }

  @Test func signingIn() async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    #expect(try await perform(mail(server.port, password: "pass")).status == 250)
    let refusing = try SMTPServer([.login: .reply("535 5.7.8 bad credentials")])
    defer { refusing.stop() }
    let response = try await perform(mail(refusing.port, password: "pass"))
    #expect(response == Response(status: 535, text: "5.7.8 bad credentials"))
    #expect(refusing.lines.allSatisfy { !$0.hasPrefix("MAIL") })
  }

  @Test func aServerWithoutSTARTTLSGetsNothing() async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    let error = await #expect(throws: WireError.self) {
      try await perform(mail(server.port, security: .starttls, password: "pass"))
    }
    guard case .notSent(let why) = error else { return CurlTransportTests.wrong(error) }
    #expect(why == "127.0.0.1:\(server.port): the server offers no STARTTLS")
    #expect(server.lines.allSatisfy { !$0.hasPrefix("AUTH") && !$0.hasPrefix("MAIL") })
  }

  @Test func mailWithoutTLSIsForLoopback() async {
    let request = MailRequest(
      host: "mail.example",
      port: 25,
      security: .none,
      sender: "a@a.example",
      recipients: ["b@b.example"],
      message: []
    )
    await #expect(
      throws: WireError.forbidden(
        "mail.example:25: mail without TLS is for loopback addresses only"
      )
    ) { try await perform(.mail(request)) }
  }

  @Test(arguments: ["b@b.example>\r\nDATA", "", "a b@c.example", "<b@b.example>"])
  func anEnvelopeAddressSmugglesNothing(_ address: String) async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    let error = await #expect(throws: WireError.self) {
      try await perform(mail(server.port, to: [address]))
    }
    guard case .forbidden = error else { return CurlTransportTests.wrong(error) }
    #expect(server.lines.isEmpty)
  }
}
