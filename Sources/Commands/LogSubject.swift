import Logging
import Outbox
import Pass
import Receivables

/// What a line of the log is about, for programs that read it.
struct LogSubject {
  static let passKey = "pass"

  var source: String?
  var channel: String?
  var delivery: String?
  /// `source:id`
  var account: String?

  var metadata: Logger.Metadata {
    let all = ["source": source, "channel": channel, "delivery": delivery, "account": account]
    return all.compactMapValues { $0.map { .string($0) } }
  }
}

extension LogSubject {
  init(_ delivery: Delivery) {
    self.init(
      source: delivery.account.source,
      channel: delivery.channel,
      delivery: delivery.id.text,
      account: delivery.account.description
    )
  }

  /// Notices begin with what they are about: a source, a channel, an account.
  init(ofNotice text: String, in report: PassReport) {
    guard let colon = text.firstRange(of: ": ") else { return }
    let head = String(text[..<colon.lowerBound])
    let sources = report.sources.map(\.name)
    if sources.contains(head) {
      source = head
    } else if report.channels.contains(head) {
      channel = head
    } else if let name = head.split(separator: ":").first.map(String.init), head.contains(":"),
      sources.contains(name)
    {
      source = name
      account = head
    }
  }
}

/// One line of `--log-format json`. What is not known is left out.
struct LogLine: Encodable {
  /// When it was written, whatever `--now` says.
  let time: String
  let level: String
  let message: String
  let pass: Int64?
  let source: String?
  let channel: String?
  let delivery: String?
  let account: String?

  init(_ level: String, _ message: String, _ about: Logger.Metadata) {
    time = Now.ofThisMachine().description
    self.level = level
    self.message = message
    pass = about[LogSubject.passKey].flatMap { Int64("\($0)") }
    source = about["source"].map { "\($0)" }
    channel = about["channel"].map { "\($0)" }
    delivery = about["delivery"].map { "\($0)" }
    account = about["account"].map { "\($0)" }
  }
}
