import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State
import Support

/// What holds of every pass, whatever happens in it; reckoned from what people got to see and from
/// the town, not from what the program says of itself.
struct SimLaws {
  /// The last silent day by customer.
  var silences: [String: Day] = [:]
  /// Rule, account, episode and channel to what came last: day, alert, level.
  private var last: [String: (day: Day, alert: Int, level: Int)] = [:]

  /// Rule, account and episode to the highest level that anybody was told.
  private var levels: [String: Int] = [:]

  /// What went out in a pass.
  mutating func judge(
    _ sent: [SimWorld.Sent],
    _ report: PassReport,
    _ town: SimTown,
    _ config: SimConfig,
    _ now: Now,
    inFlight: Set<String>,
    died: Bool
  ) -> [String] {
    let polled = Set(report.sources.filter(\.isGood).map(\.name))
    var problems: [String] = []
    for message in sent {
      let name = account(of: message, town)
      guard let name else {
        problems.append("a message to nobody through \(message.channel)")
        continue
      }
      if !polled.contains(town.source(of: name)) { problems.append("\(name) was not polled") }
      let fields = message.channel == "hook" ? Self.fields(message.body) : [:]
      let isResolved =
        fields["reason"] as? String == "resolved"
        || message.channel == "team"
          && String(decoding: message.body, as: UTF8.self)
            .contains("resolved")
      if isResolved { continue }
      let isOwed =
        town.overdue(name, now.today) > Int64(config.over) * 100
        || config.hasLarge && town.balance(name) > 200_000
      if !isOwed {
        problems.append("\(name) is told through \(message.channel), and owes too little")
      }
      if message.channel == "hook" || message.channel == "sms", !town.isReachable(name) {
        problems.append("\(name) is told through \(message.channel) against its will")
      }
      if town.people[name]?.isDisputed == true { problems.append("\(name) disputes, and is told") }
      if let until = silences[name], now.today <= until {
        problems.append("\(name) is told through \(message.channel), and silenced until \(until)")
      }
      // What was in flight when a machine died goes again to the byte, as its key demands.
      if !inFlight.contains(message.id ?? "") { problems += sums(fields, name, town, now) }
    }
    if !died { problems += windows(report, sent, config, now) }
    return problems
  }

  func account(of message: SimWorld.Sent, _ town: SimTown) -> String? {
    if let phone = message.recipient {
      return town.names.first { SimTown.phone(of: $0) == phone }
    }
    if message.channel == "hook" { return Self.fields(message.body)["account_id"] as? String }
    let text = String(decoding: message.body, as: UTF8.self)
    // C1 is no C10: there are fewer than ten.
    return town.names.first { text.contains("Tenant \($0)") }
  }

  private static func fields(_ body: [UInt8]) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }

  /// The message's total is the sum of its lines, and what the source says.
  private func sums(
    _ fields: [String: Any],
    _ name: String,
    _ town: SimTown,
    _ now: Now
  ) -> [String] {
    guard let overdue = fields["overdue_balance"] as? String,
      let lines = fields["invoices"] as? [[String: Any]]
    else { return [] }
    var problems: [String] = []
    let sum = lines.reduce(Int64(0)) { sum, line in
      let late = (line["days_overdue"] as? Int ?? 0) > 0
      let amount = (line["amount_due"] as? String ?? "").replacing(".", with: "")
      return sum + (late ? Int64(amount) ?? 0 : 0)
    }
    if SimTown.decimal(sum) != overdue {
      problems.append(
        "\(name): the lines come to \(SimTown.decimal(sum)), the message to \(overdue)")
    }
    let truth = SimTown.decimal(town.overdue(name, now.today))
    if truth != overdue {
      problems.append("\(name): overdue is \(truth), the message says \(overdue)")
    }
    return problems
  }

  /// No two alerts of one episode within its window, and no level left out.
  private mutating func windows(
    _ report: PassReport,
    _ sent: [SimWorld.Sent],
    _ config: SimConfig,
    _ now: Now
  ) -> [String] {
    var problems: [String] = []
    // What a pass that died had told already.
    for entry in report.prepared.plan.entries {
      guard let episode = entry.decision.episode else { continue }
      let key = "\(episode.rule) \(episode.account) \(episode.number)"
      let told = episode.alerts.filter { $0.standing == .sent }.map(\.level).max() ?? 0
      levels[key] = max(levels[key] ?? 0, told)
    }
    for delivery in report.deliveries
    where delivery.status == .sent && delivery.sentAt == now.instant && delivery.reason != .resolved
    {
      // What was in flight and is found at the platform came when it came, not now.
      let came = sent.count { $0.channel == "sms" && $0.recipient == delivery.recipient }
      let said = report.deliveries.count {
        $0.channel == "sms" && $0.status == .sent && $0.sentAt == now.instant
          && $0.recipient == delivery.recipient
      }
      if delivery.channel == "sms", delivery.createdAt < now.instant, came < said { continue }
      let key = "\(delivery.rule) \(delivery.account) \(delivery.episode) \(delivery.channel)"
      if let before = last[key] {
        let gap = now.today.days(since: before.day)
        let window = delivery.rule == "rent" ? config.window : 14
        let isNew = delivery.alertNumber != before.alert && delivery.createdAt == now.instant
        if isNew, delivery.reason == .persisting, gap < window {
          problems.append("\(key): persists after \(gap) days, the window is \(window)")
        }
        if delivery.alertNumber <= before.alert {
          problems.append("\(key): alert \(delivery.alertNumber) after \(before.alert)")
        }
        if delivery.level < before.level {
          problems.append("\(key): level \(delivery.level) after \(before.level)")
        }
      }
      last[key] = (now.today, delivery.alertNumber, delivery.level)
      // Levels come one at a time, whichever channel tells of them.
      let episode = "\(delivery.rule) \(delivery.account) \(delivery.episode)"
      let reached = levels[episode] ?? 0
      if delivery.level > reached + 1 {
        problems.append("\(episode): level \(delivery.level) after \(reached)")
      }
      levels[episode] = max(reached, delivery.level)
    }
    return problems
  }

  /// The run did what the preview said.
  func compare(_ preview: PassReport, _ run: PassReport) -> [String] {
    var problems: [String] = []
    if preview.prepared.plan != run.prepared.plan { problems.append("preview plans otherwise") }
    if preview.prepared.queue != run.prepared.queue { problems.append("preview queues otherwise") }
    return problems
  }

  /// Every crossing that lasts is alerted once channels work.
  /// - Parameter read: sources that could be read; one that shrank too much could not.
  func told(
    _ state: StateFile,
    _ town: SimTown,
    _ config: SimConfig,
    _ now: Now,
    read: Set<String>
  ) throws -> [String] {
    let episodes = try state.openEpisodes()
    return try town.names.compactMap { name in
      guard town.overdue(name, now.today) > Int64(config.over) * 100, town.isReachable(name),
        silences[name].map({ now.today > $0 }) ?? true, read.contains(town.source(of: name))
      else { return nil }
      let episode = episodes.first { $0.key.rule == "rent" && $0.key.account.id == name }?.value
      guard let episode else {
        let known = try state.decisionRecords().filter { $0.key.account.id == name }
        let why = known.map { "\($0.key.rule): \($0.value.why)" }.sorted().joined(separator: "; ")
        return "\(name) owes, and has no episode (\(why))"
      }
      // Rejected is what the person knows to have been told, and the state had lost.
      if episode.alerts.contains(where: { [.sent, .rejected].contains($0.standing) }) {
        return nil
      }
      let key = AccountKey(source: town.source(of: name), id: name)
      let deliveries = try state.deliveries(of: key)
      // A person is asked first, and comes before the next pass.
      if deliveries.contains(where: { $0.status == .held && $0.why == Delivery.inDoubt }) {
        return nil
      }
      let last = deliveries.suffix(3).map {
        "\($0.channel) \($0.alertNumber) \($0.status) since \($0.createdAt): \($0.why)"
      }
      return "\(name) owes, and is not told (\(last.joined(separator: "; ")))"
    }
  }

  /// Nothing twice where it is not unavoidable, and nothing lost.
  /// - Parameters:
  ///   - all: what came.
  ///   - unknown: places in it of what a state has lost.
  ///   - bodies: the stored messages, by id.
  func doubled(
    _ all: [SimWorld.Sent],
    unknown: Set<Int>,
    _ deliveries: [Delivery],
    _ bodies: [String: String]
  ) -> [String] {
    var problems: [String] = []
    let taken = all.indices.filter { !unknown.contains($0) }.map { all[$0] }
    var counts: [String: Int] = [:]
    for message in taken where message.channel == "hold" {
      counts[message.id ?? "", default: 0] += 1
    }
    for (id, count) in counts where count > 1 { problems.append("hold: \(id) came \(count) times") }
    problems += texts(taken, deliveries, bodies)
    let keys = Set(all.filter { $0.channel == "hook" }.compactMap(\.id))
    let hooks = Set(
      deliveries.filter { $0.channel == "hook" && $0.status == .sent }.map {
        $0.messageID ?? $0.id.text
      })
    let lost = hooks.subtracting(keys)
    if !lost.isEmpty { problems.append("hook: \(lost.count) are recorded as sent and never came") }
    return problems
  }

  /// An SMS carries no id: two of the same words to one number are the same to whoever looks for
  /// them, and to whoever reads them.
  private func texts(
    _ taken: [SimWorld.Sent],
    _ deliveries: [Delivery],
    _ bodies: [String: String]
  ) -> [String] {
    var recorded: [String: Int] = [:]
    let ids = Set(
      deliveries.filter { $0.channel == "sms" && $0.status == .sent }.compactMap(\.messageID))
    for id in ids {
      let message = Self.fields(Array((bodies[id] ?? "").utf8))
      let words = (message["forms"] as? [String: String])?["short"] ?? ""
      recorded["\(message["recipient"] as? String ?? "") \(words)", default: 0] += 1
    }
    var came: [String: Int] = [:]
    for sent in taken where sent.channel == "sms" {
      let form = formOf(String(decoding: sent.body, as: UTF8.self))
      came["\(sent.recipient ?? "") \(form["Body"] ?? "")", default: 0] += 1
    }
    return recorded.filter { came[$0.key] == nil }.map { "sms: never came: \($0.key)" }
      + came.filter { $0.value > recorded[$0.key] ?? 0 }.map {
        "sms: came \($0.value) times, recorded \(recorded[$0.key] ?? 0): \($0.key)"
      }
  }
}
