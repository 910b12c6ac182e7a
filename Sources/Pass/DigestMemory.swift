import Messages
import Outbox
import Receivables
import State

/// What digests said last, and to whom: from it the next one says what changed since.
struct DigestMemory: Sendable {
  /// Who reads digests.
  struct Reader: Hashable, Sendable {
    let channel: String
    let recipient: String

    init(_ channel: String, _ recipient: String?) {
      self.channel = channel
      self.recipient = recipient ?? ""
    }
  }

  /// An account in one currency, or a part of it, whichever rules speak of it.
  struct Subject: Hashable, Sendable {
    let account: AccountKey
    let currency: String
    let part: String

    init(_ key: EpisodeKey) {
      account = key.account
      currency = key.currency.code
      part = key.part
    }

    init(_ cleared: ClearedAccount) {
      account = AccountKey(source: cleared.source, id: cleared.accountID)
      currency = cleared.currency
      part = cleared.part ?? ""
    }
  }

  private let lines: [Reader: [EpisodeKey: DigestLine]]
  /// What a message called cleared whose fate is not known yet: nobody is told twice.
  private let inFlight: [Reader: Set<Subject>]

  init(_ state: StateFile, _ earlier: [Delivery]) throws(StateError) {
    var lines: [Reader: [EpisodeKey: DigestLine]] = [:]
    for line in try state.digestLines() {
      lines[Reader(line.channel, line.recipient), default: [:]][line.key] = line
    }
    self.lines = lines
    let sending = earlier.filter { $0.status == .sending }.compactMap(\.messageID)
    var inFlight: [Reader: Set<Subject>] = [:]
    for body in try state.messages(Set(sending)).values {
      guard let message = StoredMessage.message(body), let cleared = message.cleared else {
        continue
      }
      inFlight[Reader(message.channel, message.recipient), default: []]
        .formUnion(cleared.map { Subject($0) })
    }
    self.inFlight = inFlight
  }

  func line(_ key: EpisodeKey, for reader: Reader) -> DigestLine? { lines[reader]?[key] }

  /// By subject, without what is being told right now.
  func subjects(for reader: Reader) -> [Subject: [DigestLine]] {
    let telling = inFlight[reader] ?? []
    return Dictionary(grouping: (lines[reader] ?? [:]).values) { Subject($0.key) }
      .filter { !telling.contains($0.key) }
  }

  func lines(of subject: Subject, for reader: Reader) -> [DigestLine] {
    (lines[reader] ?? [:]).values.filter { Subject($0.key) == subject }
  }
}

extension Lane {
  /// What a digest that was sent leaves behind, for the transaction that records it as sent.
  func remembered(_ flight: Flight) -> [OutboxWrite] {
    guard let message = flight.message, message.isDigest else { return [] }
    let sent = Set(flight.deliveries.filter { $0.status == .sent }.map(\.id.text))
    if sent.isEmpty { return [] }
    let memory = builder.prepared.digests
    let reader = DigestMemory.Reader(message.channel, message.recipient)
    var said: [DigestLine] = []
    var forget: [DigestLine] = []
    for alert in message.alerts where sent.contains(alert.deliveryID) {
      guard let line = line(of: alert, for: reader) else { continue }
      guard alert.change == .cleared else {
        said.append(line)
        continue
      }
      // Other rules that told of it, and have nothing more to say, need not say so again.
      forget += memory.lines(of: .init(line.key), for: reader)
        .filter { $0.key == line.key || builder.isGone($0.key) }
    }
    for cleared in message.cleared ?? [] { forget += memory.lines(of: .init(cleared), for: reader) }
    return [.digestSaid(said, forget: forget)]
  }

  private func line(of alert: AlertContent, for reader: DigestMemory.Reader) -> DigestLine? {
    do throws(MoneyError) {
      let currency = try Currency(alert.currency)
      return DigestLine(
        channel: reader.channel,
        recipient: reader.recipient,
        key: EpisodeKey(
          rule: alert.rule,
          account: AccountKey(source: alert.source, id: alert.accountID),
          currency: currency,
          part: alert.part ?? ""
        ),
        accountName: alert.accountName,
        balance: try Money(alert.balance.decimal, currency: currency),
        toldAt: options.now.instant
      )
    } catch {
      // Our own decimals; a stored message that somebody changed is forgotten.
      return nil
    }
  }
}
