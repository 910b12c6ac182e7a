import Accounting
import Channels
import Configuration
import Outbox
import Receivables
import Settings
import Wire

/// Reads the keys that all sources have, around the adapter's own.
func readSource(
  _ name: String,
  _ type: any AccountingSource.Type,
  _ reader: inout SettingsReader
) -> Assembly.Source {
  let traits = type.traits
  _ = reader.text("type", help: "the platform")
  let adapter = type.init(settings: &reader)
  var policy = readPolicy(
    rate: traits.rate,
    concurrency: traits.concurrency,
    timeout: .seconds(60),
    &reader
  )
  policy.callsPerDay =
    reader.nested("budget", help: "what the platform may be asked") {
      $0.optionalNumber("calls_per_day", help: "calls a day", in: 1...1_000_000)
    } ?? nil
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
  let badDocuments: BadDocuments = reader.choice(
    "on_bad_document",
    help: "`skip`: the account of a document that cannot be read is left out, and named",
    default: .fail
  )
  let fullSync =
    period("full_sync", "everything is read again after so long; default 7d", &reader) ?? .days(7)
  let webhookSecret = reader.optionalSecret(
    "webhook_secret",
    help: "with which the platform signs its webhooks, for `ingest`"
  )
  let (maxShrink, staleAfter) = readDoubts(&reader)
  let signIn = readSignIn(name, traits.signIn, &reader)
  return Assembly.Source(
    name: name,
    adapter: adapter,
    policy: policy,
    signIn: signIn,
    credits: credits,
    rollsUp: rollsUp,
    badDocuments: badDocuments,
    fullSync: fullSync,
    maxShrinkPercent: maxShrink,
    staleAfter: staleAfter,
    webhookSecret: webhookSecret
  )
}

/// When what a source says is doubted.
private func readDoubts(_ reader: inout SettingsReader) -> (maxShrink: Int, staleAfter: Period?) {
  let maxShrink = reader.percentage(
    "max_shrink",
    help: "a poll fails where more of ten or more open items are gone; 100% never",
    default: 80
  )
  let staleAfter = period(
    "stale_after", "warn when nothing in the books has changed for so long, as in 7d", &reader)
  return (maxShrink, staleAfter)
}

/// Reads the keys that all channels have, around the adapter's own.
func readChannel(
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
  to = addresses(to, "to", traits.address, &reader)
  var cc = reader.texts("cc", help: "copies, e-mail only")
  if !cc.isEmpty, traits.address != .email { reader.reject("cc", "copies are for e-mail channels") }
  cc = addresses(cc, "cc", .email, &reader)
  let only = reader.nested("only", help: "the alerts that it takes") { readRouting(&$0) }
  if !to.isEmpty, audience == nil {
    reader.reject(
      "to",
      "fixed recipients need `audience`: `team` or `owner` for your own people, `customer` where"
        + " these addresses are to get what customers are told"
    )
  }
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
    period("expires_after", "tries end after so long; default 3d", &reader) ?? .days(3)
  let sync: Assembly.Channel.Sync =
    adapter is any RecordChannel
    ? reader.choice(
      "sync",
      help: "`every_change`: the record follows the balance, not the alerts alone",
      default: .alerts
    ) : .alerts
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
      takesSeveral: traits.takesSeveral,
      to: to,
      only: only ?? Routing(),
      isDigest: isDigest,
      takesNobody: traits.takesNobody,
      ownWords: adapter.ownWords,
      policy: DeliveryPolicy(
        guarantee: adapter.guarantee,
        onUncertain: onUncertain ?? (reached == .team ? .resend : .hold),
        expiresAfter: expires,
        retries: policy.retries
      )
    ),
    adapter: adapter,
    sync: sync,
    cc: cc,
    policy: policy,
    signIn: signIn,
    isLocal: staysOnThisMachine(traits, reader)
  )
}

/// Where messages go: by `base_url` where the config or the platform has one, else by the URL that
/// is the channel. A mail server on this machine is most often a relay.
private func staysOnThisMachine(_ traits: Traits, _ reader: SettingsReader) -> Bool {
  if traits.isLocal { return true }
  for key in ["base_url", "webhook_url", "url"] {
    if let url = reader.urls[key], !url.isEmpty { return isLoopbackURL(url) }
  }
  return false
}

/// Each once, in the form in which they are sent to.
private func addresses(
  _ written: [String],
  _ key: String,
  _ kind: Traits.Address,
  _ reader: inout SettingsReader
) -> [String] {
  var found: [String] = []
  for text in written {
    let address: String
    switch kind {
    case .email:
      do throws(EmailAddress.Problem) { address = try EmailAddress(text).text } catch {
        reader.reject(key, "`\(text)` must be an e-mail address: it \(error.why)")
        continue
      }
    case .phone:
      do throws(PhoneNumber.Problem) { address = try PhoneNumber(text).text } catch {
        reader.reject(key, "`\(text)` must be a number such as +6421555010: it \(error.why)")
        continue
      }
    case .platform, .none: address = text
    }
    if found.contains(where: { Contact.key($0) == Contact.key(address) }) {
      reader.warn(key, "`\(text)` stands there twice; it counts once")
    } else {
      found.append(address)
    }
  }
  return found
}

private func readRouting(_ reader: inout SettingsReader) -> Routing {
  let owners = reader.texts("owners", help: "of accounts of these account managers")
  let tags = reader.texts("tags", help: "of accounts with all of these tags")
  let codes = reader.texts("currencies", help: "in these currencies")
  var currencies: [Currency] = []
  for code in codes {
    do throws(MoneyError) { currencies.append(try Currency(code)) } catch {
      reader.reject("currencies", error.description)
    }
  }
  let over = thresholds("over", "of balances above this", &reader)
  return Routing(owners: owners, tags: tags, currencies: currencies, over: over)
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
  return SessionPolicy(
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
}
