import Foundation
import Host

/// A program that prints a secret. No shell: words are split at blanks.
struct SecretCommand {
  private let words: [String]
  private let folder: String
  private let environment: [String: String]

  /// What a password helper needs to be found, to speak, and to reach its agent. Others' secrets
  /// stand in the rest.
  private static let environmentNames: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "GNUPGHOME", "PASSWORD_STORE_DIR",
    "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE",
    "SSL_CERT_DIR",
  ]

  init(_ command: String, in folder: String, _ environment: [String: String]) {
    words = command.split(separator: " ").map(String.init)
    self.folder = folder
    self.environment = environment.filter {
      Self.environmentNames.contains($0.key) || $0.key.hasPrefix("LC_")
    }
  }

  /// Its standard error goes where ours goes: what it says of a secret is between it and a person.
  func output(within time: Duration) throws(LocalProgram.Failure) -> Data {
    let program = try LocalProgram(
      words, in: folder, environment: environment, maxBytes: 1 << 20, timeout: time,
      keepsErrors: false)
    return Data(try program.run())
  }
}
