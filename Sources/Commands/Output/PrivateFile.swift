import Foundation

/// Files that name customers: for the user alone.
enum PrivateFile {
  /// Whole or not at all; a file that was there is replaced.
  /// - Throws: `UsageProblem` when it cannot be written.
  static func write(_ data: Data, to path: String) throws(UsageProblem) {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).new"
    let isMade = FileManager.default.createFile(
      atPath: temporary, contents: data, attributes: [.posixPermissions: 0o600])
    guard isMade, rename(temporary, path) == 0 else {
      let why = String(cString: strerror(errno))
      try? FileManager.default.removeItem(atPath: temporary)
      throw UsageProblem("\(path) cannot be written: \(why)")
    }
  }
}
