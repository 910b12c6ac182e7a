/// Where something stands in the config file; both count from 1.
public struct Position: Sendable, Hashable, Comparable {
  public let line: Int
  public let column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public static func < (a: Self, b: Self) -> Bool {
    a.line == b.line ? a.column < b.column : a.line < b.line
  }
}

/// A value of the config with its place.
public struct SettingsNode: Sendable, Hashable {
  public indirect enum Value: Sendable, Hashable {
    case null
    /// The text as written; `quoted` where YAML quotes keep it from being a number or yes/no.
    case scalar(String, quoted: Bool)
    case list([SettingsNode])
    case block(SettingsBlock)
  }

  public let value: Value
  public let position: Position

  public init(_ value: Value, at position: Position) {
    self.value = value
    self.position = position
  }
}

/// Keys and values in their order, with positions and with the path that leads here.
public struct SettingsBlock: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    public let key: String
    public let position: Position
    public let node: SettingsNode

    public init(key: String, position: Position, node: SettingsNode) {
      self.key = key
      self.position = position
      self.node = node
    }
  }

  /// `sources.books.auth`; empty for the whole file.
  public let path: String
  public let position: Position
  public let entries: [Entry]

  public init(path: String, position: Position, entries: [Entry]) {
    self.path = path
    self.position = position
    self.entries = entries
  }

  public subscript(key: String) -> Entry? { entries.first { $0.key == key } }

  public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
