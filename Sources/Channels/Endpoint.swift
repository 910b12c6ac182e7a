import Settings
import Wire

/// Settings that several platforms ask for in the same way.
extension SettingsReader {
  mutating func baseURL(_ platform: String) -> String {
    url(
      "base_url",
      help: "Scheme and host of the API: a sandbox, a proxy or a test server",
      default: platform
    )
  }

  /// A required URL, a secret reference or not, with its last slash where one is written: to some
  /// servers it makes a difference.
  mutating func targetURL(_ key: String, help: String) -> Secret {
    if isDescribing || isReference(key) { return secretURL(key, help: help) }
    let checked = url(key, help: help, default: nil)
    for token in urlTokens(in: checked, ofAtLeast: 16) { conceal(token) }
    guard case .scalar(let written, _)? = block[key]?.node.value else { return Secret(checked) }
    return Secret(written)
  }

  /// The `webhook_url` of platforms whose URL is the credential; `base_url`, where given, replaces
  /// its scheme and host.
  mutating func webhookURL(help: String) -> Secret {
    let secret = secretURL("webhook_url", help: help)
    let base = url(
      "base_url",
      help: "Replaces scheme and host of the webhook: a proxy or a test server",
      default: ""
    )
    if isDescribing || block["base_url"] == nil || base.isEmpty { return secret }
    return Secret(base + urlPath(secret.reveal()))
  }
}
