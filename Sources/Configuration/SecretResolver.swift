import Foundation
import Host
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
  private let deadline: ContinuousClock.Instant?
  private let patience: Duration

  /// - Parameters:
  ///   - folder: of the config file; `file:` is relative to it.
  ///   - literalsAreErrors: the config file can be read by group or others.
  ///   - deadline: no command is waited for longer.
  ///   - patience: how long one command may take: a person may have to type.
  public init(
    environment: [String: String],
    folder: String,
    missing: Missing,
    literalsAreErrors: Bool,
    deadline: ContinuousClock.Instant? = nil,
    patience: Duration = .seconds(60)
  ) {
    self.environment = environment
    self.folder = folder
    self.missing = missing
    self.literalsAreErrors = literalsAreErrors
    self.deadline = deadline
    self.patience = patience
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
    /// - Parameter what: whose text it is, for errors.
    func secret(
      in data: Data?,
      _ what: String,
      otherwise: String
    ) -> Result<Secret, SettingsReader.SecretProblem> {
      do throws(TextFile.Problem) {
        guard let line = try TextFile.firstLine(of: data ?? Data()) else { return fail(otherwise) }
        return .success(Secret(line))
      } catch {
        return fail("\(what) \(error.why)")
      }
    }
    let (kind, rest) = split(reference)
    switch kind {
    case "env":
      guard let value = environment[rest].map(TextFile.value), !value.isEmpty else {
        return fail("the environment has no variable \(rest); set it where the job is scheduled")
      }
      return .success(Secret(value))
    case "file":
      let path = rest.hasPrefix("/") ? rest : "\(folder)/\(rest)"
      return secret(
        in: FileManager.default.contents(atPath: path), "the file \(rest)",
        otherwise: "the file \(rest) is not there, is empty, or cannot be read")
    case "cred":
      guard let folder = environment["CREDENTIALS_DIRECTORY"] else {
        return fail("no systemd credentials here; run it from a unit with LoadCredential=\(rest)")
      }
      if rest.contains("/") { return fail("there is no systemd credential \(rest)") }
      return secret(
        in: FileManager.default.contents(atPath: "\(folder)/\(rest)"), "the credential \(rest)",
        otherwise: "there is no systemd credential \(rest)")
    case "exec":
      do throws(LocalProgram.Failure) {
        return secret(
          in: try output(of: rest), "what the command printed",
          otherwise: "the command printed nothing")
      } catch .tookTooLong {
        let limit = (deadline.map { $0 - .now < patience } ?? false) ? "by the deadline" : "in time"
        let program = rest.split(separator: " ").first ?? ""
        return fail("the command \(program) did not end \(limit); it may wait for somebody to type")
      } catch .refused(let why) {
        return fail("the command cannot be run: \(why)")
      } catch .ended(let how, _) {
        return fail("the command failed (\(how))")
      } catch {
        return fail("the command names no program, or prints more than a secret")
      }
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

  /// What a password helper needs to reach its agent.
  private static let environmentNames: Set<String> = [
    "GNUPGHOME", "PASSWORD_STORE_DIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
  ]

  /// No shell: words are split at blanks. Its standard error goes where ours goes: what it says of
  /// a secret is between it and a person.
  private func output(of command: String) throws(LocalProgram.Failure) -> Data {
    let program = try LocalProgram(
      command.split(separator: " ").map(String.init),
      in: folder,
      environment: LocalProgram.environment(environment, and: Self.environmentNames),
      maxBytes: 1 << 20,
      timeout: deadline.map { min(patience, $0 - .now) } ?? patience,
      keepsErrors: false
    )
    return Data(try program.run())
  }
}
