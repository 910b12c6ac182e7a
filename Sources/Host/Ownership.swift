import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files stay with those to whom they belong when root, by a preview or a repair, writes them anew:
/// the service that runs passes could not read them any more.
public enum Ownership {
  /// Gives an open file the owner and group of the one whose place it takes; where there is none
  /// yet, of its folder. Does nothing for anybody but root, who alone may.
  public static func keep(of path: String, on file: Int32) {
    guard geteuid() == 0 else { return }
    let name = (path as NSString).deletingLastPathComponent
    var facts = stat()
    guard
      lstat(path, &facts) == 0 && facts.st_uid != 0 || stat(name.isEmpty ? "." : name, &facts) == 0
    else { return }
    if facts.st_uid != 0 { _ = fchown(file, facts.st_uid, facts.st_gid) }
  }
}
