extension LocalProgram {
  /// What of our environment a program sees: enough to be found, to speak the right language, to
  /// keep a temporary file, to trust a server. Others' secrets stand in the rest.
  /// - Parameter names: further variables, by whole names: `PG…` would be `PGP_PASSPHRASE` too.
  public static func environment(
    _ all: [String: String],
    and names: Set<String>
  ) -> [String: String] {
    all.filter { name, _ in
      general.contains(name) || names.contains(name) || name.hasPrefix("LC_")
    }
  }

  private static let general: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
  ]
}
