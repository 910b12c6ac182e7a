import ArgumentParser
import Foundation
import Pass
import Receivables
import State

extension HistoryCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "A delivery from its planning to its end, with the exact text that went out."
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "The delivery's id; the first characters are enough.") var id: String

    func validate() throws {
      if id.count < 6 { throw ValidationError("\(id) is too short; give at least six characters") }
    }

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let (state, zone) = try openHistory(common)
        var entries: [HistoryEntry] = []
        try state.readAudit { record in
          let entry = HistoryEntry(record)
          if entry.concerns(delivery: id) { entries.append(entry) }
          return true
        }
        guard !entries.isEmpty else {
          throw UsageProblem("no delivery begins with \(id); see `balancealert history`")
        }
        let names = try state.accountNames()
        var text = HistoryOutput.text(entries, .table, zone: zone, names: names)
        let sent = entries.last { $0.text("message_id") != nil }
        if let messageID = sent?.text("message_id"),
          let body = try state.messages([messageID])[messageID]
        {
          text += "\n" + SentMessage(body).text(logged: sent?.text("message_sha256"))
        }
        Output.print(Output.printable(text))
        return .done
      }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write the audit log, the messages and how to verify them into a folder.",
      discussion: "For an auditor without this program: CSV, HTML, the hash chain, a verifier."
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "A folder that is empty, or not there yet.", completion: .directory)
    var folder: String

    func run() async throws {
      common.prepareLog()
      try await ExitStatus.running {
        let (state, zone) = try openHistory(common)
        let bundle = try AuditBundle(folder: folder)
        let flaw = try state.auditFlaw()
        let names = try state.accountNames()
        let count = try bundle.write(state, zone: zone, names: names, flaw: flaw)
        Output.print(
          "\(folder): \(counted(count.entries, "entry", "entries")),"
            + " \(counted(count.messages, "message")); see README.txt there\n")
        guard let flaw else { return .done }
        Log.shared.error("the audit log is not whole: \(flaw)")
        return .historyFlawed
      }
    }
  }
}

extension HistoryEntry {
  /// Its own entries, the alert that planned it, and what a person did with it.
  fileprivate func concerns(delivery id: String) -> Bool {
    if record.kind == "delivery" || record.kind == "person", record.subject.hasPrefix(id) {
      return true
    }
    return (body["deliveries"] as? [[String: Any]] ?? []).contains {
      ($0["id"] as? String)?.hasPrefix(id) == true
    }
  }
}
