public import Settings

/// Where a rule names a template.
public struct TemplateUse: Sendable {
  public let name: String
  /// Those that say it.
  public let channels: [String]
  /// Whether it is said when an episode closes.
  public let closes: Bool
  public let position: Position
  public let path: String
}
