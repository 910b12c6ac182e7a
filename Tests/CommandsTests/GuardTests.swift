import Foundation
import Support
import Testing

/// What keeps the real program from mailing customers by accident.
struct GuardTests {
  private static func folder(mail: String) throws -> TemporaryFolder {
    try folder("{ type: smtp, host: \"\(mail)\", tls: tls, from: rent@harbour.example }")
  }

  /// - Parameter email: the settings of the channel to customers.
  private static func folder(_ email: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      sources: { books: { type: csv, path: books.csv } }
      channels:
        email: \(email)
        team: { type: file, path: team.jsonl }
      rules:
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [email, team] }]

      """, to: "balancealert.yaml")
    try folder.write(
      """
      account_id,account_name,document_id,due_date,currency,amount_due,email
      C1,Ann Lee,INV-1,2025-02-03,NZD,620.50,ann@example.com
      C2,Bo Ray,INV-2,2025-02-03,NZD,800.00,bo@example.com

      """, to: "books.csv")
    return folder
  }

  private static let live = "mail.example"
  private static let local = "{ type: file, path: mails.jsonl, audience: customer }"

  @Test(arguments: ["run", "baseline"])
  func aLivePassTakesPlaceNow(_ command: String) async throws {
    let binary = try Binary()
    // A mail server on this machine hands on what it takes.
    for host in [Self.live, "localhost"] {
      let folder = try Self.folder(mail: host)
      for now in ["2036-12-01T09:00:00Z", "2020-01-01T09:00:00Z"] {
        let refused = try await binary.run([command, "--now", now], in: folder)
        #expect(refused.status == 64)
        #expect(refused.errors.contains("more than a day from this machine's clock"))
      }
      #expect(FileManager.default.fileExists(atPath: folder.file("state.sqlite")) == false)
    }
    let local = try Self.folder(Self.local)
    let taken = try await binary.run([command, "--now", "2025-03-03T09:00:00Z"], in: local)
    #expect(taken.status != 64)
  }

  @Test(arguments: ["run", "baseline"])
  func aLivePassRemembers(_ command: String) async throws {
    let folder = try Self.folder(mail: Self.live)
    let refused = try await Binary().run([command, "--state", ":memory:"], in: folder)
    #expect(refused.status == 64)
    #expect(refused.errors.contains("forgets who was told"))
  }

  @Test func theFirstPassHoldsWhatItHasForCustomersAndSaysSoQuietlyToo() async throws {
    let binary = try Binary()
    let folder = try Self.folder(mail: Self.live)
    let preview = try await binary.run(["preview", "--format", "json"], in: folder)
    #expect(preview.status == 0)
    #expect(preview.output.contains("no earlier pass has read the source"))
    for _ in 1...2 {
      let run = try await binary.run(["run", "--quiet"], in: folder)
      #expect(run.status == 75)
      #expect(run.errors.contains("2 customer messages wait: no earlier pass has read books"))
      #expect(run.errors.contains("balancealert run --first"))
      #expect(run.output.contains("2 held"))
    }
    #expect(try #require(folder.read("team.jsonl")).split(separator: "\n").count == 2)
    let dropped = try await binary.run(["reject", "--account", "Ann Lee"], in: folder)
    #expect(dropped.output.contains("1 delivery rejected"))
    let baseline = try await binary.run(["baseline"], in: folder)
    #expect(baseline.status == 0)
    let run = try await binary.run(["run", "--quiet"], in: folder)
    #expect(run.status == 0)
    #expect(run.output + run.errors == "")
  }

  @Test(arguments: ["json", "csv"])
  func whatAChannelPrintsIsNoPartOfTheResults(_ format: String) async throws {
    let folder = try Self.folder(Self.local)
    let config = try String(contentsOfFile: folder.file("balancealert.yaml"), encoding: .utf8)
    try folder.write(
      config.replacing("team: { type: file, path: team.jsonl }", with: "team: { type: stdout }")
        .replacing("[email, team]", with: "[team]"),
      to: "balancealert.yaml")
    let run = try await Binary().run(
      ["run", "--now", "2025-03-03T09:00:00Z", "--format", format], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("Ann Lee"))
    if format == "json" {
      _ = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    } else {
      #expect(run.output.hasPrefix("source,account_id,"))
      #expect(run.output.split(separator: "\r\n").count == 3)
    }
  }

  @Test func aFileOfSecretsIsTakenLiterally() async throws {
    let binary = try Binary()
    let folder = try Self.folder(mail: Self.live)
    let config = try String(contentsOfFile: folder.file("balancealert.yaml"), encoding: .utf8)
    try folder.write(
      config.replacing(
        "team: { type: file, path: team.jsonl }",
        with: "team: { type: slack, webhook_url: env:HOOK }"),
      to: "balancealert.yaml")
    #expect(try await binary.run(["check"], in: folder).status == 78)
    try folder.write(
      "\u{FEFF}# Secrets\r\n\r\nHOOK=https://hooks.slack.com/services/T0/B0/x?a=1&b=$c\r\n",
      to: "secrets.env")
    let read = try await binary.run(["check", "--env-file", "secrets.env"], in: folder)
    #expect(read.status == 0, "\(read.errors)")
    for bad in ["export HOOK=x", "HOOK", "HO OK=x", "=x", "1HOOK=x"] {
      try folder.write("A=b\n\(bad)\n", to: "secrets.env")
      let refused = try await binary.run(["check", "--env-file", "secrets.env"], in: folder)
      #expect(refused.status == 78, "\(bad)")
      #expect(refused.errors.contains("secrets.env:2:"), "\(refused.errors)")
      #expect(!refused.errors.contains(bad), "A secret may stand there.")
    }
    let missing = try await binary.run(["check", "--env-file", "none.env"], in: folder)
    #expect(missing.status == 78)
  }

  @Test func aStateThatIsMissingWhereThereWasOneIsTold() async throws {
    let binary = try Binary()
    let folder = try Self.folder(mail: Self.live)
    _ = try await binary.run(["run"], in: folder)
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm"] {
      try? FileManager.default.removeItem(atPath: folder.file(name))
    }
    for command in ["check", "preview", "run"] {
      let told = try await binary.run([command, "--quiet"], in: folder)
      #expect(told.status == (command == "preview" ? 0 : 75))
      #expect(
        told.errors.contains("./state.sqlite, or it is empty, where its witness knows pass 1"))
    }
    for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "state.sqlite.witness"] {
      try? FileManager.default.removeItem(atPath: folder.file(name))
    }
    for command in ["preview", "run"] {
      let told = try await binary.run([command, "--quiet"], in: folder)
      #expect(told.errors.contains("there is no state file ./state.sqlite, but"))
      #expect(told.errors.contains("./state.sqlite.lock"))
    }
    // It is a first pass: nobody is told twice.
    #expect(try await binary.run(["run", "--quiet"], in: folder).output.contains("2 held"))
  }

  @Test func aPassByAWrongClockIsNamedAndThereIsAWayOn() async throws {
    let binary = try Binary()
    let folder = try Self.folder(Self.local)
    try folder.write(
      try #require(folder.read("balancealert.yaml")).replacing("[email, team]", with: "[team]"),
      to: "balancealert.yaml")
    // Stands for a clock that was wrong: nothing can leave the machine.
    let wrong = try await binary.run(["run", "--now", "2036-11-30T10:00:00Z"], in: folder)
    #expect(wrong.status == 0)
    for arguments in [["run"], ["preview"], ["check"]] {
      let ended = try await binary.run(arguments, in: folder)
      #expect(ended.status == 73, "\(arguments)")
      #expect(
        ended.errors.contains("the newest pass in ./state.sqlite was at 2036-11-30T10:00:00Z"))
      #expect(ended.errors.contains("check --repair --clock-was-wrong"))
      #expect(!ended.errors.contains("--now"))
    }
    let repaired = try await binary.run(["check", "--repair", "--clock-was-wrong"], in: folder)
    #expect(repaired.status == 0)
    #expect(repaired.output.contains("1 pass up to 2036-11-30T10:00:00Z taken as of"))
    let run = try await binary.run(["run"], in: folder)
    #expect(run.status == 0)
    #expect(run.output.contains("nothing is due in 2 open episodes"))
    #expect(try #require(folder.read("team.jsonl")).split(separator: "\n").count == 2)
    for arguments in [["check"], ["history", "verify"]] {
      #expect(try await binary.run(arguments, in: folder).status == 0)
    }
    let again = try await binary.run(["check", "--repair", "--clock-was-wrong"], in: folder)
    #expect(again.status == 64)
  }

  @Test func aFileThatIsOldOrCutOffIsRefused() async throws {
    let binary = try Binary()
    let folder = try Self.folder(Self.local)
    try folder.write(
      try #require(folder.read("balancealert.yaml"))
        .replacing("path: books.csv", with: "path: books.csv, max_age: 3d")
        .replacing("[email, team]", with: "[team]"),
      to: "balancealert.yaml")
    #expect(try await binary.run(["run"], in: folder).status == 0)
    let books = try #require(folder.read("books.csv"))
    try folder.write(String(books.dropLast()), to: "books.csv")
    let cut = try await binary.run(["run"], in: folder)
    #expect(cut.status == 65)
    #expect(cut.output.contains("the last line does not end, and the last export's did"))
    try folder.write(books, to: "books.csv")
    let old = Date.now.addingTimeInterval(-4 * 86_400)
    try FileManager.default.setAttributes(
      [.modificationDate: old], ofItemAtPath: folder.file("books.csv"))
    let late = try await binary.run(["run"], in: folder)
    #expect(late.status == 65)
    #expect(late.output.contains("longer ago than max_age allows"))
  }
}
