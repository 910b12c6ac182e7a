/// Settings that may be written as they are or as a secret reference.
extension SettingsReader {
  /// A value that may be written as it is or as a secret reference (`env:NAME`, …), and is not
  /// itself worth a warning: an account's number, a user's name.
  public mutating func reference(_ key: String, help: String) -> String {
    isReference(key) ? secret(key, help: help).reveal() : text(key, help: help)
  }

  public mutating func optionalReference(_ key: String, help: String) -> String? {
    isReference(key)
      ? optionalSecret(key, help: help)?.reveal() : optionalText(key, help: help)
  }

  /// Hides a part of a setting that is no secret as a whole, such as a token within a URL.
  public mutating func conceal(_ text: String) { secrets.append(Secret(text)) }

  /// Whether the key's value is one of the references, and not the value itself.
  public func isReference(_ key: String) -> Bool {
    guard case .scalar(let text, _)? = block[key]?.node.value else { return false }
    return ["env:", "file:", "exec:", "cred:"].contains { text.hasPrefix($0) }
  }
}
