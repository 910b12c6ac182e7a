import Foundation
import Support
import Synchronization
import Testing

/// The real program beside others: two at once, signals, and death.
@Suite(.serialized) struct ProcessTests {
  private static let noon = "2025-03-03T12:00:00Z"

  private static func config(_ url: String, concurrency: Int = 4) -> String {
    """
    version: 1
    organisation: Harbour Lettings
    sources: { books: { type: csv, path: books.csv } }
    channels:
      hook:
        type: webhook
        url: "\(url)/in"
        audience: customer
        max_concurrency: \(concurrency)
        timeout: 10m    # a busy machine answers late
    limits: { customer_messages_per_pass: 1000 }
    rules:
      - name: rent
        when: { balance: overdue }
        levels: [{ notify: [hook] }]

    """
  }

  private static func folder(_ url: String, accounts: Int, concurrency: Int) throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    try folder.write(config(url, concurrency: concurrency), to: "balancealert.yaml")
    var text = "account_id,document_id,due_date,currency,amount_due\n"
    for number in 1...accounts { text += "C\(number),D\(number),2025-02-01,NZD,600\n" }
    try folder.write(text, to: "books.csv")
    return folder
  }

  /// Something that happens once, and can be waited for.
  private final class Gate: Sendable {
    private let lock = NSCondition()
    private let isOpen = Mutex(false)
    func open() {
      isOpen.withLock { $0 = true }
      lock.withLock { lock.broadcast() }
    }
    /// Blocks the thread: for servers' handlers alone.
    func wait() { lock.withLock { while !isOpen.withLock({ $0 }) { lock.wait() } } }
  }

  @Test func ofTwoRunsAtOnceOneWorksAndOneSaysSo() async throws {
    let binary = try Binary()
    let gate = Gate()
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer { _ in
      arrived.yield()
      gate.wait()
      return .answer(200)
    }
    defer { server.stop() }
    let folder = try Self.folder(server.url, accounts: 1, concurrency: 1)
    let first = try binary.start(["run", "--now", Self.noon], in: folder)
    for await _ in arrivals { break }
    let second = try await binary.run(["run", "--now", Self.noon], in: folder)
    #expect(second.status == 75)
    #expect(second.errors.contains("another pass holds"))
    #expect(second.errors.contains("process \(first.identifier) on"))
    gate.open()
    #expect(await first.end().status == 0)
    #expect(server.requests.count == 1)
  }

  @Test func aSignalEndsThePassInOrder() async throws {
    let binary = try Binary()
    let gate = Gate()
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try LoopbackServer { _ in
      arrived.yield()
      gate.wait()
      return .answer(200)
    }
    defer { server.stop() }
    let folder = try Self.folder(server.url, accounts: 5, concurrency: 1)
    let running = try binary.start(["run", "--now", Self.noon], in: folder)
    for await _ in arrivals { break }
    running.terminate()
    // Let the signal arrive first: it says so in the summary.
    await until { Self.hasTaken(running) ? () : nil }
    gate.open()
    let ended = await running.end()
    #expect(ended.status == 75)
    #expect(ended.output.contains("ended early: SIGTERM came"))
    #expect(ended.output.contains("1 sent"))
    #expect(server.requests.count == 1)
    let next = try await binary.run(["run", "--now", Self.noon], in: folder)
    #expect(next.status == 0)
    #expect(server.requests.count == 5)
    #expect(Set(server.requests.map { $0.header("Idempotency-Key") }).count == 5)
  }

  /// Whether no SIGTERM waits for the process any more.
  private static func hasTaken(_ running: Running) -> Bool {
    guard
      let status = try? String(
        contentsOfFile: "/proc/\(running.identifier)/status",
        encoding: .utf8
      )
    else { return true }
    return status.split(separator: "\n").filter {
      $0.hasPrefix("ShdPnd:") || $0.hasPrefix("SigPnd:")
    }
    .allSatisfy { $0.split(separator: "\t").last.flatMap { Int($0, radix: 16) } == 0 }
  }

  @Test func killedInTheMiddleItLosesNothingAndDoublesOnlyWithTheSameKey() async throws {
    let binary = try Binary()
    let victim = Mutex<(running: Running?, at: Int)>((nil, 0))
    let count = Atomic(0)
    let server = try LoopbackServer { _ in
      let number = count.add(1, ordering: .relaxed).newValue
      victim.withLock { victim in
        if number >= victim.at, let running = victim.running {
          running.kill()
          victim.running = nil
        }
      }
      return .answer(200)
    }
    defer { server.stop() }
    let folder = try Self.folder(server.url, accounts: 200, concurrency: 8)
    for at in [1, 40, 110, 170] {
      // Held while it starts, so that no request comes before there is something to kill.
      let running = try victim.withLock { victim in
        let running = try binary.start(["run", "--now", Self.noon], in: folder)
        victim = (running, at)
        return running
      }
      #expect(await running.end().status == SIGKILL)
    }
    let last = try await binary.run(["run", "--now", Self.noon], in: folder)
    #expect(last.status == 0, "\(last.output)\(last.errors)")
    let byKey = Dictionary(grouping: server.requests) { $0.header("Idempotency-Key") ?? "" }
    #expect(byKey.count == 200)
    for (key, requests) in byKey {
      #expect(Set(requests.map(\.body)).count == 1, "\(key) was two messages")
    }
    let verified = try await binary.run(["history", "verify"], in: folder)
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test func aHostileNameChangesNoMail() async throws {
    let server = try SMTPServer()
    defer { server.stop() }
    let folder = try TemporaryFolder()
    try folder.write(
      """
      version: 1
      organisation: Harbour Lettings
      sources: { books: { type: csv, path: books.csv } }
      channels:
        email: { type: smtp, host: 127.0.0.1, port: \(server.port), tls: none, from: a@harbour.test }
      rules:
        - name: rent
          when: { balance: overdue }
          levels: [{ notify: [email] }]

      """,
      to: "balancealert.yaml"
    )
    try folder.write(
      "account_id,account_name,document_id,due_date,currency,amount_due,email\n"
        + "C1,\"Bob\r\nBcc: x@y.test\",D1,2025-02-01,NZD,600,bob@tenants.test\n"
        + "C2,\"\"\"><script>alert(1)</script>\",D2,2025-02-01,NZD,600,eve@tenants.test\n",
      to: "books.csv"
    )
    let ended = try await Binary().run(["run", "--first"], in: folder)
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    #expect(
      server.mails.map(\.recipients).sorted { $0[0] < $1[0] } == [
        ["bob@tenants.test"], ["eve@tenants.test"],
      ]
    )
    for mail in server.mails {
      let head = mail.message.components(separatedBy: "\r\n\r\n")[0]
      #expect(!head.components(separatedBy: "\r\n").contains { $0.lowercased().hasPrefix("bcc") })
      let page = mail.message.components(separatedBy: "Content-Type: text/html").last ?? ""
      #expect(page.contains("harbour") || page.contains("Harbour"))
      #expect(!page.lowercased().contains("<script"))
    }
  }

  /// A file system of our own, where that is allowed.
  @Test(.enabled(if: canMount))
  func onAFullDiskNothingMoreIsSent() async throws {
    let server = try LoopbackServer { _ in .answer(200) }
    defer { server.stop() }
    let folder = try Self.folder(server.url, accounts: 200, concurrency: 4)
    let ended = try await Binary().shell(
      """
      exec unshare -m sh -c 'mkdir disk && mount -t tmpfs -o size=256k none disk \
        && exec balancealert run --now \(Self.noon) --state disk/state.sqlite'
      """,
      in: folder
    )
    #expect(ended.status == 73)
    #expect(ended.errors.contains("the disk is full: disk/state.sqlite cannot be written"))
    #expect(server.requests.count < 200)
  }

  private static let canMount =
    (try? Helper.run(["sh", "-c", "unshare -m mount -t tmpfs none /mnt"]).status) == 0

  @Test func aStateThatCannotBeWrittenSendsNothing() async throws {
    let server = try LoopbackServer { _ in .answer(200) }
    defer { server.stop() }
    let folder = try Self.folder(server.url, accounts: 1, concurrency: 1)
    // Root may write everywhere but in a file system that takes nothing.
    let state = getuid() == 0 ? "/proc/balancealert.sqlite" : folder.file("no/state.sqlite")
    if getuid() != 0 {
      try FileManager.default.createDirectory(
        atPath: folder.file("no"),
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o500]
      )
    }
    let ended = try await Binary().run(["run", "--now", Self.noon, "--state", state], in: folder)
    #expect(ended.status == 73)
    #expect(ended.errors.contains(state))
    #expect(server.requests.isEmpty)
  }
}
