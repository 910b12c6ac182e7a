import Foundation
import Pass
import Settings
import Support

/// A config with every type of source and channel, in which each secret is one of a kind and can be
/// recognised wherever it turns up.
struct PlantedSecrets {
  struct Mark: Sendable {
    /// `channels.twilio.auth_token`
    let key: String
    let text: String
    /// Of letters and digits, as no encoding changes them, and one of a kind.
    let head: String
    let tail: String

    init(_ key: String, _ text: String, head: String, tail: String) {
      (self.key, self.text, self.head, self.tail) = (key, text, head, tail)
    }
  }

  private(set) var marks = [
    Mark("access token", EchoServer.accessToken, head: "AccTok", tail: "x9End"),
    Mark("refresh token", EchoServer.refreshToken, head: "RefTok", tail: "y9End"),
  ]
  /// Secret keys of adapters for which nothing was planted.
  private(set) var missing: [String] = []
  private(set) var environment: [String: String] = [:]
  private(set) var config = ""

  private let folder: TemporaryFolder
  private let url: String
  private let mailPort: Int
  private let given: Given

  /// Where a secret stands.
  enum Given: Sendable, CaseIterable {
    /// In the environment, a file, a program's output or a credential, by turns.
    case byReference
    /// In the config itself, which errors quote.
    case literally
  }

  init(in folder: TemporaryFolder, url: String, mailPort: Int, _ given: Given) throws {
    (self.folder, self.url, self.mailPort, self.given) = (folder, url, mailPort, given)
    environment["CREDENTIALS_DIRECTORY"] = folder.file("credentials")
    environment["NOT_A_SECRET"] = "of nobody's interest"
    let (sources, channels) = Assembly.adapterDescriptions
    config = """
      version: 1
      organisation: Harbour Lettings
      timezone: Pacific/Auckland
      sources:
        ledger: { type: csv, path: books.csv }

      """
    for (type, keys) in sources where type != "csv" { try add("sources", type, keys) }
    config += "channels:\n"
    for (type, keys) in channels where type != "twilio" { try add("channels", type, keys) }
    // One or the other: both in one channel are an error.
    for (type, keys) in channels where type == "twilio" {
      try add("channels", type, keys.filter { $0.key != "api_secret" })
      try add("channels", type, keys.filter { $0.key != "auth_token" }, as: "twilio-by-key")
    }
    let names = channels.map(\.type).joined(separator: ", ")
    config += """
      heartbeat_url: \(try plant("heartbeat_url"))
      ops: [slack, teams]
      metrics_file: metrics.prom
      rules:
        - name: rent
          when: { balance: overdue }
          levels: [{ notify: [\(names)] }]

      """
    try folder.write(config, to: "balancealert.yaml")
    try folder.write(Self.books, to: "books.csv")
  }

  private static let books = """
    account_id,account_name,document_id,due_date,currency,amount_due,email,phone
    C1,Ada,D1,2025-02-01,NZD,600,ada@tenant.example,+6421555010

    """

  private mutating func add(
    _ part: String, _ type: String, _ keys: [SettingDescription], as name: String? = nil
  ) throws {
    let path = "\(part).\(name ?? type)"
    var lines = ["type: \(type)", "retries: 0", "timeout: 1h"]
    lines += try plain(part, type)
    let names = Set(keys.map(\.key))
    if names.contains("base_url") { lines.append("base_url: \"\(url)/at/\(path)\"") }
    if names.contains("token_url") { lines.append("token_url: \"\(url)/at/\(path)/token\"") }
    lines += try secrets(keys, below: path)
    config += "  \(name ?? type):\n" + lines.map { "    \($0)\n" }.joined()
  }

  /// The lines of a block that give its secrets, and of the blocks within it.
  private mutating func secrets(
    _ keys: [SettingDescription], below path: String
  ) throws -> [String] {
    var lines: [String] = []
    for key in keys {
      let full = "\(path).\(key.key)"
      switch key.kind {
      case .secret: lines.append("\(key.key): \(try plant(full))")
      case .block(let inner):
        let within = try secrets(inner, below: full)
        if key.key == "auth" {
          let grants = inner.first { $0.key == "grant" }?.help ?? ""
          let grant = grants.contains("refresh_token") ? "refresh_token" : "client_credentials"
          lines += ["auth:", "  grant: \(grant)", "  client_id: the-client"]
          lines += inner.contains { $0.key == "tenant_id" } ? ["  tenant_id: harbour.example"] : []
          lines.append("  redirect_uri: http://127.0.0.1:8000/")
          lines += within.map { "  \($0)" }
        } else if !within.isEmpty {
          lines += ["\(key.key):"] + within.map { "  \($0)" }
        }
      case .list(let inner), .named(let inner), .namedLists(let inner):
        // No adapter has any so far: they would have to be planted here.
        missing += try secrets(inner, below: full).map { "\(full): \($0)" }
      default: break
      }
    }
    if path == "channels.twilio-by-key" { lines.append("api_key: SKaaaa") }
    if path == "channels.webhook" {
      lines += ["headers:", "  X-Own-Token: \(try plant("\(path).headers.X-Own-Token"))"]
    }
    return lines
  }

  /// The other keys, as the conformance suite has them.
  private func plain(_ part: String, _ type: String) throws -> [String] {
    switch type {
    case "xero": return ["tenant_id: 45e4708e-d862-4111-ab3a-dd8cd03913e1"]
    case "quickbooks": return ["realm_id: \"4620816365164829340\""]
    case "freshbooks": return ["account_id: ACM123"]
    case "stripe": return []
    case "webhook": return ["audience: customer"]
    case "smtp":
      return [
        "host: 127.0.0.1", "port: \(mailPort)", "tls: none", "username: harbour",
        "from: accounts@harbour.example",
      ]
    case "twilio":
      return ["account_sid: ACaaaa", "from: \"+6421000000\""]
    default:
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/channels/\(type)/settings.yaml").standardizedFileURL
      return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        .filter { !$0.hasPrefix("#") && !$0.contains("env:") && !$0.hasPrefix("base_url:") }
    }
  }

  /// - Returns: what stands in the config.
  private mutating func plant(_ key: String) throws -> String {
    let number = marks.count
    let name = key.split(separator: ".").last.map(String.init) ?? ""
    let value: String
    if name.hasSuffix("url") {
      let (path, signature) = ("Mk\(number)aB3xPathOfIt", "Mk\(number)sB3xSignature")
      marks.append(Mark(key, path, head: "Mk\(number)aB3", tail: path))
      marks.append(Mark(key, signature, head: "Mk\(number)sB3", tail: signature))
      value = "\(url)/hook/\(path)?api-version=1&sig=\(signature)"
    } else {
      let prefix = key == "sources.stripe.api_key" ? "rk_test_" : ""
      value = "\(prefix)Mk\(number)aB3+/x=%&\"\\'<~>zKy\(number)End"
      marks.append(Mark(key, value, head: "Mk\(number)aB3", tail: "zKy\(number)End"))
    }
    if given == .literally { return "'\(value.replacing("'", with: "''"))'" }
    switch number % 4 {
    case 0:
      environment["PLANTED_\(number)"] = value
      return "env:PLANTED_\(number)"
    case 1:
      try folder.write(value + "\n", to: "given/\(number)")
      return "file:given/\(number)"
    case 2:
      try folder.write(value + "\n", to: "given/\(number)")
      return "exec:/bin/cat given/\(number)"
    default:
      try folder.write(value + "\n", to: "credentials/c\(number)")
      return "cred:c\(number)"
    }
  }
}
