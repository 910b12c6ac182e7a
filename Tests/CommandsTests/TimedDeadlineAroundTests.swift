import Foundation
import Support
import Synchronization
import Testing

/// What hangs before, beside and after a pass: secrets, monitors, ops, the resolver, a proxy.
@Suite(.serialized) struct TimedDeadlineAroundTests {
  /// The pass has not begun: no state is made, and the problem names the key and the program.
  @Test func aSecretThatHangsIsAProblemOfTheConfig() async {
    // A child of the second holds the pipe.
    let scripts = ["exec sleep 1000", "setsid sleep 30 & exit 0"]
    await Pace.sideBySide(scripts) { script in
      try await Pace.hanging { time in
        let world = try HangingWorld()
        try world.folder.write("echo > begun; \(script)\n", to: "hold.sh")
        try world.configure(way: "{ type: slack, webhook_url: \"exec:/bin/sh hold.sh\" }")
        let ended = try await world.run(deadline: time)
        if world.folder.read("begun") == nil { return nil }
        #expect(ended.status == 78)
        #expect(ended.errors.contains("channels.way.webhook_url"), "\(ended.errors)")
        #expect(ended.errors.contains("the command /bin/sh did not end by the deadline"))
        #expect(world.folder.read("state.sqlite") == nil)
      }
    }
  }

  private enum Late: Sendable { case rotation(Silence), monitors, ops, names }

  /// A sign-in that may rotate a token, and whoever is told of a pass.
  @Test func whatHasFiveSecondsMoreEndsSoonAfterThePass() async {
    await Pace.sideBySide(Silence.allCases.map(Late.rotation) + [.monitors, .ops, .names]) { late in
      switch late {
      case .rotation(let silence):
        try await TimedDeadlineTests.signInHangs(
          silence, grant: "refresh_token, refresh_token: \"env:KEY\"")
      case .monitors: try await Pace.hanging(Self.monitorsHang)
      case .ops: try await Pace.hanging(Self.opsHangs)
      case .names: try await Pace.hanging(Self.namesHang)
      }
    }
  }

  private static func monitorsHang(_ time: Duration) async throws -> Void? {
    let listener = try Listener()
    defer { listener.stop() }
    listener.accept { $0.waitForEnd() }
    let world = try HangingWorld()
    try world.configure(more: "heartbeat_url: \"http://127.0.0.1:\(listener.port)/h\"")
    let ended = try await world.pass(deadline: time)
    // The start and the end.
    guard ended.hadTime, listener.connections == 2 else { return nil }
    // It is no failure of the pass, which was done by then.
    #expect(ended.exit == 0)
    #expect(ended.statuses == ["sent"] && world.written == 1)
    #expect(ended.notices.contains { $0.hasPrefix("heartbeat_url: 127.0.0.1") })
    return ()
  }

  /// However many it tells.
  private static func opsHangs(_ time: Duration) async throws -> Void? {
    let asked = Mutex(0)
    let listener = try Listener()
    defer { listener.stop() }
    listener.accept { connection in
      // The first is the tenant's, whose address is refused, which ops is to hear.
      var isOps = false
      while let line = connection.line(), !line.isEmpty { isOps = isOps || line.contains("Mess") }
      guard !isOps else {
        asked.withLock { $0 += 1 }
        return connection.waitForEnd()
      }
      _ = connection.write("HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\nno")
    }
    let url = "http://127.0.0.1:\(listener.port)"
    let world = try HangingWorld()
    try world.configure(
      way: "{ type: webhook, url: \"\(url)/in\" }",
      channels: """
          team:
            type: twilio
            base_url: "\(url)"
            account_sid: AC1
            auth_token: "env:KEY"
            from: "+6421000000"
            timeout: 1h
            audience: team
            to: ["+6421555001", "+6421555002", "+6421555003"]
        """,
      more: "ops: [team]")
    let ended = try await world.pass(deadline: time, environment: ["KEY": "token"])
    guard ended.hadTime, asked.withLock({ $0 }) > 0 else { return nil }
    #expect(ended.exit == 75, "\(ended.notices)")
    #expect(ended.statuses == ["failed"])
    #expect(ended.notices.count { $0.contains("ops could not be told") } == 3)
    return ()
  }

  /// A resolver that never answers, in place of the system's: it is the system's call that hangs,
  /// on a thread of libcurl's, and what libcurl does then is what counts.
  private static func namesHang(_ time: Duration) async throws -> Void? {
    guard HangingResolver.isAvailable else { return () }
    let world = try HangingWorld()
    let resolver = try HangingResolver(in: world.folder)
    try world.configure(
      sources: "  shop: { type: stripe, api_key: \"env:KEY\", base_url: \"https://a.test\" }",
      way: "{ type: webhook, url: \"https://b.test/in\" }",
      channels: "  mail: { type: smtp, host: c.test, from: a@b.test, audience: team,"
        + " to: [a@b.test] }",
      more: "ops: [mail]\nheartbeat_url: \"https://d.test/h\"")
    let ended = try await world.pass(
      deadline: time, now: nil,
      environment: ["KEY": "rk_test_1"].merging(resolver.environment) { $1 })
    guard resolver.names.isSuperset(of: ["a.test", "b.test", "d.test"]) else { return nil }
    #expect(ended.exit == 75)
    #expect(ended.sources.map(\.status) == ["polled", "failed"])
    // Nothing of it had left.
    #expect(ended.statuses == ["pending"], "\(ended.deliveries)")
    return ()
  }

  @Test func aProxyThatHangsOrRefuses() async {
    await Pace.sideBySide([true, false]) { isSilent in
      try await Pace.hanging { try await Self.proxyHangs(isSilent, within: $0) }
    }
  }

  private static func proxyHangs(_ isSilent: Bool, within time: Duration) async throws -> Void? {
    let asked = Mutex<[String]>([])
    let reached = Reached()
    let proxy = try Listener()
    defer { proxy.stop() }
    proxy.accept { connection in
      while let line = connection.line(), !line.isEmpty { asked.withLock { $0.append(line) } }
      reached.now()
      if isSilent { return connection.waitForEnd() }
      _ = connection.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    }
    let world = try HangingWorld()
    try world.configure(
      way: "{ type: webhook, url: \"https://hook.invalid/in\", secret: \"env:KEY\" }")
    let ended = try await world.pass(
      within: time,
      now: nil,
      environment: ["KEY": "swordfish", "HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)"],
      reached: { reached.date })
    guard let ended else { return nil }
    #expect(ended.exit == 75)
    #expect(ended.statuses == ["pending"], "\(isSilent): \(ended)")
    let lines = asked.withLock { $0 }
    #expect(lines.contains("CONNECT hook.invalid:443 HTTP/1.1"))
    #expect(!lines.contains { $0.contains("/in") || $0.lowercased().contains("signature") })
    return ()
  }

  /// It is tried again until there is no time for one more try.
  @Test func aProxyThatIsNotThere() async throws {
    let refusing = try RefusingPort()
    let world = try HangingWorld()
    try world.configure(way: "{ type: webhook, url: \"https://hook.invalid/in\" }")
    let ended = try await world.pass(
      deadline: .seconds(1), now: nil, environment: ["HTTPS_PROXY": refusing.url])
    #expect(ended.exit == 75)
    #expect(ended.statuses == ["pending"])
  }
}

/// `getaddrinfo` that writes down what it is asked, and never returns; put before the system's.
private struct HangingResolver {
  private let folder: TemporaryFolder

  static let isAvailable: Bool = {
    #if os(Linux)
      return (try? run(["cc", "--version"])) == 0 || (try? run(["clang", "--version"])) == 0
    #else
      return false
    #endif
  }()

  init(in folder: TemporaryFolder) throws {
    self.folder = folder
    try folder.write(
      """
      #include <fcntl.h>
      #include <stdlib.h>
      #include <string.h>
      #include <unistd.h>
      int getaddrinfo(const char *node, const char *service, const void *hints, void *found) {
        int file = open("\(folder.file("names"))", O_WRONLY | O_APPEND | O_CREAT, 0600);
        if (write(file, node, strlen(node)) < 0 || write(file, "\\n", 1) < 0) abort();
        for (;;) pause();
      }

      """, to: "resolver.c")
    let name = try Self.run(["cc", "--version"]) == 0 ? "cc" : "clang"
    let status = try Self.run(
      [name, "-shared", "-fPIC", "-o", folder.file("resolver.so"), folder.file("resolver.c")])
    try #require(status == 0)
  }

  var environment: [String: String] { ["LD_PRELOAD": folder.file("resolver.so")] }

  var names: Set<String> {
    Set((folder.read("names") ?? "").split(separator: "\n").map(String.init))
  }

  private static func run(_ words: [String]) throws -> Int32 {
    try Helper.run(words).status
  }
}
