import Foundation

/// Who sits at the terminal, for the audit log.
enum Person {
  /// The user who asked for it, also through `sudo`.
  static var name: String {
    if let user = ProcessInfo.processInfo.environment["SUDO_USER"], !user.isEmpty { return user }
    return NSUserName()
  }
}
