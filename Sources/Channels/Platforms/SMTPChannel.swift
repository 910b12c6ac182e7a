public import Messages
public import Outbox
import Receivables
public import Settings
public import Wire

/// E-mail through any mail server, by SMTP with STARTTLS or TLS (RFC 5321, 3207, 8314).
public struct SMTPChannel: Channel {
  public static let traits = Traits(
    type: "smtp",
    title: "SMTP",
    defaultAudience: .customer,
    address: .email,
    forms: [.subject, .text, .html],
    idPlace: .visible,
    takesDigest: true,
    maxBodyBytes: 10_000_000,
    concurrency: 2
  )

  private let host: String
  private let port: Int
  private let security: MailRequest.Security
  private let username: String?
  private let password: Secret?
  private let writer: MailWriter
  private let bounces: String

  public init(settings: inout SettingsReader) {
    host = settings.text("host", help: "The mail server's name")
    security = settings.choice(
      "tls",
      help: "How the connection is encrypted; none for a loopback host only",
      default: .starttls
    )
    let port = settings.number(
      "port",
      help: "0 for the usual one: 587 with starttls, 465 with tls, 25 with none",
      default: 0,
      in: 0...65_535
    )
    switch (port, security) {
    case (0, .starttls): self.port = 587
    case (0, .tls): self.port = 465
    case (0, .none): self.port = 25
    default: self.port = port
    }
    username = settings.optionalReference("username", help: "For servers that want a sign-in")
    password = settings.optionalSecret("password", help: "The password that belongs to it")
    writer = MailWriter(&settings, from: "The sender's address")
    let returnPath = settings.optionalEmailAddress(
      "return_path",
      help: "Where mail that cannot be delivered is reported to; `from` where it is left out"
    )
    bounces = returnPath ?? writer.keys.from
    if security == .none, !isLoopbackHost(host) {
      settings.reject("tls", "none is for a loopback host only; use starttls or tls")
    }
    if !host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 47 && $0 != 64 }) {
      settings.reject("host", "is a name or an address alone, without scheme, port or path")
    }
    if settings.has("username") != settings.has("password") {
      settings.reject("username", "username and password belong together")
    }
  }

  public func request(for message: Message) throws(Unsendable) -> Request {
    let mail = try writer.mail(message)
    let bytes = mail.bytes()
    try Self.check(size: bytes.count)
    return .mail(mailRequest(to: (mail.to + mail.cc).map(\.address), bytes))
  }

  /// Reply codes of RFC 5321, refined by the enhanced ones of RFC 3463.
  public func outcome(of response: Response) -> Outcome? {
    let words = shortened(Escaping.singleLine(response.text), to: 200)
    let why = "SMTP: \(response.status) \(words)"
    switch response.status {
    case 200..<300: return .accepted(id: Self.queueID(words))
    // 454 too: "temporary authentication failure" is no wrong password.
    case 400..<500: return .notAccepted(after: nil, why: why)
    case 530, 534, 535, 538: return .signInNeeded(why: why)
    case 550, 551, 553:
      if words.contains("5.1.7") || words.contains("5.1.8") {
        return .refused(.channel, why: "\(why): the sender's address")
      }
      return .refused(words.contains("5.7.") ? .message : .recipient, why: why)
    case 556: return .refused(.recipient, why: why)
    case 500..<600: return .refused(.message, why: why)
    default: return .unknown(why: why)
    }
  }

  /// Connects, encrypts and signs in, and says goodbye.
  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      var question = mailRequest(to: [], [])
      question.signsInOnly = true
      let answer = try await session.perform(.mail(question))
      guard answer.isSuccess else {
        return [Finding(of: answer, outcome(of: answer), Self.traits.title)]
      }
      let how = username == nil ? "talks to us without a sign-in" : "takes the sign-in"
      return [
        Finding(.good, "\(host):\(port) \(how)"),
        Finding(.note, "whether it takes mail from \(writer.keys.from) shows with the first mail"),
      ]
    } catch {
      return [Finding(error)]
    }
  }

  // MARK: How

  private func mailRequest(to recipients: [String], _ bytes: [UInt8]) -> MailRequest {
    MailRequest(
      host: host,
      port: port,
      security: security,
      username: username,
      password: password?.reveal(),
      sender: bounces,
      recipients: recipients,
      message: bytes
    )
  }

  /// `2.0.0 Ok: queued as 4XyZ`: what to look for in the server's log.
  private static func queueID(_ words: String) -> String? {
    guard let range = words.firstRange(of: "queued as ") else { return nil }
    let id = words[range.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return id.isEmpty ? nil : String(id)
  }
}
