import Configuration
import Foundation
import Receivables
import State

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes `metrics_file`, as a whole or not at all: the collector may read at any moment. A replay
/// writes none: what it plays is not how the organisation stands.
struct MetricsFile: Sendable {
  private let assembly: Assembly
  private let path: String?

  init(_ assembly: Assembly, _ options: PassOptions) {
    self.init(assembly, isReplay: options.isReplay)
  }

  init(_ assembly: Assembly, isReplay: Bool) {
    self.assembly = assembly
    path = isReplay ? nil : assembly.setup.monitoring.metricsPath
  }

  /// At the end of a pass, before its exit code is kept: that it could not be written is a part of
  /// how the pass ends.
  func record(_ report: inout PassReport, _ state: StateFile) throws(StateError) {
    guard let path else { return }
    let text = Metrics.text(
      of: report,
      assembly,
      records: try state.sourceRecords(),
      counts: try state.counts(without: report.pass)
    )
    guard let why = Self.put(text, at: path) else { return }
    report.notices.append("metrics_file: \(path) cannot be written: \(why)")
    report.verdict = report.verdict.orWorse(.partly)
  }

  /// Of a pass that came to no report.
  /// - Parameter state: `nil` where it cannot be opened.
  /// - Returns: why it could not be written.
  func record(failedAt now: Instant, exit: Int32, _ state: StateFile?) -> String? {
    guard let path else { return nil }
    let counts = try? state?.counts(without: state?.newestPassNumber())
    let text = Metrics.text(failedAt: now, exit: exit, counts: counts)
    return Self.put(text, at: path).map { "metrics_file: \(path) cannot be written: \($0)" }
  }

  /// A name that the collector does not read, beside the file; then the one step of a rename.
  private static func put(_ text: String, at path: String) -> String? {
    let temporary = "\(path).\(getpid()).tmp"
    func failed() -> String {
      let why = String(cString: strerror(errno))
      unlink(temporary)
      return why
    }
    // Left by a process of the same number that was killed.
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard file >= 0 else { return String(cString: strerror(errno)) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        let why = failed()
        close(file)
        return why
      }
      rest = rest.dropFirst(count)
    }
    // The collector is another user, whatever the umask of this one.
    guard fchmod(file, 0o644) == 0 else {
      let why = failed()
      close(file)
      return why
    }
    guard close(file) == 0, rename(temporary, path) == 0 else { return failed() }
    return nil
  }
}
