import Foundation
import Synchronization

/// A mail server on 127.0.0.1 without TLS, which remembers what it was given and refuses, or hangs
/// up, where a test says.
public final class SMTPServer: Sendable {
  public struct Mail: Sendable, Equatable {
    public var sender = ""
    public var recipients: [String] = []
    /// As it came, without the final dot, with doubled dots made single.
    public var message = ""

    public init(sender: String = "", recipients: [String] = [], message: String = "") {
      self.sender = sender
      self.recipients = recipients
      self.message = message
    }
  }

  public enum Step: Sendable, Hashable { case hello, login, sender, recipient, data, message }

  public enum Behaviour: Sendable, Equatable {
    /// A whole reply: `550 5.1.1 No such user`.
    case reply(String)
    /// Closes the connection instead of answering.
    case cut
    /// Says nothing until the server stops.
    case never
  }

  private let listener: Listener
  private final class Log: Sendable {
    let mails = Mutex<[Mail]>([])
    let lines = Mutex<[String]>([])
  }
  private let log = Log()

  /// - Parameters:
  ///   - script: what differs from a server that accepts everything.
  ///   - falling: called when it falls silent.
  public init(
    _ script: [Step: Behaviour] = [:], falling silent: @escaping @Sendable () -> Void = {}
  ) throws {
    listener = try Listener()
    listener.accept { [log] connection in
      var talk = Talk(connection, script, silent) { mail in log.mails.withLock { $0.append(mail) } }
      talk.run { line in log.lines.withLock { $0.append(line) } }
    }
  }

  public var port: Int { listener.port }
  public var mails: [Mail] { log.mails.withLock { $0 } }
  /// Every command line, in order.
  public var lines: [String] { log.lines.withLock { $0 } }
  public func stop() { listener.stop() }
}

private struct Talk {
  private let connection: Connection
  private let script: [SMTPServer.Step: SMTPServer.Behaviour]
  private let silent: () -> Void
  private let deliver: (SMTPServer.Mail) -> Void
  private var mail = SMTPServer.Mail()

  init(
    _ connection: Connection,
    _ script: [SMTPServer.Step: SMTPServer.Behaviour],
    _ silent: @escaping () -> Void,
    deliver: @escaping (SMTPServer.Mail) -> Void
  ) {
    self.connection = connection
    self.silent = silent
    self.script = script
    self.deliver = deliver
  }

  mutating func run(note: (String) -> Void) {
    guard connection.write("220 loopback") else { return }
    while let line = connection.line() {
      note(line)
      guard obey(line) else { return }
    }
  }

  /// - Returns: whether the connection goes on.
  private mutating func obey(_ line: String) -> Bool {
    let command = line.uppercased()
    if command.hasPrefix("EHLO") {
      return answer(.hello, "250-loopback\r\n250-AUTH PLAIN\r\n250 8BITMIME")
    }
    if command.hasPrefix("HELO") { return answer(.hello, "250 loopback") }
    if command.hasPrefix("AUTH") {
      if line.split(separator: " ").count < 3 {
        guard connection.write("334 "), connection.line() != nil else { return false }
      }
      return answer(.login, "235 2.7.0 accepted")
    }
    if command.hasPrefix("MAIL FROM:") {
      mail = SMTPServer.Mail(sender: address(line))
      return answer(.sender, "250 2.1.0 ok")
    }
    if command.hasPrefix("RCPT TO:") {
      mail.recipients.append(address(line))
      return answer(.recipient, "250 2.1.5 ok")
    }
    if command == "DATA" {
      guard answer(.data, "354 go on") else { return false }
      if case .reply = script[.data] { return true }
      var text = ""
      while let line = connection.line(), line != "." {
        text += (line.hasPrefix(".") ? String(line.dropFirst()) : line) + "\r\n"
      }
      mail.message = text
      guard answer(.message, "250 2.0.0 queued as 42") else { return false }
      if script[.message] == nil { deliver(mail) }
      return true
    }
    if command == "QUIT" {
      _ = connection.write("221 bye")
      return false
    }
    return connection.write(command == "RSET" || command == "NOOP" ? "250 ok" : "502 what?")
  }

  private func answer(_ step: SMTPServer.Step, _ usual: String) -> Bool {
    switch script[step] {
    case nil: return connection.write(usual)
    case .reply(let text): return connection.write(text)
    case .cut: return false
    case .never:
      silent()
      connection.waitForEnd()
      return false
    }
  }

  private func address(_ line: String) -> String {
    guard let open = line.firstIndex(of: "<"), let end = line.firstIndex(of: ">") else { return "" }
    return String(line[line.index(after: open)..<end])
  }
}
