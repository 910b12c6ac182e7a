import Foundation
import Host
public import Settings
import Yams

/// A YAML file as a tree with positions; nothing of its meaning is known here.
public struct ConfigurationFile: Sendable {
  public let path: String
  public let root: SettingsBlock
  /// As it was read; may hold secrets.
  public let text: String
  /// Group or others can read the file.
  public let isReadableByOthers: Bool

  /// The folder that relative paths in the file are relative to.
  public var folder: String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  /// - Throws: `ConfigurationError` when the file cannot be read or is not YAML.
  /// - Parameter kind: what it is, for errors.
  public init(path: String, kind: String = "config") throws(ConfigurationError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      let why = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "is not there"
      throw Self.error(
        path,
        Position(line: 1, column: 1),
        "the \(kind) file \(why)" + (kind == "config" ? "; name it with --config" : "")
      )
    }
    let text: String
    do throws(TextFile.Problem) { text = try TextFile.text(of: data) } catch {
      throw Self.error(
        path, Position(line: error.line ?? 1, column: 1), "the \(kind) file \(error.why)")
    }
    let mode = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions]
    let isShared = ((mode as? NSNumber)?.intValue ?? 0) & 0o044 != 0
    try self.init(
      path: path,
      text: text,
      isReadableByOthers: isShared,
      kind: kind
    )
  }

  /// - Throws: `ConfigurationError` when the text is not YAML.
  public init(
    path: String,
    text: String,
    isReadableByOthers: Bool,
    kind: String = "config"
  ) throws(ConfigurationError) {
    self.path = path
    self.text = text
    self.isReadableByOthers = isReadableByOthers
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw Self.yamlError(path, error)
    }
    guard let node else {
      throw Self.error(path, Position(line: 1, column: 1), "the \(kind) is empty")
    }
    var left = Self.mostValues
    let value = Self.convert(node, path: "", &left).value
    if left < 0 {
      let why = "holds more than \(Self.mostValues) values: aliases (*) stand within aliases"
      throw Self.error(path, Position(line: 1, column: 1), "the \(kind) \(why)")
    }
    guard case .block(let root) = value else {
      throw Self.error(path, Position(line: 1, column: 1), "the \(kind) must be a block of keys")
    }
    self.root = root
  }

  /// A few lines of aliases within aliases would be more than any memory holds.
  private static let mostValues = 500_000

  /// - Parameter left: how many values may still come; below zero, nothing more is converted.
  private static func convert(_ node: Node, path: String, _ left: inout Int) -> SettingsNode {
    let position = node.position
    left -= 1
    if left < 0 { return SettingsNode(.null, at: position) }
    switch node {
    case .scalar(let scalar):
      let quoted = scalar.style == .doubleQuoted || scalar.style == .singleQuoted
      if !quoted, ["", "~", "null"].contains(scalar.string) {
        return SettingsNode(.null, at: position)
      }
      return SettingsNode(.scalar(scalar.string, quoted: quoted), at: position)
    case .sequence(let sequence):
      let nodes = sequence.enumerated().map { convert($1, path: "\(path)[\($0 + 1)]", &left) }
      return SettingsNode(.list(nodes), at: position)
    case .mapping(let mapping):
      let entries = mapping.map { key, value in
        let name = key.string ?? "?"
        return SettingsBlock.Entry(
          key: name,
          position: key.position,
          node: convert(value, path: path.isEmpty ? name : "\(path).\(name)", &left)
        )
      }
      return SettingsNode(
        .block(SettingsBlock(path: path, position: position, entries: entries)),
        at: position
      )
    case .alias:
      return SettingsNode(.null, at: position)
    }
  }

  private static func yamlError(_ path: String, _ error: any Error) -> ConfigurationError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return Self.error(
        path,
        Position(line: mark.line, column: mark.column),
        "this is not YAML: \(problem.trimmingCharacters(in: .whitespaces))"
      )
    case .duplicatedKeysInMapping(let keys, let context):
      return Self.error(
        path,
        Position(line: context.mark.line, column: context.mark.column),
        "written twice: \(keys.map { $0.description }.sorted().joined(separator: ", "))"
      )
    default:
      return Self.error(path, Position(line: 1, column: 1), "this is not YAML: \(error)")
    }
  }

  private static func error(
    _ path: String,
    _ position: Position,
    _ message: String
  ) -> ConfigurationError {
    ConfigurationError([Problem(file: path, SettingsProblem(at: position, path: "", message))])
  }
}

extension Node {
  fileprivate var position: Position {
    Position(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }
}
