import Foundation
import Support
import Testing

/// A state that is not what it was: nobody is told twice for it, and a person is told why.
struct LostWritesTests {
  private static let head =
    "account_id,account_name,document_id,due_date,currency,amount_due\n"

  private static let customers = ["C1", "C2", "C3", "C4"]

  private static func books(_ count: Int) -> String {
    head
      + customers.prefix(count).map { "\($0),\($0),INV-\($0),2025-02-03,NZD,620.50\n" }.joined()
  }

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      timezone: Pacific/Auckland
      sources: { books: { type: csv, path: books.csv } }
      channels:
        letters: { type: file, path: letters.jsonl, audience: customer }
        team: { type: file, path: team.jsonl }
      rules:
        - name: rent
          when: { balance: overdue, over: 500 }
          levels: [{ notify: [letters, team] }]

      """, to: "balancealert.yaml")
    return folder
  }

  private static func lines(_ name: String, in folder: TemporaryFolder) -> Int {
    folder.read(name)?.split(separator: "\n").count ?? 0
  }

  /// What is done to the files of a state, as they stand after a pass that was killed when it had
  /// told two customers, of whom its last whole pass knew none.
  enum Harm: String, CaseIterable, CustomTestStringConvertible {
    case logDeleted, logAndIndexDeleted, logCutToItsFirstFrames, logZeroed, logRandomised
    case anothersLog, stateEmptied, stateDeleted, olderCopy, anotherState

    var testDescription: String { rawValue }

    func apply(to folder: TemporaryFolder, another: TemporaryFolder) throws {
      let state = URL(fileURLWithPath: folder.file("state.sqlite"))
      let log = URL(fileURLWithPath: folder.file("state.sqlite-wal"))
      let index = URL(fileURLWithPath: folder.file("state.sqlite-shm"))
      let files = FileManager.default
      let count = try Data(contentsOf: log).count
      switch self {
      case .logDeleted: try files.removeItem(at: log)
      case .logAndIndexDeleted:
        try files.removeItem(at: log)
        try? files.removeItem(at: index)
      case .logCutToItsFirstFrames: try Data(contentsOf: log).prefix(32 + 2 * 4120).write(to: log)
      case .logZeroed: try Data(count: count).write(to: log)
      case .logRandomised:
        var chance = SplitMix64(seed: 7)
        try Data((0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) }).write(to: log)
      case .anothersLog:
        try Data(contentsOf: URL(fileURLWithPath: another.file("state.sqlite-wal"))).write(to: log)
      case .stateEmptied, .stateDeleted, .olderCopy, .anotherState:
        try? files.removeItem(at: log)
        try? files.removeItem(at: index)
        switch self {
        case .stateEmptied: try Data().write(to: state)
        case .stateDeleted: try files.removeItem(at: state)
        case .olderCopy:
          try Data(contentsOf: URL(fileURLWithPath: folder.file("copy.sqlite"))).write(to: state)
        default:
          try Data(contentsOf: URL(fileURLWithPath: another.file("copy.sqlite"))).write(to: state)
        }
      }
    }
  }

  /// One whole pass that tells nobody, a backup, and a pass that is killed.
  private static func killed(_ binary: Binary) async throws -> TemporaryFolder {
    let folder = try folder()
    try folder.write(head, to: "books.csv")
    #expect(try await binary.run(["run", "--now", "2026-03-02T08:00:00Z"], in: folder).status == 0)
    #expect(try await binary.run(["backup", "copy.sqlite"], in: folder).status == 0)
    try folder.write(books(2), to: "books.csv")
    let dead = try await binary.run(
      ["run", "--now", "2026-03-03T08:00:00Z"], in: folder,
      environment: ["BALANCEALERT_FAILPOINT": "pass.before-end"])
    #expect(dead.status != 0)
    #expect(lines("letters.jsonl", in: folder) == 2)
    return folder
  }

  @Test(arguments: Harm.allCases) func nobodyIsToldTwice(_ harm: Harm) async throws {
    let binary = try Binary()
    let folder = try await Self.killed(binary)
    let another = try await Self.killed(binary)
    try harm.apply(to: folder, another: another)
    let now = ["--now", "2026-03-03T09:00:00Z"]
    let check = try await binary.run(["check"] + now, in: folder)
    // A log of nonsense may also leave a damaged file: that is 73.
    #expect([73, 75].contains(check.status), "\(check.errors)")
    let preview = try await binary.run(["preview"] + now, in: folder)
    #expect(preview.errors.contains("witness") || preview.status == 73, "\(preview.errors)")
    let run = try await binary.run(["run"] + now, in: folder)
    #expect([73, 75].contains(run.status), "\(run.errors)")
    #expect(run.errors.contains("witness") || run.status == 73, "\(run.errors)")
    #expect(Self.lines("letters.jsonl", in: folder) == 2, "\(run.errors)")
    // What is new waits as well; the team hears of it.
    try folder.write(Self.books(4), to: "books.csv")
    _ = try await binary.run(["run", "--now", "2026-03-04T09:00:00Z"], in: folder)
    if run.status == 75 {
      #expect(Self.lines("team.jsonl", in: folder) >= 4)
      // It is told once; from then on the state is the one to go by.
      let after = try await binary.run(["check", "--now", "2026-03-04T10:00:00Z"], in: folder)
      #expect(after.status == 0, "\(after.errors)")
    }
  }

  @Test func aWitnessThatIsGoneIsToldAndMadeAnew() async throws {
    let binary = try Binary()
    let folder = try Self.folder()
    try folder.write(Self.books(1), to: "books.csv")
    _ = try await binary.run(["run", "--now", "2026-03-02T08:00:00Z"], in: folder)
    try FileManager.default.removeItem(atPath: folder.file("state.sqlite.witness"))
    for (command, status) in [("check", Int32(0)), ("run", 0)] {
      let told = try await binary.run([command, "--now", "2026-03-02T09:00:00Z"], in: folder)
      #expect(told.status == status)
      #expect(told.errors.contains("has no witness beside it"))
    }
    #expect(try folder.mode("state.sqlite.witness") == 0o600)
    let again = try await binary.run(["run", "--now", "2026-03-02T10:00:00Z"], in: folder)
    #expect(!again.errors.contains("witness"))
  }

  @Test func aLinkInItsPlaceIsRefused() async throws {
    let binary = try Binary()
    let folder = try Self.folder()
    try folder.write(Self.books(1), to: "books.csv")
    try folder.write("mine", to: "other")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("state.sqlite.witness"), withDestinationPath: folder.file("other"))
    let refused = try await binary.run(["run", "--now", "2026-03-02T08:00:00Z"], in: folder)
    #expect(refused.status == 73)
    #expect(refused.errors.contains("state.sqlite.witness"))
    #expect(folder.read("other") == "mine")
  }
}
