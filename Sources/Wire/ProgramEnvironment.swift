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
