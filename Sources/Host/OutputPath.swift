import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where something is written to, looked at before it is written: a link that somebody else put
/// there must not lead elsewhere, and a device or a pipe must not be replaced by a file.
public enum OutputPath: Sendable, Equatable {
  /// A file to be made or replaced; at the end of a link, where there was one.
  case file(String)
  /// A device, a pipe or a terminal, which can only be written into.
  case stream

  /// - Throws: the system's number for why not: `ELOOP` for a link of somebody else or one that
  ///   leads to nothing, `EPERM` for somebody else's pipe, `EISDIR` for a folder.
  public static func look(at path: String) throws(WholeFile.Problem) -> OutputPath {
    var found = stat()
    guard lstat(path, &found) == 0 else { return .file(path) }
    var target = path
    if found.st_mode & S_IFMT == S_IFLNK {
      guard isTrusted(found), stat(path, &found) == 0 else { throw problem(ELOOP) }
      if found.st_mode & S_IFMT == S_IFREG {
        guard let real = realpath(path, nil) else { throw problem(ELOOP) }
        target = String(cString: real)
        free(real)
      }
    }
    switch found.st_mode & S_IFMT {
    case S_IFREG: return .file(target)
    case S_IFDIR: throw problem(EISDIR)
    case S_IFIFO where !isTrusted(found): throw problem(EPERM)
    default: return .stream
    }
  }

  private static func isTrusted(_ found: stat) -> Bool {
    found.st_uid == geteuid() || found.st_uid == 0
  }

  private static func problem(_ code: Int32) -> WholeFile.Problem {
    WholeFile.Problem(step: .replaced, code: code)
  }

  /// A name beside `path` that nobody can have made beforehand.
  public static func temporary(beside path: String) -> String {
    "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).new"
  }
}
