import Foundation

/// How many files the process may have open: sockets, SQLite's files, pipes of programs.
public enum OpenFiles {
  /// With fewer, a pass could stop half-way: the system's own libraries trap where they get none.
  public static let fewest: UInt64 = 64

  /// Raises the limit to what is allowed.
  /// - Returns: the limit, where it stays below `fewest`; `nil` where it suffices, or is not known.
  public static func shortage() -> UInt64? {
    var limit = rlimit()
    #if canImport(Glibc)
      let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let kind = RLIMIT_NOFILE
    #endif
    guard getrlimit(kind, &limit) == 0 else { return nil }
    if limit.rlim_cur < fewest, limit.rlim_max > limit.rlim_cur {
      limit.rlim_cur = min(limit.rlim_max, 1024)
      setrlimit(kind, &limit)
      _ = getrlimit(kind, &limit)
    }
    return limit.rlim_cur < fewest ? UInt64(limit.rlim_cur) : nil
  }
}
