import ArgumentParser
import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import State

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "The audit log: who was told what, when and why.",
    subcommands: [List.self, Show.self, Verify.self, Export.self],
    defaultSubcommand: List.self
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Entries of the audit log, oldest first."
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "source:id, or an id or name that only one account has.") var account: String?
    @Option(help: "From this day (2026-11-01) or moment (RFC 3339) on.") var since: String?
    @Option(help: "Deliveries through this channel.") var channel: String?
    @Option(help: "Deliveries that came to this status.") var status: String?
    @Option(help: "table, json or csv.") var format: OutputFormat = .table

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let (state, zone) = try openHistory(common)
        var start: Instant?
        if let since {
          start = Instant(since) ?? Day(since).map { zone.instant(of: $0) }
          if start == nil { throw UsageProblem("--since \(since) is neither a day nor a moment") }
        }
        let names = try state.accountNames()
        try Names.check(status, option: "--status", among: HistoryFilter.statuses)
        let filter = HistoryFilter(
          account: try account.map { try AccountName.key(of: $0, names).description },
          channel: channel,
          status: status)
        var entries: [HistoryEntry] = []
        try state.readAudit(since: start) { record in
          let entry = HistoryEntry(record)
          if filter.matches(entry) { entries.append(entry) }
          return true
        }
        if let channel, entries.isEmpty {
          try Names.check(channel, option: "--channel", among: state.channelNames())
        }
        if entries.isEmpty { Log.shared.notice("no entry of the log is meant by this") }
        Output.print(HistoryOutput.text(entries, format, zone: zone, names: names))
        return .done
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Check that nothing that was logged was changed or removed."
    )

    @OptionGroup var common: CommonOptions

    @Option(help: "A hash that the log had as its last one, kept elsewhere: it must have it still.")
    var expect: String?

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let (state, _) = try openHistory(common)
        if let flaw = try state.auditFlaw() {
          Log.shared.error("the audit log is not whole: \(flaw)")
          return .historyFlawed
        }
        if let flaw = try state.rowFlaw() {
          Log.shared.error("the state is not as the log says: \(flaw)")
          return .historyFlawed
        }
        var count = 0
        var last = ""
        var expected = expect.map { $0.lowercased() }
        try state.readAudit { record in
          count += 1
          last = record.hash
          if record.hash == expected { expected = nil }
          return true
        }
        if let expected {
          Log.shared.error(
            "the log has no entry with the hash \(expected): its end was cut off, or all of it was"
              + " made anew, since that hash was kept")
          return .historyFlawed
        }
        StateCheck.tell(of: state)
        if state.doubt != nil { return .historyFlawed }
        Output.print(
          "\(counted(count, "entry", "entries")), unbroken; the last hash is"
            + " \(last.isEmpty ? "-" : last)\n"
        )
        return .done
      }
    }
  }
}

/// The log needs the state alone; the zone is the config's where there is one.
func openHistory(_ common: CommonOptions) throws -> (StateFile, Zone) {
  if let path = common.state {
    let zone = (try? common.assembly(isReplay: true))?.setup.zone
    return (try StateFile(path: path, mode: .readOnly), zone ?? .utc)
  }
  let setup = try common.assembly(isReplay: true).setup
  return (try StateFile(path: setup.statePath, mode: .readOnly), setup.zone)
}

/// An entry with its JSON body taken apart.
struct HistoryEntry {
  let record: AuditRecord
  let body: [String: Any]

  init(_ record: AuditRecord) {
    self.record = record
    let object = try? JSONSerialization.jsonObject(with: Data(record.body.utf8))
    body = object as? [String: Any] ?? [:]
  }

  func text(_ key: String) -> String? {
    if let text = body[key] as? String { return text }
    if let number = body[key] as? NSNumber { return number.stringValue }
    return nil
  }

  /// 0 where there is none.
  func number(_ key: String) -> Int { (body[key] as? NSNumber)?.intValue ?? 0 }

  /// The account that it is about; a delivery names it in its body.
  var account: String? { text("account") ?? (record.subject.contains(":") ? record.subject : nil) }

  /// One line for people.
  var sentence: String {
    switch record.kind {
    case "delivery":
      let target = [text("channel"), text("recipient")].compactMap { $0 }.joined(separator: " ")
      let why = text("why").flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
      let record = text("record").map { " (\($0))" } ?? ""
      return "\(text("status") ?? "?") \(target)\(why)\(record)"
    case "opt_out":
      return "\(text("address") ?? "?") wants no more messages by \(text("kind") ?? "?"):"
        + " \(text("why") ?? "")"
    case "alert":
      let held = (body["deliveries"] as? [[String: Any]] ?? [])
        .filter { ["held", "suppressed"].contains($0["status"] as? String ?? "") }
        .map { "\($0["channel"] ?? "?") \($0["status"] ?? "?"): \($0["why"] ?? "")" }
      return "alert \(text("number") ?? "?") (\(text("reason") ?? "?")),"
        + " level \(text("level") ?? "?"): \(text("why") ?? "")"
        + (held.isEmpty ? "" : " [\(held.joined(separator: "; "))]")
    case "decision":
      return "\(text("rule") ?? ""): \(text("suppressed").map { "suppressed: \($0); " } ?? "")"
        + "\(text("why") ?? "")"
    case "person" where text("silence") != nil:
      let promised = text("promised").map { " (\($0))" } ?? ""
      return "\(text("did") ?? "?") by \(text("who") ?? "?"): \(text("what") ?? ""), until"
        + " \(text("until") ?? "?"): \(text("reason") ?? "")\(promised)"
    case "person":
      let target = [text("channel"), text("recipient")].compactMap { $0 }.joined(separator: " ")
      return "\(text("did") ?? "?") by \(text("who") ?? "?"): \(target)"
    case "poll":
      return text("why").map { "\(text("status") ?? ""): \($0)" }
        ?? "\(text("status") ?? ""), \(counted(number("changed"), "document")) changed,"
        + " \(counted(number("calls"), "call"))"
    default: return "exit \(text("exit") ?? "?"), \(counted(number("alerts"), "alert"))"
    }
  }
}

struct HistoryFilter {
  /// What deliveries come to, as the log says it.
  static let statuses = Delivery.Status.allCases.map(\.rawValue)

  var account: String?
  var channel: String?
  var status: String?

  func matches(_ entry: HistoryEntry) -> Bool {
    if let account, entry.account != account { return false }
    if let channel, entry.text("channel") != channel { return false }
    if let status, entry.record.kind != "delivery" || entry.text("status") != status {
      return false
    }
    return true
  }
}
