import Configuration
import Foundation
import Host
import Receivables
import State

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
    guard let problem = Self.put(text, at: path) else { return }
    report.notices.append(problem)
    report.verdict = report.verdict.orWorse(.partly)
  }

  /// Of a pass that came to no report.
  /// - Parameter state: `nil` where it cannot be opened.
  /// - Returns: why it could not be written.
  func record(failedAt now: Instant, exit: Int32, _ state: StateFile?) -> String? {
    guard let path else { return nil }
    let counts = try? state?.counts(without: state?.newestPassID())
    let text = Metrics.text(failedAt: now, exit: exit, counts: counts)
    return Self.put(text, at: path)
  }

  /// - Returns: why it could not be written.
  private static func put(_ text: String, at path: String) -> String? {
    do throws(WholeFile.Problem) {
      // The collector is another user.
      try WholeFile.put(Data(text.utf8), at: path, mode: 0o644)
      return nil
    } catch {
      return "metrics_file: \(path) cannot be written: \(error.why)"
    }
  }
}
