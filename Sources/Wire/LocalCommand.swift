import Host

extension LocalProgram.Failure {
  /// - Parameter name: of the program, for people.
  func wireError(_ name: String, maxBytes: Int, timeout: Duration) -> WireError {
    switch self {
    case .unnamed: .forbidden("a command without a program")
    case .refused(let why): .notSent("\(name): \(why)")
    case .ended(let how, let said):
      .notSent("\(name): \(how)\(said.map { ": \(shortened($0, to: 300))" } ?? "")")
    case .tookTooLong: .notSent("\(name): took longer than \(timeout.wholeSeconds) s")
    case .printedTooMuch: .tooLarge("\(name): printed more than \(maxBytes) bytes")
    case .cancelled: .notSent("\(name): cancelled")
    }
  }
}

/// What database clients read of the environment.
enum DatabaseEnvironment {
  static let names = postgres.union(mysql)

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
