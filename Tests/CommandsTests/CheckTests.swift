import Support
import Testing

/// `check` finds all that a pass would refuse, at once, with the pass's exit code.
struct CheckTests {
  private static func folder(_ change: (String) -> String = { $0 }) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      change(
        """
        version: 1
        organisation: Harbour Lettings
        timezone: Pacific/Auckland
        directory: accounts.csv
        sources: { books: { type: csv, path: books.csv } }
        channels: { team: { type: file, path: out.jsonl } }
        hours: { team: { from: "08:00", holidays: days.ics } }
        rules:
          - name: rent
            when: { balance: overdue, over: 500 }
            levels: [{ notify: [team] }]

        """), to: "balancealert.yaml")
    try folder.write(
      "account_id,document_id,due_date,currency,amount_due\nC1,D1,2025-02-01,NZD,600\n",
      to: "books.csv")
    try folder.write("account,disputed\nbooks:C1,no\n", to: "accounts.csv")
    try folder.write(
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR\n",
      to: "days.ics")
    return folder
  }

  @Test func whatIsRightIsRight() async throws {
    let ended = try await Binary().run(["check"], in: Self.folder())
    #expect(ended.status == 0)
    #expect(ended.output.contains("no errors"))
    #expect(ended.errors == "")
  }

  @Test func allFilesAreLookedAtAtOnce() async throws {
    let binary = try Binary()
    let folder = try Self.folder()
    try folder.write(
      "account_id,document_id,due_date,currency,amount_due\nC1,D1,2025-02-30,NZD,600\n",
      to: "books.csv")
    try folder.write("account,disputed\nbooks:C1,perhaps\n", to: "accounts.csv")
    try folder.write("BEGIN:VCALENDAR\nEND:VEVENT\n", to: "days.ics")
    let ended = try await binary.run(["check"], in: folder)
    #expect(ended.status == 78)
    #expect(ended.errors.contains("days.ics:2: END:VEVENT without its BEGIN"))
    #expect(ended.errors.contains("accounts.csv:2:10: disputed"))
    #expect(ended.errors.contains("books.csv:2:7: due_date"))
    #expect(!ended.output.contains("no errors"))
    // The pass says the same.
    #expect(try await binary.run(["run"], in: folder).status == 78)
  }

  @Test(
    arguments: [
      ("books.csv", 78, "books: there is no file"), ("accounts.csv", 78, "there is no file"),
      ("days.ics", 78, "days.ics: cannot be read"),
    ] as [(String, Int32, String)])
  func aFileThatIsNotThereIsAnError(_ name: String, _ status: Int32, _ words: String) async throws {
    let folder = try Self.folder { $0.replacing(name, with: "gone-\(name)") }
    let ended = try await Binary().run(["check"], in: folder)
    #expect(ended.status == status)
    #expect(ended.errors.contains(words), "\(ended.errors)")
  }

  @Test func filesAreLookedAtWhereTheConfigIsWrongToo() async throws {
    let folder = try Self.folder { $0.replacing("over: 500", with: "ovr: 500") }
    try folder.write("BEGIN:VCALENDAR\nEND:VEVENT\n", to: "days.ics")
    let ended = try await Binary().run(["check"], in: folder)
    #expect(ended.status == 78)
    #expect(ended.errors.contains("did you mean `over`?"))
    #expect(ended.errors.contains("days.ics:2: END:VEVENT without its BEGIN"))
  }

  @Test(arguments: ["english", "xx", "en_"])
  func aLocaleThatIsNoneIsAnError(_ locale: String) async throws {
    let folder = try Self.folder { "locale: \(locale)\n" + $0 }
    let ended = try await Binary().run(["check"], in: folder)
    #expect(ended.status == 78)
    #expect(ended.errors.contains("balancealert.yaml:1:9: error: locale: `\(locale)` is no locale"))
  }

  @Test func aMissingTimeZoneIsWarnedOf() async throws {
    let folder = try Self.folder { $0.replacing("timezone: Pacific/Auckland\n", with: "") }
    let ended = try await Binary().run(["check"], in: folder)
    #expect(ended.status == 0)
    #expect(ended.errors.contains("there is no `timezone`, so days begin and end in UTC"))
  }
}
