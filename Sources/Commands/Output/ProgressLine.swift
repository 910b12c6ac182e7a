import Foundation
import Synchronization

/// One line at a terminal that says where the pass stands; nothing anywhere else.
final class ProgressLine: Sendable {
  private let lastShown = Mutex(ContinuousClock.now - .seconds(1))

  /// `nil` when standard error is not a terminal, or nothing is to be said.
  init?(quiet: Bool) {
    guard !quiet, isatty(FileHandle.standardError.fileDescriptor) == 1 else { return nil }
  }

  @Sendable func show(_ text: String) {
    let now = ContinuousClock.now
    let isDue = lastShown.withLock { last in
      guard now - last > .milliseconds(100) else { return false }
      last = now
      return true
    }
    if isDue { write("\r\u{1B}[K\(Table.cut(Output.line(text), to: 78))") }
  }

  func clear() { write("\r\u{1B}[K") }

  private func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
