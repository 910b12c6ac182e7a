import Foundation

/// The repository as files; nothing that is built.
enum Tree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  struct File: Sendable {
    /// From the root of the repository.
    let path: String
    let text: String
    let lines: [Substring]
    /// Its lines without comments and what stands in quotes; Swift files alone.
    let code: [String]

    init(path: String, text: String) {
      self.path = path
      self.text = text
      lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      code = path.hasSuffix(".swift") ? Tree.code(lines) : []
    }

    var name: String { (path as NSString).lastPathComponent }
  }

  /// Every file of the repository that is text, sorted by path.
  static let files: [File] = paths.compactMap { path in
    guard let data = FileManager.default.contents(atPath: root.appending(path: path).path),
      let text = String(data: data, encoding: .utf8)
    else { return nil }
    return File(path: path, text: text)
  }

  static let paths: [String] = {
    var paths: [String] = []
    for top in topLevel where !top.hasPrefix(".build") && top != ".git" {
      var isFolder: ObjCBool = false
      let full = root.appending(path: top).path
      guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else { continue }
      if !isFolder.boolValue {
        paths.append(top)
      } else {
        for case let name as String in FileManager.default.enumerator(atPath: full) ?? .init() {
          var isInner: ObjCBool = false
          _ = FileManager.default.fileExists(atPath: "\(full)/\(name)", isDirectory: &isInner)
          if !isInner.boolValue { paths.append("\(top)/\(name)") }
        }
      }
    }
    return paths.sorted()
  }()

  static let topLevel: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).sorted()

  /// Swift files below a folder.
  static func swift(_ folder: String) -> [File] {
    files.filter { $0.path.hasPrefix("\(folder)/") && $0.path.hasSuffix(".swift") }
  }

  /// The names of what lies in a folder, without extension.
  static func names(in folder: String, extension ending: String? = nil) -> Set<String> {
    let path = root.appending(path: folder).path
    let all = try? FileManager.default.contentsOfDirectory(atPath: path)
    return Set(
      (all ?? []).filter { !$0.hasPrefix(".") }
        .filter { name in ending.map { name.hasSuffix(".\($0)") } ?? true }
        .map { ending == nil ? $0 : ($0 as NSString).deletingPathExtension }
    )
  }
}

extension Tree {
  fileprivate static func code(_ lines: [Substring]) -> [String] {
    let quote = UInt8(ascii: "\"")
    let slash = UInt8(ascii: "/")
    let backslash = UInt8(ascii: "\\")
    var isInText = false
    return lines.map { line in
      let bytes = Array(line.utf8)
      func isTriple(_ at: Int) -> Bool {
        at + 2 < bytes.count && bytes[at] == quote && bytes[at + 1] == quote
          && bytes[at + 2] == quote
      }
      if isInText {
        if bytes.indices.contains(where: isTriple) { isInText = false }
        return ""
      }
      var code: [UInt8] = []
      var isQuoted = false
      var at = 0
      while at < bytes.count {
        let byte = bytes[at]
        if isQuoted {
          if byte == backslash { at += 1 }
          if byte == quote { isQuoted = false }
        } else if byte == slash, at + 1 < bytes.count, bytes[at + 1] == slash {
          break
        } else if isTriple(at) {
          isInText = true
          break
        } else if byte == quote {
          isQuoted = true
        } else {
          code.append(byte)
        }
        at += 1
      }
      return String(decoding: code, as: UTF8.self)
    }
  }
}
