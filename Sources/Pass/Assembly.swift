public import Accounting
public import Channels
public import Configuration
public import Messages
public import Outbox
public import Receivables
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
    /// How long deltas may go on until everything is read again.
    public let fullSync: Period
    public var traits: SourceTraits { type(of: adapter).traits }
  }

  public struct Channel: Sendable {
    public let profile: ChannelProfile
    public let adapter: any Channels.Channel
    public let cc: [String]
    public let policy: SessionPolicy
    public let signIn: SignInSettings?
    public var traits: Traits { type(of: adapter).traits }
  }

  public let setup: Setup
  public let sources: [Source]
  public let channels: [String: Channel]
  public let renderer: Renderer
  public let redactor: Redactor
  public let warnings: [String]

  /// - Throws: `ConfigurationError` with every problem of the file, its adapters and its templates.
  public init(_ setup: Setup, resolver: SecretResolver) throws(ConfigurationError) {
    self.setup = setup
    var adapters = Adapters(folder: setup.folder, resolver: resolver)
    sources = setup.sources.compactMap { adapters.source($0) }
    channels = Dictionary(
      setup.channels.compactMap { entry in adapters.channel(entry).map { (entry.name, $0) } },
      uniquingKeysWith: { first, _ in first }
    )
    var problems = adapters.problems
    let secrets = adapters.secrets
    let (templates, templateProblems) = TemplateSet.load(folder: setup.templatesPath)
    for use in setup.templateUses {
      if let message = templates.problem(withName: use.name) {
        problems.append(SettingsProblem(at: use.position, path: use.path, message))
      }
    }
    renderer = Renderer(
      templates: templates,
      organisation: setup.organisation,
      defaultLocale: setup.locale
    )
    redactor = Redactor(secrets: secrets.map { $0.reveal() })
    let found =
      problems.sorted { $0.position < $1.position }
      .map { Problem(file: setup.file, $0) }
      + templateProblems.map {
        Problem(
          file: $0.file,
          SettingsProblem(at: Position(line: $0.line, column: $0.column), path: "", $0.message)
        )
      }
    if found.contains(where: \.isError) { throw ConfigurationError(setup.warnings + found) }
    warnings = (setup.warnings + found).map(\.description)
  }

  /// What is wrong with the adapters' settings, for a file whose other parts are wrong too.
  public static func adapterProblems(
    of file: ConfigurationFile,
    resolver: SecretResolver
  ) -> [Problem] {
    var adapters = Adapters(folder: file.folder, resolver: resolver)
    for entry in Setup.adapters("sources", of: file) { _ = adapters.source(entry) }
    for entry in Setup.adapters("channels", of: file) { _ = adapters.channel(entry) }
    return adapters.problems.map { Problem(file: file.path, $0) }
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
  var problems: [SettingsProblem] = []
  var secrets: [Secret] = []

  init(folder: String, resolver: SecretResolver) {
    self.folder = folder
    self.resolver = resolver
  }

  mutating func source(_ entry: Setup.Adapter) -> Assembly.Source? {
    guard let type = allSources.first(where: { $0.traits.type == entry.type }) else {
      problems.append(unknownType(entry, allSources.map { $0.traits.type }))
      return nil
    }
    return read(entry) { readSource(entry.name, type, &$0) }
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

// MARK: The keys that all sources, and all channels, have

private func readSource(
  _ name: String,
  _ type: any AccountingSource.Type,
  _ reader: inout SettingsReader
) -> Assembly.Source {
  let traits = type.traits
  _ = reader.text("type", help: "the platform")
  let adapter = type.init(settings: &reader)
  let policy = readPolicy(
    rate: traits.rate,
    concurrency: traits.concurrency,
    timeout: .seconds(60),
    &reader
  )
  let credits: CreditPolicy = reader.choice(
    "credits",
    help: "how unapplied credits are treated",
    default: .oldestFirst
  )
  let rollsUp = reader.flag(
    "roll_up",
    help: "balances count for the parent account",
    default: false
  )
  let fullSync =
    reader.optionalText("full_sync", help: "everything is read again after so long; default 7d")
    .map { text -> Period in
      if let period = Period(text) { return period }
      reader.reject("full_sync", "`\(text)` must be a duration such as 24h or 7d")
      return .days(7)
    } ?? .days(7)
  _ = reader.optionalSecret("webhook_secret", help: "for `ingest`")
  let signIn = readSignIn(name, traits.signIn, &reader)
  return Assembly.Source(
    name: name,
    adapter: adapter,
    policy: policy,
    signIn: signIn,
    credits: credits,
    rollsUp: rollsUp,
    fullSync: fullSync
  )
}

private func readChannel(
  _ name: String,
  _ type: any Channel.Type,
  _ reader: inout SettingsReader
) -> Assembly.Channel {
  let traits = type.traits
  _ = reader.text("type", help: "the platform")
  let adapter = type.init(settings: &reader)
  let policy = readPolicy(
    rate: traits.rate,
    concurrency: traits.concurrency,
    timeout: .seconds(30),
    &reader
  )
  var audience: Audience? = reader.optionalChoice(
    "audience",
    help: "whom it reaches",
    shown: traits.defaultAudience.rawValue
  )
  var to = reader.texts("to", help: "fixed recipients; or `owner`, `customer`, `team`")
  if to.count == 1, let named = Audience(rawValue: to[0]) {
    audience = named
    to = []
  }
  if traits.address == .email {
    for address in to where Contact.email(address) == nil {
      reader.reject("to", "`\(address)` must be an e-mail address")
    }
  }
  let cc = reader.texts("cc", help: "copies, e-mail only")
  if !cc.isEmpty, traits.address != .email { reader.reject("cc", "copies are for e-mail channels") }
  for address in cc where Contact.email(address) == nil {
    reader.reject("cc", "`\(address)` must be an e-mail address")
  }
  // Fixed recipients are the organisation's own people unless the config says otherwise.
  let reached = audience ?? (to.isEmpty ? traits.defaultAudience : .team)
  if reached == .team, to.isEmpty, traits.address == .email || traits.address == .phone {
    reader.reject("to", "missing: who of the team receives it")
  }
  let isDigest = reader.flag("digest", help: "one message a pass", default: false)
  if isDigest, !traits.takesDigest { reader.reject("digest", "\(traits.title) takes no digest") }
  if isDigest, reached != .team {
    reader.reject("digest", "a digest lists other accounts too: it is for the team alone")
  }
  let onUncertain: DeliveryPolicy.OnUncertain? = reader.optionalChoice(
    "on_uncertain",
    help: "after an unknown outcome; default resend to the team, hold otherwise"
  )
  let expires =
    reader.optionalText("expires_after", help: "tries end after so long; default 3d")
    .map { text -> Period in
      if let period = Period(text) { return period }
      reader.reject("expires_after", "`\(text)` must be a duration such as 12h or 3d")
      return .days(3)
    } ?? .days(3)
  let signIn = readSignIn(name, traits.signIn, &reader)
  let address: ChannelProfile.AddressKind =
    switch traits.address {
    case .email: .email
    case .phone: .phone
    case .platform: .platform
    case .none: .none
    }
  return Assembly.Channel(
    profile: ChannelProfile(
      name: name,
      type: traits.type,
      audience: reached,
      address: address,
      to: to,
      isDigest: isDigest,
      policy: DeliveryPolicy(
        guarantee: type.guarantee,
        onUncertain: onUncertain ?? (reached == .team ? .resend : .hold),
        expiresAfter: expires,
        retries: policy.retries
      )
    ),
    adapter: adapter,
    cc: cc,
    policy: policy,
    signIn: signIn
  )
}

private func readPolicy(
  rate: Rate?,
  concurrency: Int,
  timeout: Duration,
  _ reader: inout SettingsReader
) -> SessionPolicy {
  let read = reader.rate(
    "rate_limit",
    help: "at most so many requests, as in 60/min",
    default: rate.map { ($0.count, $0.per) }
  )
  var policy = SessionPolicy(
    timeout: reader.duration("timeout", help: "of one request", default: timeout) ?? timeout,
    rate: read.map { Rate($0.count, per: $0.per) },
    maxConcurrency: reader.number(
      "max_concurrency",
      help: "requests at once",
      default: concurrency,
      in: 1...64
    ),
    retries: reader.number("retries", help: "repetitions within a pass", default: 3, in: 0...10)
  )
  policy.callsPerDay =
    reader.nested("budget", help: "what the platform may be asked") {
      $0.optionalNumber("calls_per_day", help: "calls a day", in: 1...1_000_000)
    } ?? nil
  return policy
}

private func readSignIn(
  _ name: String,
  _ traits: SignInTraits?,
  _ reader: inout SettingsReader
) -> SignInSettings? {
  guard let traits else { return nil }
  let tokenURL = reader.url("token_url", help: "the token endpoint", default: traits.tokenURL)
  let names = traits.grants.map(\.rawValue)
  return reader.nested("auth", help: "how it signs in", required: true) { inner in
    let text = inner.text("grant", help: names.joined(separator: " or "), default: names.first)
    let grant = SignInTraits.Grant(rawValue: text)
    if grant.map(traits.grants.contains) != true {
      inner.reject("grant", "`\(text)` must be \(names.joined(separator: " or "))")
    }
    let clientID = inner.secret("client_id", help: "of the app at the platform")
    let clientSecret = inner.optionalSecret("client_secret", help: "of the app at the platform")
    let scopes = inner.texts("scopes", help: "instead of the usual ones")
    let redirect = inner.optionalText(
      "redirect_uri",
      help: "the app's redirect address, where a refresh wants it"
    )
    let seed = inner.optionalSecret("refresh_token", help: "once, instead of `auth`")
    return SignInSettings(
      name: name,
      grant: grant ?? .clientCredentials,
      tokenURL: tokenURL,
      authentication: traits.authentication,
      clientID: clientID.reveal(),
      clientSecret: clientSecret?.reveal(),
      scopes: scopes.isEmpty ? traits.scopes : scopes,
      fields: redirect.map { [("redirect_uri", $0)] } ?? [],
      seed: seed?.reveal()
    )
  }
}
