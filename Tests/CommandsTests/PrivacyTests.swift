import Foundation
import Support
import Testing

/// What another user of the machine, or a program that we start, gets to see.
struct PrivacyTests {
  private static let books = """
    account_id,account_name,document_id,due_date,currency,amount_due,email
    C1,Ada,D1,2025-02-01,NZD,600,ada@tenant.example

    """

  private static func folder(
    source: String = "path: books.csv",
    channel: String = "type: file, path: out.jsonl"
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(books, to: "books.csv")
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      metrics_file: metrics.prom
      sources:
        ledger: { type: csv, \(source) }
      channels:
        archive: { \(channel) }
      rules:
        - name: rent
          when: { balance: overdue }
          levels: [{ notify: [archive] }]

      """, to: "balancealert.yaml")
    return folder
  }

  @Test(
    "Whatever the umask, what is written is for its user alone, but the metrics",
    arguments: [
      "0", "022", "077", "0177",
    ])
  func permissions(_ umask: String) async throws {
    let folder = try Self.folder()
    try folder.write("", to: "out/of/the/way")
    let given = Set(try Self.all(below: folder))
    let binary = try Binary()
    for line in [
      "preview --out plan.json", "run", "history export audit", "backup copy.sqlite",
      "check --repair",
    ] {
      let ended = try await binary.shell(
        "umask \(umask); balancealert \(line) --now 2025-03-03T12:00:00Z", in: folder)
      #expect(ended.status == 0, "\(line): \(ended.errors)")
    }
    // Killed in the middle, so that SQLite's own files are there as well.
    let killed = try await binary.shell(
      "umask \(umask); balancealert run --now 2025-03-11T12:00:00Z", in: folder,
      environment: ["BALANCEALERT_FAILPOINT": "request.before"])
    #expect(killed.status == 9 || killed.status == 137)
    let made = Set(try Self.all(below: folder)).subtracting(given)
    #expect(made.isSuperset(of: ["state.sqlite-wal", "state.sqlite.lock", "audit/index.html"]))
    for name in made.sorted() {
      let wanted = name == "metrics.prom" ? 0o644 : name == "audit" ? 0o700 : 0o600
      #expect(try folder.mode(name) == wanted, "\(name) under umask \(umask)")
    }
  }

  private static func all(below folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path)
  }

  /// Ours, and what stands in any environment beside it.
  private static let environment = [
    "PGPASSWORD": "of the database", "PGP_PASSPHRASE": "of a key", "MYSQLD_PARENT_PID": "1",
    "AWS_SECRET_ACCESS_KEY": "of a cloud", "GNUPGHOME": "/nowhere", "LC_ALL": "C",
    "SLACK_URL": "https://hooks.slack.invalid/services/T0/B0/x", "BASH_ENV": "/nowhere",
    "LD_PRELOAD": "",
  ]

  @Test("A program that gives a secret sees what it needs of the environment, and no shell")
  func secretProgram() async throws {
    let folder = try Self.folder(
      channel: """
        type: webhook, url: "http://127.0.0.1:9/in",
            secret: "exec:./helper.sh $HOME;echo", headers: { X-Own-Token: "exec:/bin/echo a b" }
        """)
    try folder.write(
      """
      #!/bin/sh
      env > seen
      echo "$@" > told
      tr '\\0' ' ' < /proc/$PPID/cmdline > parent || ps -o args= -p $PPID > parent
      echo swordfish

      """, to: "helper.sh", mode: 0o700)
    let ended = try await Binary().run(
      ["check", "--verbose"], in: folder, environment: Self.environment)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(folder.read("told") == "$HOME;echo\n")
    #expect(
      try Self.names(folder)
        == ["GNUPGHOME", "HOME", "LC_ALL", "PATH", "TMPDIR"])
    #expect(folder.read("parent")?.contains("balancealert") == true)
  }

  @Test("A program that gives invoices sees the database's settings, and leaves no core behind")
  func sourceProgram() async throws {
    let folder = try Self.folder(
      source: "command: [sh, -c, \"env > seen; cat /proc/self/limits > limits; cat books.csv\"]")
    let ended = try await Binary().shell(
      "ulimit -c unlimited; balancealert run --now 2025-03-03T12:00:00Z", in: folder,
      environment: Self.environment)
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    #expect(try Self.names(folder) == ["HOME", "LC_ALL", "PATH", "PGPASSWORD", "TMPDIR"])
    #if os(Linux)
      let limits = try #require(folder.read("limits")).split(separator: "\n")
      let core = try #require(limits.first { $0.hasPrefix("Max core file size") })
      #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
    #endif
  }

  /// Of the variables that the program has seen, but for the shell's own.
  private static func names(_ folder: TemporaryFolder) throws -> [String] {
    try #require(folder.read("seen")).split(separator: "\n")
      .compactMap { $0.split(separator: "=").first.map(String.init) }
      .filter { !["PWD", "SHLVL", "_", "OLDPWD"].contains($0) }.sorted()
  }
}
