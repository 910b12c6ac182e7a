import Channels
import Foundation
import Messages
import Outbox
import Receivables
import Settings
import Wire
import Yams

/// Every channel, over a platform that answers with the input: what it makes of each answer by
/// itself, and of all of them in the course of sending, searching and looking around.
let channelTargets: [FuzzTarget] =
  [
    FuzzTarget(name: "answers") { bytes throws(Flaw) in
      let response = FuzzedPlatform.response(bytes)
      for channel in fuzzedChannels {
        guard let outcome = channel.outcome(of: response) else { continue }
        try check(outcome, of: channel)
      }
      try check(StandardOutcome.of(response), of: nil)
    }
  ]
  + fuzzedChannels.filter { !["stdout", "file", "smtp"].contains(type(of: $0).traits.type) }
  .map { channel in
    FuzzTarget(name: type(of: channel).traits.type) { bytes throws(Flaw) in
      try await converse(channel, bytes)
    }
  }

/// As the conformance suite sets them up.
private let fuzzedChannels: [any Channel] = allChannels.compactMap { type in
  let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Fixtures/channels/\(type.traits.type)").standardizedFileURL
  let yaml = try? String(contentsOf: folder.appending(path: "settings.yaml"), encoding: .utf8)
  var reader = SettingsReader(block(yaml ?? ""), folder: "/books") { reference in
    .success(Secret(reference.hasPrefix("env:") ? String(reference.dropFirst(4)) : reference))
  }
  return type.init(settings: &reader)
}

private func converse(_ channel: any Channel, _ bytes: [UInt8]) async throws(Flaw) {
  let answers = parts(of: bytes, atMost: 16)
  func session() -> Session {
    Session(
      name: "channel", transport: FuzzedPlatform(answers), policy: SessionPolicy(retries: 0),
      clock: .unmoving)
  }
  let message = message(for: type(of: channel).traits)
  try check(await channel.send(message, over: session()), of: channel)
  if let searchable = channel as? any SearchableChannel {
    _ = await searchable.search(
      for: message, startedAt: "2026-11-23T17:40:05Z", now: "2026-11-23T18:40:05Z",
      over: session())
  }
  if let batch = channel as? any BatchChannel {
    var second = message
    second.deliveryID += "b"
    let outcomes = await batch.send([message, second], over: session())
    try hold(outcomes.count == 2, "\(outcomes.count) outcomes of two messages")
    for outcome in outcomes { try check(outcome, of: channel) }
  }
  if let assigning = channel as? any AssigningChannel {
    let person = Assignee(key: "dana", name: "Dana", id: "1", email: "dana@harbour.example")
    _ = await assigning.inspect([person], over: session())
  }
  _ = await channel.inspect(over: session())
  _ = await channel.fix(over: session())
}

private func check(_ outcome: Outcome, of channel: (any Channel)?) throws(Flaw) {
  switch outcome {
  case .accepted: break
  case .notAccepted(let pause, let why):
    if let pause { try hold(pause >= .zero, "a pause of \(pause)") }
    try checkWords(why, channel)
  case .unknown(let why), .refused(_, let why), .signInNeeded(let why):
    try checkWords(why, channel)
  }
}

/// They stand in logs and on the terminal.
private func checkWords(_ why: String, _ channel: (any Channel)?) throws(Flaw) {
  let name = channel.map { type(of: $0).traits.type } ?? "standard"
  try hold(!why.isEmpty, "\(name): an outcome without a reason")
  try hold(why.utf8.count <= 20_000, "\(name): a reason of \(why.utf8.count) bytes")
}

private func message(for traits: Traits) -> Message {
  var alert = AlertContent()
  alert.organisation = "Harbour Lettings"
  alert.rule = "overdue-rent"
  alert.source = "books"
  alert.accountID = "C-1042"
  alert.accountName = "Tenant and Sons Ltd"
  alert.email = "accounts@tenant.example"
  alert.phone = "+64 21 555-123"
  alert.owner = "dana"
  alert.ownerName = "Dana Ruiz"
  alert.ownerID = "12065"
  alert.currency = "NZD"
  alert.balance = Amount(decimal: "1840.50", formatted: "NZ$1,840.50")
  alert.overdueBalance = Amount(decimal: "1240.50", formatted: "NZ$1,240.50")
  alert.oldestDueDate = DateText(iso: "2026-11-03", formatted: "3 November 2026")
  alert.daysOverdue = 20
  alert.bucket = "1-30"
  alert.reason = "persisting"
  alert.template = "reminder"
  alert.deliveryID = "ba1-7f3c9e20b6d4a158"
  let recipient: String? =
    switch traits.address {
    case .email: "accounts@tenant.example"
    case .phone: "+64 21 555-123"
    case .platform: "12065"
    case .none: nil
    }
  return Message(
    deliveryID: alert.deliveryID, channel: "channel", audience: traits.defaultAudience,
    recipient: recipient, recipientName: alert.accountName, organisation: alert.organisation,
    time: "2026-11-23T17:40:05Z", alerts: [alert], isDigest: false,
    forms: [
      .title: "Overdue", .subject: "Reminder", .text: "NZ$1,240.50 is overdue.",
      .html: "<p>NZ$1,240.50 is overdue.</p>", .short: "NZD 1,240.50 is overdue",
    ])
}

// MARK: Settings

private func block(_ yaml: String) -> SettingsBlock {
  let empty = SettingsBlock(path: "", position: Position(line: 1, column: 1), entries: [])
  guard let node = try? Yams.compose(yaml: yaml), case .block(let block) = value(of: node) else {
    return empty
  }
  return block
}

private func value(of node: Node) -> SettingsNode.Value {
  let start = Position(line: 1, column: 1)
  switch node {
  case .scalar(let scalar): return .scalar(scalar.string, quoted: scalar.style != .plain)
  case .sequence(let nodes):
    return .list(nodes.map { SettingsNode(value(of: $0), at: start) })
  case .mapping(let mapping):
    let entries = mapping.map { key, inner in
      SettingsBlock.Entry(
        key: key.string ?? "", position: start, node: SettingsNode(value(of: inner), at: start))
    }
    return .block(SettingsBlock(path: "channels.test", position: start, entries: entries))
  case .alias: return .null
  }
}
