import Foundation

/// Folders for the user alone, whatever the umask.
public enum PrivateFolder {
  /// With the folders that lead to it; those that are there stay as they are.
  /// - Throws: `WholeFile.Problem`.
  public static func make(_ path: String) throws(WholeFile.Problem) {
    var code = makeLast(path)
    let parent = (path as NSString).deletingLastPathComponent
    if code == ENOENT, !parent.isEmpty {
      try make(parent)
      code = makeLast(path)
    }
    if code != 0 { throw WholeFile.Problem(step: .opened, code: code) }
  }

  /// - Returns: 0, or the system's number for why not.
  private static func makeLast(_ path: String) -> Int32 {
    // The umask may have taken our own rights away.
    if mkdir(path, 0o700) == 0 { return chmod(path, 0o700) == 0 ? 0 : errno }
    guard errno == EEXIST else { return errno }
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return isFolder.boolValue ? 0 : ENOTDIR
  }
}
