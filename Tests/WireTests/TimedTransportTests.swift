import Foundation
import Support
import Synchronization
import Testing

@testable import Wire

/// What runs out of time, by real peers that were reached by then.
@Suite(.serialized) struct TimedTransportTests {
  private static func failure(
    _ request: Request,
    _ options: CurlOptions = .patient,
    within time: Duration
  ) async -> WireError? {
    await #expect(throws: WireError.self) {
      try await withCurlTransport(options) { try await $0.perform(request, timeout: time) }
    }
  }

  @Test func noAnswerInTimeIsSentThenLost() async throws {
    try await growing(from: .milliseconds(100)) { time in
      let server = try LoopbackServer { _ in .never }
      defer { server.stop() }
      let error = await Self.failure(
        .http(HTTPRequest(.POST, server.url, body: [1])), within: time)
      if server.requests.isEmpty { return nil }
      guard case .sentThenLost(let why) = error else { return CurlTransportTests.wrong(error) }
      #expect(why == "127.0.0.1:\(server.port): no answer in time")
    }
  }

  /// A byte at a time, each as soon as the client has taken the one before: not slow, and never
  /// done. The time-out is of the whole.
  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
  ])
  func anAnswerWithoutEndIsCutByTheTimeout(_ start: String) async throws {
    try await growing(from: .milliseconds(200)) { time in
      let server = try LoopbackServer { _ in .trickle(after: Array(start.utf8)) }
      defer { server.stop() }
      let error = await Self.failure(.http(HTTPRequest(.POST, server.url)), within: time)
      if server.requests.isEmpty { return nil }
      guard case .sentThenLost(let why) = error else { return CurlTransportTests.wrong(error) }
      #expect(why.hasSuffix("no answer in time"))
    }
  }

  @Test func silenceInTheHandshakeIsNotSent() async throws {
    try await growing(from: .milliseconds(100)) { time in
      let listener = try Listener()
      defer { listener.stop() }
      listener.accept { $0.waitForEnd() }
      let error = await Self.failure(
        .http(HTTPRequest(.POST, "https://127.0.0.1:\(listener.port)", body: [1])),
        CurlOptions(connectTimeout: time), within: .ample)
      if listener.connections == 0 { return nil }
      guard case .notSent(let why) = error else { return CurlTransportTests.wrong(error) }
      #expect(why.hasSuffix("no connection in time"))
    }
  }

  @Test func noReplyToTheTextOfAMailInTimeIsSentThenLost() async throws {
    try await growing(from: .milliseconds(100)) { time in
      let reached = Mutex(false)
      let server = try SMTPServer([.message: .never]) { reached.withLock { $0 = true } }
      defer { server.stop() }
      let mail = MailRequest(
        host: "127.0.0.1", port: server.port, security: .none, username: nil, password: nil,
        sender: "a@a.example", recipients: ["b@b.example"], message: Array("hello\r\n".utf8))
      let error = await Self.failure(.mail(mail), within: time)
      if !reached.withLock({ $0 }) { return nil }
      guard case .sentThenLost = error else { return CurlTransportTests.wrong(error) }
    }
  }

  // MARK: Files and programs

  private static func perform(_ request: Request, _ time: Duration) async throws -> Response {
    try await LocalTransport().perform(request, timeout: time)
  }

  /// A pipe that is not read to its end is what a file on a disk that is away is: writing to it
  /// never returns.
  @Test func whatHangsIsLeftWhenItsTimeIsOver() async throws {
    try await growing(from: .milliseconds(50)) { time in
      let folder = try TemporaryFolder()
      let (first, second) = (folder.file("first"), folder.file("second"))
      for pipe in [first, second] { try #require(mkfifo(pipe, 0o600) == 0) }
      let late = "it takes longer than \(time.wholeSeconds) s"
      await #expect(throws: WireError.notSent("\(first): \(late)")) {
        try await Self.perform(.file(path: first), time)
      }
      let end = open(second, O_RDONLY | O_NONBLOCK)
      defer { close(end) }
      let bytes = [UInt8](repeating: 65, count: 1 << 20)
      let error = await #expect(throws: WireError.self) {
        try await Self.perform(.append(AppendRequest(.file(second), bytes: bytes)), time)
      }
      // It waits behind the first, and was surely not begun.
      await #expect(throws: WireError.notSent("\(second): \(late)")) {
        try await Self.perform(.append(AppendRequest(.file(second), bytes: [1])), time)
      }
      var taken = [UInt8](repeating: 0, count: 1 << 20)
      let wasBegun = read(end, &taken, 1) == 1
      // Whoever still writes comes to an end.
      while read(end, &taken, taken.count) != 0 {}
      guard wasBegun else { return nil }
      #expect(error == .sentThenLost("\(second): \(late)"))
      // Another file is not held up.
      let other = AppendRequest(.file(folder.file("out.jsonl")), bytes: [1])
      #expect(try await Self.perform(.append(other), .ample).status == 200)
    }
  }

  @Test(arguments: ["sleep 3600", "sleep 3600 & wait", "exec >&- 2>&-; sleep 3600"])
  func aProgramThatTakesTooLongIsKilledWithItsChildren(_ script: String) async throws {
    try await growing(from: .milliseconds(100)) { time in
      let folder = try TemporaryFolder()
      let begun = folder.file("begun")
      await #expect(throws: WireError.notSent("sh: took longer than \(time.wholeSeconds) s")) {
        try await Self.perform(.command(["sh", "-c", "echo > '\(begun)'; \(script)"]), time)
      }
      return folder.read("begun").map { _ in () }
    }
  }
}
