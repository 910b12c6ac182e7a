import Configuration
import Foundation
import Logging
import Synchronization
import Wire

/// Standard error: what happened, for people or as JSON lines. Results never go here.
final class Log: Sendable {
  /// Set up once, by the command's options, before anything is logged.
  static let shared = Log()

  private let logger = Mutex(Logger(label: "balancealert") { _ in LineHandler(asJSON: false) })

  private let redactor = Mutex(Redactor(secrets: []))

  /// From now on these secrets stand in no line, whoever wrote it.
  func hide(with redactor: Redactor) { self.redactor.withLock { $0 = redactor } }

  private func clean(_ text: String) -> Logger.Message {
    "\(redactor.withLock { $0 }.redact(text))"
  }

  func configure(quiet: Bool, verbose: Bool, asJSON: Bool) {
    logger.withLock {
      $0 = Logger(label: "balancealert") { _ in LineHandler(asJSON: asJSON) }
      $0.logLevel = quiet ? .error : verbose ? .debug : .notice
    }
  }

  /// From now on every line of JSON says which pass it is of.
  func isOfPass(_ pass: Int64) {
    logger.withLock { $0[metadataKey: LogSubject.passKey] = "\(pass)" }
  }

  func error(_ text: String, _ subject: LogSubject = LogSubject()) {
    logger.withLock { $0 }.error(clean(text), metadata: subject.metadata)
  }
  /// What ended a command; each problem of a config is a line of its own.
  func failure(_ error: any Error) {
    if let error = error as? ConfigurationError {
      for problem in error.problems { self.error(problem.description) }
    } else {
      self.error(ExitStatus.explain(error).1)
    }
  }
  func warning(_ text: String, _ subject: LogSubject = LogSubject()) {
    logger.withLock { $0 }.warning(clean(text), metadata: subject.metadata)
  }
  /// A warning that is printed with `--quiet` too: somebody has to do something.
  func urgent(_ text: String) {
    var logger = logger.withLock { $0 }
    logger.logLevel = min(logger.logLevel, .warning)
    logger.warning(clean(text))
  }
  func notice(_ text: String) { logger.withLock { $0 }.notice(clean(text)) }
  func debug(_ text: String, _ subject: LogSubject = LogSubject()) {
    logger.withLock { $0 }.debug(clean(text), metadata: subject.metadata)
  }
}

private struct LineHandler: LogHandler {
  let asJSON: Bool
  var logLevel: Logger.Level = .notice
  var metadata: Logger.Metadata = [:]
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let text = event.message.description
    let line: String
    if asJSON {
      let about = metadata.merging(event.metadata ?? [:]) { $1 }
      line = Output.json(LogLine("\(event.level)", text, about), pretty: false)
    } else {
      switch event.level {
      case .error, .critical: line = text.contains(": error: ") ? text : "error: \(text)"
      case .warning: line = text.contains(": warning: ") ? text : "warning: \(text)"
      default: line = text
      }
    }
    // A log that cannot be written, on a full disk, must not end a pass.
    try? FileHandle.standardError.write(contentsOf: Data("\(Printable.block(line))\n".utf8))
  }
}
