import Settings
import Yams

struct NotABlock: Error {}

/// YAML as the blocks that adapters read, with positions.
func settingsBlock(yaml: String) throws -> SettingsBlock {
  guard let node = try Yams.compose(yaml: yaml) else {
    return SettingsBlock(path: "", position: Position(line: 1, column: 1), entries: [])
  }
  guard case .block(let block) = settingsNode(node, path: "channels.test").value else {
    throw NotABlock()
  }
  return block
}

private func settingsNode(_ node: Node, path: String) -> SettingsNode {
  let position = Position(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  switch node {
  case .scalar(let scalar):
    let isQuoted = scalar.style == .doubleQuoted || scalar.style == .singleQuoted
    let isNull = !isQuoted && ["", "~", "null"].contains(scalar.string)
    return SettingsNode(
      isNull ? .null : .scalar(scalar.string, quoted: isQuoted),
      at: position
    )
  case .sequence(let sequence):
    return SettingsNode(.list(sequence.map { settingsNode($0, path: path) }), at: position)
  case .mapping(let mapping):
    let entries = mapping.map { key, value in
      let name = key.scalar?.string ?? ""
      return SettingsBlock.Entry(
        key: name,
        position: position,
        node: settingsNode(value, path: "\(path).\(name)")
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
