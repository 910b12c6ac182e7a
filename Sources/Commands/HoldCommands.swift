import ArgumentParser
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import Rules
import State

struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Release deliveries that a limit or an approval rule holds; the next pass sends them."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var choice: DeliveryChoice

  func run() async throws {
    try await choice.change(common, from: [.held], word: "approved") { delivery, now in
      delivery.waitsForPerson ? delivery.queued(at: now) : nil
    }
  }
}

struct RejectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject",
    abstract: "Drop deliveries that a limit or an approval rule holds, or that are uncertain."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var choice: DeliveryChoice

  func run() async throws {
    try await choice.change(common, from: [.held, .uncertain], word: "rejected") { delivery, _ in
      guard delivery.status == .uncertain || delivery.waitsForPerson else { return nil }
      var delivery = delivery
      delivery.status = .cancelled
      delivery.hold = nil
      delivery.why = Delivery.rejectedBy + Person.name
      return delivery
    }
  }
}

struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Put failed or uncertain deliveries back in the queue; the next pass tries them.",
    discussion:
      "An uncertain one may have arrived already: ask the recipient or the platform first."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var choice: DeliveryChoice

  func run() async throws {
    try await choice.change(common, from: [.failed, .uncertain], word: "retried") {
      $0.queued(at: $1)
    }
  }
}

/// Which deliveries are meant.
struct DeliveryChoice: ParsableArguments {
  @Argument(help: "Delivery ids; the first characters are enough.")
  var ids: [String] = []

  @Option(help: "Of this rule.")
  var rule: String?

  @Option(help: "Of this account: source:id, its id or its name.")
  var account: String?

  @Option(help: "Through this channel.")
  var channel: String?

  @Flag(help: "All of them.")
  var all = false

  func validate() throws {
    if ids.isEmpty, rule == nil, account == nil, channel == nil, !all {
      throw ValidationError("name deliveries by id, --rule, --account or --channel, or say --all")
    }
    if let short = ids.first(where: { $0.count < 6 }) {
      throw ValidationError("\(short) is too short for an id; give at least six characters")
    }
  }

  private func includes(_ delivery: Delivery, _ key: AccountKey?) -> Bool {
    if !ids.isEmpty, !ids.contains(where: delivery.id.text.hasPrefix) { return false }
    if let rule, delivery.rule != rule { return false }
    if let key, delivery.account != key { return false }
    if let channel, delivery.channel != channel { return false }
    return true
  }

  /// The beginning of two ids names neither: the person meant one of them.
  static func refuseAmbiguous(
    _ ids: [String], among all: [(id: String, what: String)]
  ) throws(UsageProblem) {
    for id in ids {
      let alike = all.filter { $0.id.hasPrefix(id) }
      guard alike.count > 1, !alike.contains(where: { $0.id == id }) else { continue }
      throw UsageProblem(
        "\(id) begins the ids of \(alike.count) deliveries,"
          + " \(alike.map { "\($0.id) (\($0.what))" }.joined(separator: " and "));"
          + " give more characters of the one that is meant")
    }
  }

  /// Changes what is meant, between passes, and writes into the log who did it.
  /// - Parameter change: `nil` leaves a delivery as it is.
  func change(
    _ common: CommonOptions,
    from statuses: [Delivery.Status],
    word: String,
    _ change: (Delivery, Instant) -> Delivery?
  ) async throws {
    common.prepareLog()
    try await ExitStatus.running {
      let assembly = try common.assembly(isReplay: true)
      let setup = assembly.setup
      let now = common.moment(in: setup.zone).instant
      let (state, lock) = try common.exclusiveState(assembly, makes: false)
      defer { withExtendedLifetime(lock) { state.finish() } }
      var key: AccountKey?
      if let account {
        key = try AccountName.key(of: account, await assembly.accountNames(state))
      }
      let open = try state.deliveries(statuses: statuses)
      try Names.check(
        rule, option: "--rule", among: setup.rules.map(\.name) + open.map(\.rule))
      try Names.check(
        channel, option: "--channel", among: setup.channels.map(\.name) + open.map(\.channel))
      let meant = open.filter { includes($0, key) }
      for id in ids where !meant.contains(where: { $0.id.text.hasPrefix(id) }) {
        let names = statuses.map(\.rawValue).joined(separator: " or ")
        throw UsageProblem("no \(names) delivery begins with \(id); see `balancealert history`")
      }
      try Self.refuseAmbiguous(
        ids, among: meant.map { ($0.id.text, "\($0.account), \($0.channel)") })
      let changed = meant.compactMap { change($0, now) }
      let who = Person.name
      var writes: [OutboxWrite] = changed.map { delivery in
        let body = Output.json(
          PersonBody(
            account: delivery.account.description,
            rule: delivery.rule,
            channel: delivery.channel,
            recipient: delivery.recipient,
            did: word,
            who: who
          ),
          pretty: false
        )
        return .settled(
          [delivery],
          audit: [AuditEntry(kind: .person, subject: delivery.id.text, body: body)]
        )
      }
      writes += changed.filter { $0.status == .pending }.flatMap { delivery in
        (delivery.recipient.map(Contact.recipients) ?? []).map {
          .goodAddress(
            BadAddress(channel: delivery.channel, address: $0),
            kind: assembly.channels[delivery.channel]?.profile.kind
          )
        }
      }
      if !writes.isEmpty { try state.apply(writes, pass: nil, at: now) }
      for delivery in changed {
        Output.print(
          Output.line(
            "\(word) \(delivery.id) \(delivery.accountName), \(delivery.channel)"
              + " \(delivery.recipient ?? "")"
          ) + "\n"
        )
      }
      let none = changed.isEmpty ? ": nothing that waits is meant by this" : ""
      Output.print("\(counted(changed.count, "delivery", "deliveries")) \(word)\(none)\n")
      return .done
    }
  }

  private struct PersonBody: Encodable {
    let account: String
    let rule: String
    let channel: String
    let recipient: String?
    let did: String
    let who: String
  }
}
