import Accounting
import Outbox
import Receivables
import State
import Wire

/// What ops is told in one pass, through one of its channels.
struct OpsNote: Sendable {
  /// One thing a line, without secrets; names and addresses are raw.
  private(set) var lines: [String] = []
  /// Subjects and when they were told: kept once the channel has taken the message, and not before.
  /// A notice that comes twice to the team does no harm; one that is lost does.
  private(set) var told: [String: Int64] = [:]
  private(set) var forgotten: [String] = []

  /// So many failed passes in a row are no hiccup any more. What needs a person is told at once.
  static let manyFailures = 3

  private let channel: String
  private let before: [String: Int64]
  private let today: Int64
  private let redactor: Redactor

  /// - Parameters:
  ///   - before: what ops was told by earlier passes.
  ///   - troubles: deliveries that came to no good end since this channel was last told.
  ///   - incidents: which channels take nothing until a person mends them, and why.
  init(
    to channel: String,
    of report: PassReport,
    before: [String: Int64],
    troubles: [TroubledDelivery],
    incidents: Incidents,
    redactor: Redactor
  ) {
    self.channel = channel
    self.before = before
    self.redactor = redactor
    today = Int64(report.now.today.number)
    for outcome in report.sources {
      add(outcome)
      addLeftOut(outcome)
    }
    add(report.prepared.strangers.filter { $0.forbids != nil })
    addClosed(incidents)
    for waiting in report.waiting {
      addOnceADay(waiting.kind, waiting.sentence.replacing("`", with: ""))
    }
    let new = troubles.filter { !wasToldToday(of: $0) }
    for trouble in new { told[subject(of: trouble)] = today }
    for line in Self.lines(of: new) { add(line) }
    forgotten += before.filter { $0.key.hasPrefix("\(channel) delivery ") && $0.value < today }
      .map(\.key)
  }

  private mutating func addClosed(_ incidents: Incidents) {
    for (name, why) in incidents.signIns.sorted(by: { $0.key < $1.key }) {
      addOnceADay(
        "sign-in \(name)", "\(name) sends nothing until its sign-in is mended: \(Self.cut(why))")
    }
    for (name, why) in incidents.refusals.sorted(by: { $0.key < $1.key }) {
      addOnceADay("refusal \(name)", "\(name) sends nothing until it is mended: \(Self.cut(why))")
    }
  }

  /// An alert that nobody got does not use up its window, so each pass may try again, and fail.
  private func wasToldToday(of trouble: TroubledDelivery) -> Bool {
    before[subject(of: trouble)] == today
  }

  private func subject(of trouble: TroubledDelivery) -> String {
    let what = [
      trouble.status.rawValue, trouble.rule, trouble.account.description, trouble.channel,
      trouble.recipient ?? "",
    ]
    // As a digest: addresses are kept where they have to be, and nowhere else.
    let digest = DeliveryID(of: [DeliveryID(text: what.joined(separator: "\n"))])
    return "\(channel) delivery \(digest)"
  }

  /// How far this channel's reader has read the log of deliveries.
  static func place(of channel: String) -> String { "\(channel) log" }

  mutating func markLog(readTo entry: Int64) { told[Self.place(of: channel)] = entry }

  /// What is kept though nobody was told: where the next pass begins to read.
  func untold(from entry: Int64) -> [String: Int64] {
    let place = Self.place(of: channel)
    return before[place] == nil ? [place: entry] : [:]
  }

  private mutating func add(_ outcome: PollOutcome) {
    let subject = "\(channel) source \(outcome.name)"
    for warning in outcome.warnings {
      addOnceADay("warning \(outcome.name) \(warning.kind)", "\(outcome.name): \(warning.sentence)")
    }
    if case .failed(let error) = outcome.status,
      outcome.failures >= Self.manyFailures || error.needsPerson
    {
      let often = outcome.failures > 1 ? " in \(outcome.failures) passes in a row" : ""
      addOnceADay(
        "source \(outcome.name)",
        "\(outcome.name) could not be polled\(often): \(Self.cut(error.description))."
          + " Its accounts stay as they were, and nobody is told of them"
      )
    } else if outcome.isGood, before[subject] != nil {
      add("\(outcome.name) is polled again")
      forgotten.append(subject)
    }
  }

  /// Somebody has to mend a document before anything is said about its account again.
  private mutating func addLeftOut(_ outcome: PollOutcome) {
    let accounts = Dictionary(outcome.leftOut.map { ($0.account, $0.why) }) { first, _ in first }
      .sorted { $0.key < $1.key }
    guard let first = accounts.first else { return }
    let names = accounts.prefix(5).map(\.key).joined(separator: ", ")
    let rest = accounts.count > 5 ? " and \(accounts.count - 5) more" : ""
    addOnceADay(
      "left out \(outcome.name)",
      "\(outcome.name): \(accounts.count == 1 ? "account" : "accounts") \(names)\(rest) left out,"
        + " neither alerted nor taken as paid, since a document cannot be read:"
        + " \(Self.cut(first.value))"
    )
  }

  /// Once a row: until it is mended, or its account is known.
  private mutating func add(_ strangers: [Stranger]) {
    let prefix = "\(channel) directory "
    let subjects = Set(strangers.map { prefix + $0.key.description })
    let new = strangers.filter { before[prefix + $0.key.description] == nil }
    for stranger in new { told[prefix + stranger.key.description] = today }
    for line in Stranger.lines(new, atMost: 5) { add("the directory, \(line)") }
    forgotten += before.keys.filter { $0.hasPrefix(prefix) && !subjects.contains($0) }
  }

  private mutating func addOnceADay(_ what: String, _ line: String) {
    let subject = "\(channel) \(what)"
    if before[subject] == today { return }
    told[subject] = today
    add(line)
  }

  private mutating func add(_ line: String) { lines.append(redactor.redact(line)) }

  /// A few have a line each. More that share channel, fate and reason are one line; but a refused
  /// address always has its own: it is to be mended by hand.
  private static func lines(of troubles: [TroubledDelivery]) -> [String] {
    struct Fate: Hashable {
      let status: Delivery.Status
      let channel: String
      let why: String
      let address: String?
    }
    var fates: [Fate] = []
    var groups: [Fate: [TroubledDelivery]] = [:]
    for trouble in troubles {
      let fate = Fate(
        status: trouble.status,
        channel: trouble.channel,
        why: trouble.why,
        address: trouble.isBadAddress ? "\(trouble.account) \(trouble.recipient ?? "")" : nil
      )
      if groups[fate] == nil { fates.append(fate) }
      groups[fate, default: []].append(trouble)
    }
    return fates.flatMap { fate -> [String] in
      let members = groups[fate] ?? []
      guard members.count > 3, let first = members.first else {
        return members.map { line(of: $0, count: 1) }
      }
      return [line(of: first, count: members.count)]
    }
  }

  private static func line(of trouble: TroubledDelivery, count: Int) -> String {
    let word = trouble.status == .failed ? "not delivered" : "perhaps not delivered"
    let account = "\(cut(trouble.accountName, to: 60)) (\(trouble.account))"
    let why = cut(trouble.why)
    if count > 1 {
      return "\(word): \(count) messages through \(trouble.channel), the first about \(account):"
        + " \(why)"
    }
    let target = [trouble.channel, trouble.recipient].compactMap(\.self).joined(separator: " ")
    var line = "\(word): \(account), rule \(trouble.rule), through \(target): \(why)"
    if trouble.isBadAddress {
      line +=
        ". The address is not tried again until it changes in \(trouble.account.source) or in the"
        + " directory"
    } else if trouble.status == .uncertain {
      line += ". If it did not arrive: balancealert retry \(trouble.id)"
    }
    return line
  }

  /// One line of at most so many characters.
  private static func cut(_ text: String, to limit: Int = 200) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return shortened(line, to: limit)
  }
}
