import Crypto
import Foundation
import Host
import Outbox
import Pass
import Receivables
import State

/// The audit log for somebody who has nothing but a browser, a spreadsheet and Python.
struct AuditBundle {
  private let folder: URL

  /// - Throws: `UsageProblem` when the folder holds something, or cannot be made.
  init(folder path: String) throws(UsageProblem) {
    folder = URL(filePath: path, directoryHint: .isDirectory)
    if let found = try? FileManager.default.contentsOfDirectory(atPath: path), !found.isEmpty {
      throw UsageProblem("\(path) is not empty; name a folder that is not there yet")
    }
    do throws(WholeFile.Problem) {
      try PrivateFolder.make(path)
    } catch {
      throw UsageProblem("\(path) cannot be made: \(error.why)")
    }
  }

  /// - Throws: `StateError`; `UsageProblem` when a file cannot be written.
  func write(
    _ state: StateFile,
    zone: Zone,
    names: [String: String],
    flaw: String?
  ) throws -> (entries: Int, messages: Int) {
    var entries: [HistoryEntry] = []
    try state.readAudit { record in
      entries.append(HistoryEntry(record))
      return true
    }
    let ids = Set(entries.compactMap { $0.text("message_id") })
    let messages = try state.messages(ids).sorted { $0.key < $1.key }
    try put(entries.map(Self.exact).joined(), "audit.jsonl")
    try put(
      messages.map { Self.line(["id": $0.key, "body": $0.value]) }.joined(), "messages.jsonl")
    try put(HistoryOutput.text(entries, .csv, zone: zone, names: names), "history.csv")
    try put(Self.csv(messages), "messages.csv")
    try put(
      AuditPage.html(entries, messages, zone: zone, names: names, flaw: flaw), "index.html")
    try put(Self.verifier, "verify.py")
    try put(Self.readme(entries, flaw), "README.txt")
    return (entries.count, messages.count)
  }

  private func put(_ text: String, _ name: String) throws(UsageProblem) {
    try PrivateFile.write(Data(text.utf8), to: folder.appending(path: name).path)
  }

  /// All that the hash is over, and the hash.
  private static func exact(_ entry: HistoryEntry) -> String {
    let record = entry.record
    return line([
      "seq": record.seq, "time": record.time.seconds, "pass": record.pass,
      "kind": record.kind, "subject": record.subject, "body": record.body, "hash": record.hash,
    ])
  }

  private static func line(_ object: [String: Any?]) -> String {
    let values = object.compactMapValues { $0 }
    let data = try? JSONSerialization.data(
      withJSONObject: values, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
  }

  private static func csv(_ messages: [(key: String, value: String)]) -> String {
    CSVText.row(["id", "sha256", "channel", "recipient", "subject", "text"])
      + messages.map { id, body in
        let message = SentMessage(body)
        let forms = Dictionary(message.forms.map { ($0.name, $0.text) }) { first, _ in first }
        return CSVText.row([
          id, message.digest, message.channel ?? "", message.recipient ?? "",
          forms["subject"] ?? forms["title"] ?? "", forms["text"] ?? forms["short"] ?? "",
        ])
      }.joined()
  }

  private static func readme(_ entries: [HistoryEntry], _ flaw: String?) -> String {
    let verdict = flaw.map { "NOT WHOLE: \($0)" } ?? "whole"
    return """
      The audit log of balancealert
      =============================

      \(counted(entries.count, "entry", "entries")). When this was written the chain was \(verdict).
      The last hash is \(entries.last?.record.hash ?? "-").

      index.html      everything, for reading in a browser; it loads nothing from anywhere
      history.csv     an entry a line, for a spreadsheet
      messages.csv    the words of each message that was handed to a platform
      audit.jsonl     the entries exactly, for verifying: one JSON object a line
      messages.jsonl  the messages exactly
      verify.py       verifies both: python3 verify.py

      How to verify without verify.py
      -------------------------------
      Take the entries of audit.jsonl in the order of `seq`, which counts from 1 without a gap. For each,
      write down seven texts: the hash of the entry before it (nothing for the first), seq, time (seconds
      since 1970), pass (a dash where there is none), kind, subject, body. Put each behind its length in
      bytes and a colon, one after the other: `0:` `1:1` `10:1764000000` `1:1` `4:poll` …. The SHA-256 of
      that, in hexadecimal, must be the entry's hash. So no entry can be changed, removed or put elsewhere
      without changing every hash after it; keep the last hash in another place to see that none was cut
      off the end.

      A message's `body` in messages.jsonl has the SHA-256 that the entries of kind `delivery` with its id
      as `message_id` have as `message_sha256` in their body.

      """
  }

  private static let verifier = """
    #!/usr/bin/env python3
    \"\"\"Verifies audit.jsonl and messages.jsonl beside it. Needs Python 3 alone.\"\"\"
    import hashlib
    import json
    import pathlib
    import sys

    folder = pathlib.Path(__file__).resolve().parent
    previous, expected, flaws, messages = "", 1, [], {}


    def lines(name):
        with open(folder / name, encoding="utf-8") as file:
            for line in file.read().split("\\n"):
                if line:
                    yield json.loads(line)


    for entry in lines("audit.jsonl"):
        if entry["seq"] != expected:
            flaws.append(f"entry {expected} is missing")
            expected = entry["seq"]
        parts = [previous, str(entry["seq"]), str(entry["time"]), str(entry.get("pass", "-")),
                 entry["kind"], entry["subject"], entry["body"]]
        digest = hashlib.sha256()
        for part in parts:
            data = part.encode()
            digest.update(f"{len(data)}:".encode() + data)
        if digest.hexdigest() != entry["hash"]:
            flaws.append(f"entry {entry['seq']} ({entry['kind']}, {entry['subject']}) was changed")
        previous = entry["hash"]
        expected += 1
        if entry["kind"] == "delivery":
            body = json.loads(entry["body"])
            if body.get("message_id") and body.get("message_sha256"):
                messages[body["message_id"]] = body["message_sha256"]

    checked = 0
    for message in lines("messages.jsonl"):
        wanted = messages.get(message["id"])
        if wanted:
            checked += 1
            if hashlib.sha256(message["body"].encode()).hexdigest() != wanted:
                flaws.append(f"message {message['id']} was changed")

    for flaw in flaws:
        print(flaw)
    print(f"{expected - 1} entries, {checked} messages:", "NOT WHOLE" if flaws else "unbroken")
    print("the last hash is", previous or "-")
    sys.exit(1 if flaws else 0)

    """
}
