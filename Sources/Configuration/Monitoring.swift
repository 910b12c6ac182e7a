public import Settings

/// Who and what is told how passes go: `ops`, `heartbeat_url`, `metrics_file`.
public struct Monitoring: Sendable {
  /// A channel that is told of trouble, and where the config says so.
  public struct OpsUse: Sendable {
    public let name: String
    public let position: Position
    /// The key's path: `ops[1]`.
    public let path: String
  }

  public var ops: [OpsUse]
  /// Whoever has it can report a pass that never was, so it is kept like a secret.
  public var heartbeatURL: Secret?
  /// Absolute, or relative to the working folder.
  public var metricsPath: String?

  init(_ reader: inout SettingsReader) {
    let names = reader.texts(
      "ops",
      help: "channels that are told when a source keeps failing or a delivery is given up"
    )
    ops = Self.uses(names, in: reader.block)
    heartbeatURL = Self.readURL(&reader)
    metricsPath = reader.optionalPath(
      "metrics_file",
      help: "written after each pass, for the textfile collector of Prometheus' node_exporter"
    )
  }

  private static func uses(_ names: [String], in block: SettingsBlock) -> [OpsUse] {
    guard let node = block["ops"]?.node else { return [] }
    var positions: [Position] = []
    if case .list(let nodes) = node.value {
      // As the reader keeps them: what is no text is a problem already.
      for node in nodes { if case .scalar = node.value { positions.append(node.position) } }
    }
    var seen: Set<String> = []
    return names.enumerated().compactMap { index, name in
      guard seen.insert(name).inserted else { return nil }
      let isOne = positions.isEmpty
      return OpsUse(
        name: name,
        position: positions.indices.contains(index) ? positions[index] : node.position,
        path: isOne ? block.path(of: "ops") : "\(block.path(of: "ops"))[\(index + 1)]"
      )
    }
  }

  private static func readURL(_ reader: inout SettingsReader) -> Secret? {
    let (key, help) = ("heartbeat_url", "asked when a pass starts, succeeds and fails")
    if reader.isDescribing { return reader.optionalSecret(key, help: help) }
    guard reader.has(key) else {
      _ = reader.optionalText(key, help: help)
      return nil
    }
    if reader.isReference(key) { return reader.secretURL(key, help: help) }
    let url = reader.url(key, help: help, default: nil)
    return url.isEmpty ? nil : Secret(url)
  }
}
