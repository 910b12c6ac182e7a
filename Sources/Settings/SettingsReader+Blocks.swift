/// Keys with blocks inside.
extension SettingsReader {
  /// Reads a nested block; `nil` when it is not there (a problem if it is required).
  public mutating func nested<T>(
    _ key: String,
    help: String,
    required: Bool = false,
    read: (inout SettingsReader) -> T
  ) -> T? {
    if isDescribing {
      var inner = SettingsReader()
      let value = read(&inner)
      _ = note(key, .block(inner.descriptions), required: required, help: help)
      return value
    }
    guard let node = note(key, .block([]), required: required, help: help) else { return nil }
    guard case .block(let nestedBlock) = node.value else {
      reject(key, "must be a block of keys")
      return nil
    }
    var inner = SettingsReader(nestedBlock, folder: folder, resolve: resolve)
    let value = read(&inner)
    inner.finish()
    problems += inner.problems
    secrets += inner.secrets
    return value
  }

  /// `key: [ {…}, {…} ]`. Each block's path is `key[1]`, `key[2]`, ….
  public mutating func list<T>(
    _ key: String,
    help: String,
    required: Bool = false,
    read: (inout SettingsReader) -> T
  ) -> [T] {
    if isDescribing {
      var inner = SettingsReader()
      _ = read(&inner)
      _ = note(key, .list(inner.descriptions), required: required, help: help)
      return []
    }
    guard let node = note(key, .list([]), required: required, help: help) else { return [] }
    guard case .list(let nodes) = node.value else {
      reject(key, "must be a list of blocks")
      return []
    }
    return nodes.enumerated().compactMap { index, node in
      inside(node, path: "\(block.path(of: key))[\(index + 1)]", finishing: true, read: read)
    }
  }

  /// `key: { name: {…}, name: {…} }`, in the order written.
  /// - Parameter finishing: whether keys that `read` did not ask for are unknown.
  public mutating func named<T>(
    _ key: String,
    help: String,
    kind: SettingDescription.Kind? = nil,
    required: Bool = false,
    finishing: Bool = true,
    read: (String, inout SettingsReader) -> T
  ) -> [(name: String, value: T)] {
    if isDescribing {
      var inner = SettingsReader()
      _ = read("", &inner)
      _ = note(key, kind ?? .named(inner.descriptions), required: required, help: help)
      return []
    }
    guard let node = note(key, .named([]), required: required, help: help) else { return [] }
    guard case .block(let entries) = node.value else {
      reject(key, "must be a block of names")
      return []
    }
    return entries.entries.compactMap { entry in
      inside(entry.node, path: block.path(of: "\(key).\(entry.key)"), finishing: finishing) {
        read(entry.key, &$0)
      }.map { (entry.key, $0) }
    }
  }

  /// `key: { name: {…}, name: [ {…}, {…} ] }`: one block a name, or several.
  public mutating func namedLists<T>(
    _ key: String,
    help: String,
    read: (_ name: String, inout SettingsReader) -> T
  ) -> [(name: String, values: [T])] {
    if isDescribing {
      var inner = SettingsReader()
      _ = read("", &inner)
      _ = note(key, .namedLists(inner.descriptions), required: false, help: help)
      return []
    }
    guard let node = note(key, .namedLists([]), required: false, help: help) else { return [] }
    guard case .block(let entries) = node.value else {
      reject(key, "must be a block of names")
      return []
    }
    return entries.entries.map { entry in
      let path = block.path(of: "\(key).\(entry.key)")
      guard case .list(let nodes) = entry.node.value else {
        let value = inside(entry.node, path: path, finishing: true, read: { read(entry.key, &$0) })
        return (entry.key, [value].compactMap { $0 })
      }
      return (
        entry.key,
        nodes.enumerated().compactMap { index, node in
          inside(
            node, path: "\(path)[\(index + 1)]", finishing: true, read: { read(entry.key, &$0) })
        }
      )
    }
  }

  /// A key with a form of its own.
  /// - Parameter parse: returns `nil` after it has called its second argument with place and
  ///   problem.
  public mutating func custom<T>(
    _ key: String,
    _ kind: SettingDescription.Kind,
    required: Bool = false,
    help: String,
    parse: (SettingsNode, (Position, String) -> Void) -> T?
  ) -> T? {
    guard let node = note(key, kind, required: required, help: help) else { return nil }
    var found: [SettingsProblem] = []
    let path = block.path(of: key)
    let value = parse(node) { found.append(SettingsProblem(at: $0, path: path, $1)) }
    problems += found
    return value
  }

  private mutating func inside<T>(
    _ node: SettingsNode,
    path: String,
    finishing: Bool,
    read: (inout SettingsReader) -> T
  ) -> T? {
    guard case .block(let block) = node.value else {
      problems.append(
        SettingsProblem(at: node.position, path: path, "must be a block of keys")
      )
      return nil
    }
    var inner = SettingsReader(block, folder: folder, resolve: resolve)
    let value = read(&inner)
    if finishing { inner.finish() }
    problems += inner.problems
    secrets += inner.secrets
    return value
  }
}
