public import Accounting
public import Channels
public import Configuration
public import Messages
public import Outbox
public import Receivables
import Rules
public import Settings
public import Wire

/// The config brought to life: each source and channel with its adapter and what the frame reads of
/// its settings.
public struct Assembly: Sendable {
  public struct Source: Sendable {
    public let name: String
    public let adapter: any AccountingSource
    public let policy: SessionPolicy
    public let signIn: SignInSettings?
    public let credits: CreditPolicy
    public let rollsUp: Bool
    public let badDocuments: BadDocuments
    /// How long deltas may go on until everything is read again.
    public let fullSync: Period
    /// More of the open items than this must not be gone from one pass to the next.
    public let maxShrinkPercent: Int
    /// Books in which nothing changes for so long are warned of.
    public let staleAfter: Period?
    /// Signs the platform's webhooks.
    let webhookSecret: Secret?
    /// The same, in the clear; empty when the config has none.
    var webhookSecrets: [String] { webhookSecret.map { [$0.reveal()] } ?? [] }
    public var traits: SourceTraits { type(of: adapter).traits }
  }

  public struct Channel: Sendable {
    public let profile: ChannelProfile
    public let adapter: any Channels.Channel
    public let sync: Sync
    public let cc: [String]
    public let policy: SessionPolicy
    public let signIn: SignInSettings?
    /// Whether what it sends stays on this machine: a file, standard output, a loopback address.
    public let isLocal: Bool
    public var traits: Traits { type(of: adapter).traits }

    /// When a platform's record is brought up to date.
    public enum Sync: String, Sendable, CaseIterable {
      case alerts
      case everyChange = "every_change"
    }
  }

  public internal(set) var setup: Setup
  public internal(set) var sources: [Source]
  public internal(set) var channels: [String: Channel]
  public let renderer: Renderer
  public let redactor: Redactor
  public let warnings: [String]

  /// - Throws: `ConfigurationError` with every problem of the file, its adapters and its templates.
  /// - Parameter signingIn: a source that may lack its organisation's id: signing in finds it.
  /// - Parameter isStored: a config out of the state, without its secrets, for deciding alone:
  ///   what its adapters and templates lack is nobody's fault.
  public init(
    _ setup: Setup,
    resolver: SecretResolver,
    signingIn: String? = nil,
    isStored: Bool = false
  ) throws(ConfigurationError) {
    var adapters = Adapters(folder: setup.folder, resolver: resolver, signingIn: signingIn)
    let sources = setup.sources.compactMap { adapters.source($0) }
    self.sources = sources
    let channels = Dictionary(
      setup.channels.compactMap { entry in adapters.channel(entry).map { (entry.name, $0) } },
      uniquingKeysWith: { first, _ in first }
    )
    self.channels = channels
    var setup = setup
    setup.rules = setup.rules.map { Self.closingRecords($0, channels) }
    self.setup = setup
    var problems = adapters.problems
    problems += Self.problems(ofOps: setup.monitoring.ops, setup, channels)
    let secrets = adapters.secrets + [setup.monitoring.heartbeatURL].compactMap { $0 }
    let (templates, templateProblems) = TemplateSet.load(folder: setup.templatesPath)
    for use in setup.templateUses {
      if let message = templates.problem(withName: use.name) ?? use.asking(channels) {
        problems.append(SettingsProblem(at: use.position, path: use.path, message))
      }
    }
    if !LocaleFormats.isLocale(setup.locale) {
      problems.append(
        SettingsProblem(
          at: setup.localePosition,
          path: "locale",
          "`\(setup.locale)` is no locale, such as en-NZ or de"
        )
      )
    }
    problems += setup.eventUses.flatMap { Self.problems(of: $0, sources) }
    renderer = Renderer(
      templates: templates,
      organisation: setup.organisation,
      defaultLocale: setup.locale
    )
    redactor = Redactor(secrets: secrets.flatMap { Self.secretTexts(of: $0) })
    let found =
      problems.sorted { $0.position < $1.position }
      .map { Problem(file: setup.file, $0) }
      + templateProblems.map {
        Problem(
          file: $0.file,
          SettingsProblem(at: Position(line: $0.line, column: $0.column), path: "", $0.message)
        )
      }
    let all = (setup.problems + found).sorted { $0.problem.position < $1.problem.position }
    if (isStored ? setup.problems : all).contains(where: \.isError) {
      throw ConfigurationError(all)
    }
    warnings =
      all.map(\.description) + Self.ownersWithoutIDs(setup, channels)
      + Self.noticesWithoutWords(setup, channels) + setup.holidayNotices
  }

  /// Whether nothing that a pass says can leave this machine.
  public var staysOnThisMachine: Bool {
    channels.values.allSatisfy(\.isLocal)
      && setup.monitoring.heartbeatURL.map { isLoopbackURL($0.reveal()) } ?? true
  }

  /// What a rule opens on a platform of records, it closes there.
  private static func closingRecords(_ rule: Rule, _ channels: [String: Channel]) -> Rule {
    var names: [String] = []
    for name in rule.levels.flatMap({ $0.notice.notify.joined() })
    where channels[name]?.adapter is any RecordChannel && !names.contains(name) {
      names.append(name)
    }
    if names.isEmpty { return rule }
    var rule = rule
    rule.closing = Rule.Notice(notify: names.map { [$0] }, template: "resolved")
    return rule
  }

  /// Events that no source of the rule tells: the rule would wait for ever.
  private static func problems(
    of use: RuleReader.EventUse,
    _ sources: [Source]
  ) -> [SettingsProblem] {
    let asked = sources.filter { use.sources.isEmpty || use.sources.contains($0.name) }
    let known = asked.flatMap(\.adapter.events)
    return use.types.filter { !known.contains($0) }.map { type in
      let hint = nearest(to: type, among: known).map { "did you mean `\($0)`?" }
      let all = known.isEmpty ? "they tell none" : "they tell \(known.joined(separator: ", "))"
      return SettingsProblem(
        at: use.position,
        path: use.path,
        "no source of the rule tells `\(type)`; \(hint ?? all)"
      )
    }
  }

  /// Owners whom a channel cannot name on its platform.
  private static func ownersWithoutIDs(_ setup: Setup, _ channels: [String: Channel]) -> [String] {
    channels.values.filter { $0.profile.audience == .owner && $0.profile.address == .platform }
      .sorted { $0.profile.name < $1.profile.name }
      .flatMap { channel in
        setup.owners.values.filter { $0.ids[channel.profile.type] == nil }
          .sorted { $0.key < $1.key }.map { owner in
            "owners.\(owner.key) has no `\(channel.profile.type)`: what \(channel.profile.name)"
              + " makes for \(owner.name) may be assigned to nobody"
          }
      }
  }

  /// What a channel that says its platform's own templates has none for.
  private static func noticesWithoutWords(
    _ setup: Setup,
    _ channels: [String: Channel]
  ) -> [String] {
    var lines: [String] = []
    for rule in setup.rules {
      let notices =
        rule.levels.map { ($0.notice, Reason.crossed) }
        + [rule.onResolved].compactMap { $0.map { ($0, Reason.resolved) } }
      for (notice, reason) in notices {
        for name in notice.notify.joined() {
          guard
            let lack = channels[name]?.profile.lacksWords(for: notice.template, reason: reason)
          else { continue }
          let line = "rules.\(rule.name): \(lack) under `templates`, and sends nothing for it"
          if !lines.contains(line) { lines.append(line) }
        }
      }
    }
    return lines
  }

  /// A URL that is a credential is one without its host, too.
  private static func secretTexts(of secret: Secret) -> [String] {
    let text = secret.reveal()
    guard text.hasPrefix("http") else { return [text] }
    let path = urlPath(text)
    // A platform may name the part that it does not know.
    return [text] + (path.count >= 8 ? [String(path)] : []) + urlTokens(in: text, ofAtLeast: 8)
  }

  /// What a source or channel of each type may hold, for the JSON Schema.
  public static var adapterDescriptions:
    (
      sources: [(type: String, keys: [SettingDescription])],
      channels: [(type: String, keys: [SettingDescription])]
    )
  {
    let sources = allSources.map { type in
      var reader = SettingsReader.describing()
      _ = readSource("", type, &reader)
      return (type.traits.type, reader.descriptions)
    }
    let channels = allChannels.map { type in
      var reader = SettingsReader.describing()
      _ = readChannel("", type, &reader)
      return (type.traits.type, reader.descriptions)
    }
    return (sources, channels)
  }
}

/// Makes adapters of settings, and collects what is wrong with them.
private struct Adapters {
  let folder: String
  let resolver: SecretResolver
  let signingIn: String?
  var problems: [SettingsProblem] = []
  var secrets: [Secret] = []

  init(folder: String, resolver: SecretResolver, signingIn: String?) {
    self.folder = folder
    self.resolver = resolver
    self.signingIn = signingIn
  }

  mutating func source(_ entry: Setup.Adapter) -> Assembly.Source? {
    guard let type = allSources.first(where: { $0.traits.type == entry.type }) else {
      problems.append(unknownType(entry, allSources.map { $0.traits.type }))
      return nil
    }
    let source = read(entry) { readSource(entry.name, type, &$0) }
    if entry.name == signingIn, let type = type as? any OrganisationSource.Type,
      entry.block[type.organisationKey] == nil
    {
      let path = entry.block.path(of: type.organisationKey)
      problems.removeAll { $0.path == path }
    }
    return source
  }

  mutating func channel(_ entry: Setup.Adapter) -> Assembly.Channel? {
    guard let type = allChannels.first(where: { $0.traits.type == entry.type }) else {
      problems.append(unknownType(entry, allChannels.map { $0.traits.type }))
      return nil
    }
    return read(entry) { readChannel(entry.name, type, &$0) }
  }

  private mutating func read<T>(
    _ entry: Setup.Adapter,
    _ body: (inout SettingsReader) -> T
  ) -> T {
    let resolver = resolver
    var reader = SettingsReader(
      entry.block,
      folder: folder,
      resolve: { resolver.resolve($0) }
    )
    let value = body(&reader)
    reader.finish()
    problems += reader.problems
    secrets += reader.secrets
    return value
  }
}

private func unknownType(_ entry: Setup.Adapter, _ known: [String]) -> SettingsProblem {
  let hint = nearest(to: entry.type, among: known).map { "did you mean `\($0)`?" }
  return SettingsProblem(
    at: entry.block["type"]?.node.position ?? entry.block.position,
    path: entry.block.path(of: "type"),
    "there is no type `\(entry.type)`; "
      + (hint ?? "there are \(known.joined(separator: ", "))")
  )
}
