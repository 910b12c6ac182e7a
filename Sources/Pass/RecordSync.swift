import Channels
import Configuration
import Crypto
import Foundation
import Messages
import Outbox
import Receivables
import Rules
import State
import Wire

/// `sync: every_change`: brings records up to date with balances that changed without an alert, so
/// that a field on another platform never shows a stale amount. Nothing is promised here: what
/// fails is done by the next pass, and what is done twice does no harm.
struct RecordSync: Sendable {
  let assembly: Assembly
  let prepared: Prepared
  let state: StateFile
  let tokens: any TokenStore
  let transport: any Transport
  let options: PassOptions
  let stopper: Stopper

  /// - Parameter deliveries: as they stand after dispatch: an alert brings its record up to date.
  /// - Returns: what could not be brought up to date, and why; empty when all is well.
  func run(after deliveries: [Delivery]) async throws(StateError) -> [String] {
    var problems: [String] = []
    let channels = assembly.channels.filter { $0.value.sync == .everyChange }
    for (name, channel) in channels.sorted(by: { $0.key < $1.key }) where stopper.why == nil {
      problems += try await sync(name, channel, after: deliveries)
    }
    return problems
  }

  private func sync(
    _ name: String,
    _ channel: Assembly.Channel,
    after deliveries: [Delivery]
  ) async throws(StateError) -> [String] {
    var known: [Ledger.Key: String] = [:]
    for record in try state.synced(name) {
      known[Ledger.Key(account: record.account, currency: record.currency)] = record.digest
    }
    let told = Set(
      deliveries.filter {
        $0.channel == name && $0.status == .sent && $0.sentAt == options.now.instant
      }.map { Ledger.Key(account: $0.account, currency: $0.currency) }
    )
    // Fields hold one amount, whatever the currencies of an account: all its debts go in one call,
    // where the worst speaks. A card or a task is of one debt.
    let isOneRecord = channel.adapter is any BatchChannel
    var done: [SyncedRecord] = []
    var wanted: [[Wanted]] = []
    let accounts = Dictionary(grouping: prepared.ledger.facts, by: \.account.key)
    for (_, facts) in accounts.sorted(by: { $0.key < $1.key }) {
      let debts = facts.compactMap { self.wanted($0, known, name, channel) }
      let changed = debts.filter(\.isChanged)
      let isTold = debts.contains { told.contains($0.key) }
      if changed.isEmpty { continue }
      if isOneRecord, debts.count > 1 {
        // The automation that an alert of this pass has started may still read its fields.
        if !isTold { wanted.append(debts) }
      } else {
        done += changed.filter { told.contains($0.key) }.map(\.record)
        wanted += changed.filter { !told.contains($0.key) }.map { [$0] }
      }
    }
    try state.saveSynced(done, name)
    return try await send(wanted, name, channel)
  }

  private struct Wanted {
    let record: SyncedRecord
    let message: Message
    let isChanged: Bool

    var key: Ledger.Key { Ledger.Key(account: record.account, currency: record.currency) }
  }

  /// What a record is to say of a debt; `nil` where there is nothing to say.
  private func wanted(
    _ facts: Facts,
    _ known: [Ledger.Key: String],
    _ name: String,
    _ channel: Assembly.Channel
  ) -> Wanted? {
    let last = known[Ledger.Key(facts)]
    let isSettled = facts.balance.isZero && facts.invoices.isEmpty
    // A record that was never told of a debt has nothing to take back.
    if isSettled, last == nil { return nil }
    guard let rule = rule(about: facts, telling: name, isKnown: last != nil) else { return nil }
    let message = message(facts, rule, name, channel)
    let digest =
      isSettled ? nil : Self.digest(message.alert, channel.adapter as? any RecordChannel)
    return Wanted(
      record: SyncedRecord(account: facts.account.key, currency: facts.currency, digest: digest),
      message: message,
      isChanged: isSettled || last != digest
    )
  }

  private func send(
    _ wanted: [[Wanted]],
    _ name: String,
    _ channel: Assembly.Channel
  ) async throws(StateError) -> [String] {
    let session = channel.session(
      over: transport, tokens: tokens, redactor: assembly.redactor, options: options)
    let bulk = channel.adapter as? any BatchChannel
    let size = bulk?.batchSize ?? 1
    var problems: [String: Int] = [:]
    for some in Self.calls(wanted, of: size) {
      if stopper.why != nil || Task.isCancelled { break }
      let outcomes =
        if let bulk {
          await bulk.send(some.map(\.message), over: session)
        } else {
          [await channel.adapter.send(some[0].message, over: session)]
        }
      var done: [SyncedRecord] = []
      var isThrough = false
      for (one, outcome) in zip(some, outcomes) {
        switch outcome {
        case .accepted:
          done.append(one.record)
          isThrough = true
        case .refused(let refusal, let why):
          problems[assembly.redactor.redact(why), default: 0] += 1
          if refusal == .channel { continue }
          isThrough = true
          // What owes nothing any more and is not taken will not be taken later either.
          if one.record.digest == nil { done.append(one.record) }
        case .notAccepted(_, let why), .unknown(let why), .signInNeeded(let why):
          problems[assembly.redactor.redact(why), default: 0] += 1
        }
      }
      try state.saveSynced(done, name)
      // Nothing more goes through: the next pass tries again.
      if !isThrough { break }
    }
    return Self.told(problems, name)
  }

  /// As many in a call as it takes, those of one account together.
  private static func calls(_ wanted: [[Wanted]], of size: Int) -> [[Wanted]] {
    var calls: [[Wanted]] = []
    for account in wanted {
      if let last = calls.last, last.count + account.count <= size {
        calls[calls.count - 1] += account
      } else {
        calls.append(account)
      }
    }
    return calls
  }

  /// The commonest reasons in full, and how many records have others: many name their own account.
  private static func told(_ problems: [String: Int], _ name: String) -> [String] {
    func line(_ count: Int, _ why: String) -> String {
      "\(name): \(count) \(count == 1 ? "record is" : "records are") not up to date\(why)"
    }
    let sorted = problems.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let rest = sorted.dropFirst(3).reduce(0) { $0 + $1.value }
    return sorted.prefix(3).map { line($0.value, ": \($0.key)") }
      + (rest > 0 ? [line(rest, ", for reasons like these")] : [])
  }

  /// The first rule that tells this channel and is about the account, whatever it owes; of a record
  /// that was told before, the first that tells the channel: it must not stay as it was.
  private func rule(about facts: Facts, telling name: String, isKnown: Bool) -> Rule? {
    let rules = assembly.setup.rules.filter {
      $0.levels.contains { $0.notice.notify.joined().contains(name) }
    }
    return rules.first { $0.isAbout(facts) } ?? (isKnown ? rules.first : nil)
  }

  /// Of the balance as it is, with the reason `changed`; of no alert.
  private func message(
    _ facts: Facts,
    _ rule: Rule,
    _ name: String,
    _ channel: Assembly.Channel
  ) -> Message {
    let key = EpisodeKey(rule: rule.name, account: facts.account.key, currency: facts.currency)
    let last = prepared.decisions[key]?.episode?.alerts.last
    let owner = facts.account.owner.flatMap { assembly.setup.owners[$0] }
    let id = DeliveryID(
      rule: "sync",
      account: facts.account.key,
      currency: facts.currency,
      episode: 1,
      openedOn: options.now.today,
      alert: 1,
      channel: name,
      recipient: nil
    )
    var content = assembly.renderer.content(
      of: facts,
      details: AlertDetails(
        rule: rule.name,
        threshold: rule.when.threshold.amount(in: facts.currency),
        level: last?.level ?? 1,
        alertNumber: last?.number ?? 0,
        reason: AlertContent.changed,
        previousAlertDate: last.map { options.now.zone.day(of: $0.at) },
        template: "",
        deliveryID: id.text,
        audience: channel.profile.audience,
        owner: owner?.key ?? facts.account.owner,
        ownerName: owner?.name,
        ownerEmail: owner?.email
      ),
      aging: assembly.setup.aging
    )
    content.ownerID = owner?.ids[channel.profile.type]
    return Message(
      deliveryID: id.text,
      channel: name,
      audience: channel.profile.audience,
      recipient: owner?.ids[channel.profile.type],
      recipientName: owner?.name,
      organisation: assembly.setup.organisation,
      time: options.now.instant.description,
      alerts: [content],
      isDigest: false,
      forms: [:]
    )
  }

  /// Of what a record may show; what only says when and how it was told is left out.
  private static func digest(_ content: AlertContent, _ channel: (any RecordChannel)?) -> String {
    if let shown = channel?.shown(of: content) {
      return hexadecimal(Array(SHA256.hash(data: Data(shown.utf8))))
    }
    var content = content
    content.deliveryID = ""
    content.previousAlertDate = nil
    content.records = nil
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = (try? encoder.encode(content)) ?? Data()
    return hexadecimal(Array(SHA256.hash(data: data)))
  }
}
