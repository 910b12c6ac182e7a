import Foundation
import Host

/// Files that name customers: for the user alone.
enum PrivateFile {
  /// Whole or not at all; a file that was there is replaced.
  /// - Throws: `UsageProblem` when it cannot be written.
  static func write(_ data: Data, to path: String) throws(UsageProblem) {
    do throws(WholeFile.Problem) {
      try WholeFile.put(data, at: path, mode: 0o600)
    } catch {
      throw UsageProblem("\(path) cannot be written: \(error.why)")
    }
  }
}
