import Foundation
import Support
import Synchronization
import Testing

@testable import Wire

/// Servers that mean harm, or are broken beyond what one expects.
struct HostileServerTests {
  private static func failure(
    _ request: HTTPRequest,
    _ options: CurlOptions = .patient
  ) async -> WireError? {
    await #expect(throws: WireError.self) {
      try await withCurlTransport(options) {
        try await $0.perform(.http(request), timeout: .ample)
      }
    }
  }

  @Test(arguments: ["Content-Length: 104857600", "Transfer-Encoding: chunked", "X-Nothing: 1"])
  func aHundredMegabytesAreNotTaken(_ header: String) async throws {
    let sent = Mutex(0)
    let listener = try Listener()
    defer { listener.stop() }
    listener.accept { connection in
      while let line = connection.line(), !line.isEmpty {}
      guard connection.write("HTTP/1.1 200 OK\r\n\(header)\r\n") else { return }
      let block = [UInt8](repeating: 65, count: 1 << 20)
      for _ in 0..<100 {
        if header.hasSuffix("chunked"), !connection.write("100000") { return }
        guard connection.write(block) else { return }
        if header.hasSuffix("chunked"), !connection.write("") { return }
        sent.withLock { $0 += 1 }
      }
    }
    let error = await Self.failure(
      HTTPRequest(.GET, "http://127.0.0.1:\(listener.port)"),
      CurlOptions(connectTimeout: .ample, maxAnswerBytes: 8 << 20))
    guard case .tooLarge = error else { return CurlTransportTests.wrong(error) }
    // The rest never came: 8 MiB, and what lay in the sockets' buffers.
    #expect(sent.withLock { $0 } < 40)
  }

  @Test func headersWithoutEndAreNotTaken() async throws {
    let listener = try Listener()
    defer { listener.stop() }
    listener.accept { connection in
      while let line = connection.line(), !line.isEmpty {}
      guard connection.write("HTTP/1.1 200 OK") else { return }
      while connection.write("X-More: " + String(repeating: "a", count: 1000)) {}
    }
    let error = await Self.failure(
      HTTPRequest(.GET, "http://127.0.0.1:\(listener.port)"),
      CurlOptions(connectTimeout: .ample, maxAnswerBytes: 1 << 20))
    switch error {
    // libcurl has a measure of its own.
    case .tooLarge, .sentThenLost: break
    default: CurlTransportTests.wrong(error)
    }
  }

  @Test func aGigabyteThatCameAsAMegabyteIsNotUnpacked() async throws {
    let bomb = try GZip.zeros(mebibytes: 1024)
    #expect(bomb.count < 2 << 20)
    let server = try LoopbackServer { _ in
      .answer(200, headers: ["Content-Encoding: gzip"], body: bomb)
    }
    defer { server.stop() }
    let before = Self.peakMemory
    let error = await Self.failure(
      HTTPRequest(.GET, server.url), CurlOptions(connectTimeout: .ample, maxAnswerBytes: 16 << 20))
    guard case .tooLarge = error else { return CurlTransportTests.wrong(error) }
    #expect(Self.peakMemory - before < 300 << 10, "in KiB")
  }

  /// In KiB.
  private static var peakMemory: Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func aTokenNeverFollowsARedirect(_ status: Int) async throws {
    let other = try LoopbackServer { _ in .text("caught") }
    defer { other.stop() }
    let server = try LoopbackServer { _ in
      .text("", status: status, headers: ["Location: \(other.url)/steal"])
    }
    defer { server.stop() }
    let token = [Header("Authorization", "Bearer secret")]
    try await withCurlTransport(.patient) { transport in
      for method in [HTTPRequest.Method.GET, .POST] {
        let response = try await transport.perform(
          .http(HTTPRequest(method, server.url, headers: token)), timeout: .ample)
        #expect(response.status == status)
      }
      // Nor by the wrappers, which repeat reads.
      let session = Session(name: "books", transport: transport)
      let read = try await session.read(HTTPRequest(.GET, server.url, headers: token))
      #expect(read.status == status)
    }
    #expect(other.connections == 0)
    #expect(server.requests.count == 3)
  }

  @Test(arguments: ["no-such-host.invalid", "a.b.c.invalid"])
  func aHostThatIsNotKnownIsNotSent(_ host: String) async {
    let error = await Self.failure(HTTPRequest(.POST, "https://\(host)/in", body: [1]))
    guard case .notSent(let why) = error else { return CurlTransportTests.wrong(error) }
    #expect(why.hasPrefix(host))
  }

  @Test func anExpiredCertificateIsUntrusted() async throws {
    let server = try TLSServer(certificateFor: "127.0.0.1", isExpired: true)
    defer { server.stop() }
    let error = await Self.failure(
      HTTPRequest(.GET, server.url), .patient(trusting: server.certificateFile))
    guard case .untrusted(let why) = error else { return CurlTransportTests.wrong(error) }
    #expect(why.contains("expired"))
  }

  @Test func aHandshakeThatIsCutIsNotSent() async throws {
    for count in [0, 1, 5, 100] {
      let listener = try Listener()
      defer { listener.stop() }
      listener.accept { _ = $0.bytes(count) }
      let error = await Self.failure(
        HTTPRequest(.POST, "https://127.0.0.1:\(listener.port)", body: [1]))
      guard case .notSent = error else { return CurlTransportTests.wrong(error) }
    }
  }
}
