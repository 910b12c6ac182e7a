import Foundation
import Host

extension LocalProgram {
  /// Of a `command:`.
  /// - Throws: `.forbidden` when no program is named.
  convenience init(
    command words: [String], maxBytes: Int, timeout: Duration
  ) throws(WireError) {
    let environment = ProcessInfo.processInfo.environment.filter { name, _ in
      ProgramEnvironment.handsOn(name)
    }
    do throws(Failure) {
      try self.init(words, environment: environment, maxBytes: maxBytes, timeout: timeout)
    } catch {
      throw .forbidden("a command without a program")
    }
  }
}

extension LocalProgram.Failure {
  /// - Parameter name: of the program, for people.
  func wireError(_ name: String, maxBytes: Int, timeout: Duration) -> WireError {
    switch self {
    case .unnamed: .forbidden("a command without a program")
    case .notStarted(let why): .notSent("\(name): \(why)")
    case .ended(let how, let said):
      .notSent("\(name): \(how)\(said.map { ": \(shortened($0, to: 300))" } ?? "")")
    case .tookTooLong: .notSent("\(name): took longer than \(timeout.wholeSeconds) s")
    case .printedTooMuch: .tooLarge("\(name): printed more than \(maxBytes) bytes")
    case .cancelled: .notSent("\(name): cancelled")
    }
  }
}

/// What of our environment a program of a `command:` sees. By whole names: `PG…` would be
/// `PGP_PASSPHRASE` too, and secrets of others stand beside what it needs.
enum ProgramEnvironment {
  static func handsOn(_ name: String) -> Bool {
    general.contains(name) || postgres.contains(name) || mysql.contains(name)
      || name.hasPrefix("LC_")
  }

  /// To be found, to speak the right language, to keep a temporary file, to trust a server.
  private static let general: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
  ]

  /// postgresql.org/docs/current/libpq-envars.html; the password is psql's own.
  private static let postgres: Set<String> = [
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE",
    "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGOPTIONS", "PGAPPNAME", "PGSSLMODE",
    "PGSSLNEGOTIATION", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGSSLCRLDIR",
    "PGREQUIREAUTH", "PGCHANNELBINDING", "PGREQUIREPEER", "PGKRBSRVNAME", "PGGSSENCMODE",
    "PGGSSLIB", "PGCONNECT_TIMEOUT", "PGCLIENTENCODING", "PGTARGETSESSIONATTRS", "PGDATESTYLE",
    "PGTZ", "PGLOCALEDIR",
  ]

  /// dev.mysql.com/doc/refman/8.4/en/environment-variables.html
  private static let mysql: Set<String> = [
    "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_HOME", "MYSQL_PWD",
    "MYSQL_GROUP_SUFFIX", "MYSQL_TEST_LOGIN_FILE",
  ]
}
