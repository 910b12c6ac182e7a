public import Outbox
public import Receivables
public import Rules
public import Settings

/// The config, decoded: everything but the adapters' own keys, which their adapters read.
public struct Setup: Sendable {
  /// A source or a channel: its name, its type, and its block for the adapter to read.
  public struct Adapter: Sendable {
    public let name: String
    public let type: String
    public let block: SettingsBlock
  }

  public var file: String
  /// The config as it was read; may hold secrets.
  public var text = ""
  public var folder: String
  public var organisation: String
  public var zone: Zone
  /// Whether the config says which; UTC otherwise.
  public var namesTimezone: Bool
  public var locale: String
  /// Where the config says so.
  public var localePosition: Position
  /// Absolute, or relative to the working folder.
  public var statePath: String
  /// The state file beside which the tokens are kept: a state that is forgotten forgets no sign-in.
  public var tokensBeside: String
  public var templatesPath: String?
  public var directoryPath: String?
  public var aging: Aging
  public var sources: [Adapter]
  public var channels: [Adapter]
  public var owners: [String: Owner]
  public var hours: ContactHours
  /// Holiday files that could not be read, and what is held for it.
  public var holidayProblems: [String]
  /// What was passed over in holiday files.
  public var holidayNotices: [String]
  public var limits: Limits
  public var rules: [Rule]
  /// Where each template name stands, for `check`.
  public var templateUses: [TemplateUse]
  /// Of rules that are `on` events: which, of which sources (empty: of any), and where it says so.
  public var eventUses: [RuleReader.EventUse]
  /// Who and what is told how passes go.
  public var monitoring: Monitoring
  /// All that is wrong or odd, in the order of the file.
  public var problems: [Problem]
}

extension Setup {
  /// Rules that count a customer once, however many ways there are to reach him.
  public var personRules: Set<String> { Set(rules.lazy.filter(\.countsPerson).map(\.name)) }

  /// Decodes as much as can be: what is wrong is in `problems`, and something harmless stands in
  /// its place, so that all problems of a file are found at once.
  public init(_ file: ConfigurationFile, resolver: SecretResolver) {
    var reader = SettingsReader(
      file.root, folder: file.folder, resolve: { resolver.resolve($0) })
    self = Setup(file: file.path, folder: file.folder, reader: &reader)
    reader.finish()
    text = file.text
    problems = reader.problems.sorted { $0.position < $1.position }
      .map { Problem(file: file.path, $0) }
  }

  /// What the config may hold, for the JSON Schema and the docs.
  public static var descriptions: [SettingDescription] {
    var reader = SettingsReader.describing()
    _ = Setup(file: "", folder: "", reader: &reader)
    return reader.descriptions
  }

  private init(file: String, folder: String, reader: inout SettingsReader) {
    self.file = file
    self.folder = folder
    if reader.text("version", help: "the format of this file: 1") != "1", !reader.isDescribing,
      reader.has("version")
    {
      reader.reject("version", "this balancealert reads version 1")
    }
    reader.describe("version", pattern: "^1$")
    organisation = reader.text("organisation", help: "the name that messages carry")
    let zoneName = reader.text(
      "timezone",
      help: "IANA name; days, due dates and windows are in this zone",
      default: "UTC"
    )
    namesTimezone = reader.has("timezone")
    if Zone(zoneName) == nil {
      reader.reject("timezone", "`\(zoneName)` is not an IANA time zone, as in Pacific/Auckland")
    }
    zone = Zone(zoneName) ?? .utc
    locale = reader.text(
      "locale",
      help: "default for amounts and dates; an account's own wins",
      default: "en"
    )
    localePosition = reader.block["locale"]?.node.position ?? reader.block.position
    statePath = reader.optionalPath("state", help: "the state file") ?? "\(folder)/state.sqlite"
    tokensBeside = statePath
    templatesPath = reader.optionalPath("templates", help: "folder of your own templates")
    directoryPath = reader.optionalPath(
      "directory",
      help: "CSV overlay: contacts, owners, flags per account"
    )
    aging = readAging(&reader)
    func adapters(_ key: String, _ help: String, _ reader: inout SettingsReader) -> [Adapter] {
      reader.named(key, help: help, kind: .adapters, required: true, finishing: false) {
        name,
        inner in
        Adapter(name: name, type: inner.text("type", help: "the platform"), block: inner.block)
      }.map(\.value)
    }
    sources = adapters("sources", "the accounting systems that are polled", &reader)
    channels = adapters("channels", "the ways out", &reader)
    owners = readOwners(&reader)
    let read = readHours(&reader)
    hours = ContactHours(read.hours, zone: zone)
    holidayProblems = read.problems
    holidayNotices = read.notices
    limits = readLimits(&reader)
    monitoring = Monitoring(&reader)
    var ruleReader = RuleReader(
      aging: aging,
      channels: Set(channels.map(\.name)),
      sources: Set(sources.map(\.name))
    )
    rules = reader.list("rules", help: "when to speak, how loudly, to whom", required: true) {
      ruleReader.read(&$0)
    }
    templateUses = ruleReader.templateUses
    eventUses = ruleReader.eventUses
    problems = []
    var seen: Set<String> = []
    for rule in rules where !seen.insert(rule.name).inserted {
      reader.reject("rules", "two rules are named `\(rule.name)`: names tell episodes apart")
    }
  }
}

private func readAging(_ reader: inout SettingsReader) -> Aging {
  let texts = reader.texts("aging", help: "last day of each aging bucket, in days past due")
  if texts.isEmpty { return .standard }
  let bounds = texts.compactMap { writtenNumber($0) }
  guard bounds.count == texts.count, bounds.allSatisfy({ $0 > 0 }),
    zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
  else {
    reader.reject("aging", "must be rising whole days, as in [30, 60, 90]")
    return .standard
  }
  return Aging(bounds: bounds)
}

private func readOwners(_ reader: inout SettingsReader) -> [String: Owner] {
  let owners = reader.named("owners", help: "account managers", finishing: false) {
    key,
    inner in
    var owner = Owner(
      key: key,
      name: inner.text("name", help: "the person's name", default: key),
      email: inner.optionalEmailAddress("email", help: "the person's e-mail address"),
      phone: inner.optionalText("phone", help: "the person's number, +6421555010")
    )
    if let written = owner.phone {
      do throws(PhoneNumber.Problem) { owner.phone = try PhoneNumber(written).text } catch {
        inner.reject("phone", "`\(written)` must be a number such as +6421555010: it \(error.why)")
      }
    }
    for entry in inner.block.entries where !["name", "email", "phone"].contains(entry.key) {
      owner.ids[entry.key] = inner.optionalText(entry.key, help: "the platform's id of the person")
    }
    return owner
  }
  return Dictionary(owners.map { ($0.name, $0.value) }) { first, _ in first }
}

private func readLimits(_ reader: inout SettingsReader) -> Limits {
  reader.nested("limits", help: "how much may go to customers") { inner in
    Limits(
      customerMessagesPerPass: inner.number(
        "customer_messages_per_pass",
        help: "a pass that would send more holds them all",
        default: 200,
        in: 0...1_000_000
      ),
      perRecipientPerDay: inner.optionalNumber(
        "per_recipient_per_day",
        help: "messages to one recipient a day",
        in: 1...1_000
      )
    )
  } ?? Limits()
}
