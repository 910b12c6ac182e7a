import Foundation
public import Settings

/// Turns `env:NAME`, `file:PATH`, `exec:COMMAND` and `cred:NAME` into the secret itself.
public struct SecretResolver: Sendable {
  /// What stands in for a secret that is not there.
  public enum Missing: Sendable {
    /// A problem of the config.
    case isAnError
    /// Replaying fixtures: no secret leaves the machine, and a CI job has none.
    case standsIn
  }

  private let environment: [String: String]
  private let folder: String
  private let missing: Missing
  private let literalsAreErrors: Bool

  /// - Parameters:
  ///   - folder: of the config file; `file:` is relative to it.
  ///   - literalsAreErrors: the config file can be read by group or others.
  public init(
    environment: [String: String],
    folder: String,
    missing: Missing,
    literalsAreErrors: Bool
  ) {
    self.environment = environment
    self.folder = folder
    self.missing = missing
    self.literalsAreErrors = literalsAreErrors
  }

  public func resolve(_ reference: String) -> Result<Secret, SettingsReader.SecretProblem> {
    let result = lookUp(reference)
    if case .failure = result, missing == .standsIn {
      return .success(Secret("https://replayed.invalid"))
    }
    return result
  }

  private func lookUp(_ reference: String) -> Result<Secret, SettingsReader.SecretProblem> {
    func fail(_ message: String) -> Result<Secret, SettingsReader.SecretProblem> {
      .failure(SettingsReader.SecretProblem(message))
    }
    func firstLine(of data: Data?) -> String? {
      data.flatMap {
        String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(
          String.init
        )
      }
    }
    let (kind, rest) = split(reference)
    switch kind {
    case "env":
      guard let value = environment[rest], !value.isEmpty else {
        return fail("the environment has no variable \(rest); set it where the job is scheduled")
      }
      return .success(Secret(value))
    case "file":
      let path = rest.hasPrefix("/") ? rest : "\(folder)/\(rest)"
      guard let line = firstLine(of: FileManager.default.contents(atPath: path)) else {
        return fail("the file \(rest) is not there, is empty, or cannot be read")
      }
      return .success(Secret(line))
    case "cred":
      guard let folder = environment["CREDENTIALS_DIRECTORY"] else {
        return fail("no systemd credentials here; run it from a unit with LoadCredential=\(rest)")
      }
      guard !rest.contains("/"),
        let line = firstLine(of: FileManager.default.contents(atPath: "\(folder)/\(rest)"))
      else { return fail("there is no systemd credential \(rest)") }
      return .success(Secret(line))
    case "exec":
      guard let line = firstLine(of: output(of: rest)) else {
        return fail("the command failed or printed nothing")
      }
      return .success(Secret(line))
    default:
      if literalsAreErrors {
        return fail(
          "a secret stands in a file that others can read; use env:NAME, or chmod 600 the file"
        )
      }
      return .success(Secret(reference))
    }
  }

  private func split(_ reference: String) -> (kind: String, rest: String) {
    guard let colon = reference.firstIndex(of: ":") else { return ("", reference) }
    return (String(reference[..<colon]), String(reference[reference.index(after: colon)...]))
  }

  /// What a password helper needs to be found, to speak, and to reach its agent. Others' secrets
  /// stand in the rest.
  private static let environmentNames: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "GNUPGHOME", "PASSWORD_STORE_DIR",
    "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE",
    "SSL_CERT_DIR",
  ]

  /// No shell: words are split at blanks.
  private func output(of command: String) -> Data? {
    let words = command.split(separator: " ").map(String.init)
    guard let program = words.first else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: program.hasPrefix("/") ? program : "/usr/bin/env")
    process.arguments = program.hasPrefix("/") ? Array(words.dropFirst()) : words
    process.environment = environment.filter {
      Self.environmentNames.contains($0.key) || $0.key.hasPrefix("LC_")
    }
    process.currentDirectoryURL = URL(filePath: folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = try? pipe.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }
}
