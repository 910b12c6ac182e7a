import Support
import Testing

@testable import Wire

/// Each fault by a real peer.
struct CurlTransportTests {
  private func post(_ url: String, _ body: String = "x") -> Request {
    .http(HTTPRequest(.POST, url, body: Array(body.utf8)))
  }

  private func perform(
    _ request: Request,
    timeout: Duration = .ample,
    options: CurlOptions = .patient
  ) async throws -> Response {
    try await withCurlTransport(options) { transport in
      try await transport.perform(request, timeout: timeout)
    }
  }

  private func failure(
    _ request: Request,
    timeout: Duration = .ample,
    options: CurlOptions = .patient
  ) async -> WireError? {
    await #expect(throws: WireError.self) {
      try await perform(request, timeout: timeout, options: options)
    }
  }

  @Test func aRequestArrivesAsItIsAndItsAnswerComesBack() async throws {
    let server = try LoopbackServer { _ in
      .text("hello", status: 201, headers: ["X-Id: 7", "Set-Cookie: a=1", "Set-Cookie: b=2"])
    }
    defer { server.stop() }
    let response = try await perform(
      .http(
        HTTPRequest(
          .PATCH,
          server.url + "/a%20b?x=1&y=%26",
          headers: [Header("X-Name", "wört"), Header("X-Empty", "")],
          body: Array("böd".utf8)
        )
      )
    )
    #expect(response.status == 201)
    #expect(response.text == "hello")
    #expect(response.header("x-id") == "7")
    #expect(response.headers.filter { $0.name == "Set-Cookie" }.map(\.value) == ["a=1", "b=2"])
    #expect((response.wireBytes ?? 0) > 5)
    let asked = try #require(server.requests.first)
    #expect(asked.method == "PATCH")
    #expect(asked.target == "/a%20b?x=1&y=%26")
    #expect(asked.text == "böd")
    #expect(asked.header("x-name") == "wört")
    #expect(asked.header("x-empty") == "")
    #expect(asked.header("user-agent") == "balancealert")
    #expect(asked.header("content-type") == nil)
    #expect(asked.header("expect") == nil)
    #expect(asked.header("accept-encoding")?.contains("gzip") == true)
  }

  @Test(arguments: [
    HTTPRequest.Method.GET, .POST, .PUT, .PATCH, .DELETE, .HEAD,
  ])
  func everyMethodWithoutABody(_ method: HTTPRequest.Method) async throws {
    let server = try LoopbackServer { _ in .text("ok") }
    defer { server.stop() }
    let response = try await perform(.http(HTTPRequest(method, server.url)))
    #expect(response.status == 200)
    #expect(server.requests.map(\.method) == [method.rawValue])
    #expect(server.requests.map(\.body) == [[]])
    let needsLength = [.POST, .PUT, .PATCH].contains(method)
    #expect(server.requests.first?.header("content-length") == (needsLength ? "0" : nil))
  }

  @Test func aLineEndInAHeaderMakesNoHeader() async throws {
    let server = try LoopbackServer { _ in .text("ok") }
    defer { server.stop() }
    let header = Header("X-Name", "a\r\nX-Evil: 1")
    _ = try await perform(.http(HTTPRequest(.GET, server.url, headers: [header])))
    #expect(server.requests.first?.header("x-evil") == nil)
  }

  @Test func aConnectionIsKept() async throws {
    let server = try LoopbackServer { _ in .text("ok") }
    defer { server.stop() }
    let request = post(server.url)
    try await withCurlTransport(.patient) { transport in
      for _ in 0..<20 { _ = try await transport.perform(request, timeout: .ample) }
    }
    #expect(server.requests.count == 20)
    #expect(server.connections == 1)
  }

  @Test func aRefusedConnectionIsNotSent() async throws {
    let port = try RefusingPort()
    let error = await failure(post(port.url + "/path?token=abc"))
    guard case .notSent(let why) = error else { return Self.wrong(error) }
    #expect(why.hasPrefix("127.0.0.1:\(port.port): no connection"))
    #expect(!why.contains("path") && !why.contains("abc"))
  }

  @Test func anUnknownHostIsNotSent() async {
    let error = await failure(post("https://no-such-host.invalid/secret"))
    guard case .notSent(let why) = error else { return Self.wrong(error) }
    #expect(!why.contains("secret"))
  }

  @Test func aConnectionCutAfterTheWriteIsSentThenLost() async throws {
    let server = try LoopbackServer { _ in .close }
    defer { server.stop() }
    let error = await failure(post(server.url + "/secret"))
    guard case .sentThenLost(let why) = error else { return Self.wrong(error) }
    #expect(!why.contains("secret"))
    #expect(server.requests.count == 1)
  }

  @Test func aPostIsNotRepeatedOnAKeptConnectionThatDies() async throws {
    let server = try LoopbackServer { $0.number == 1 ? .text("ok") : .close }
    defer { server.stop() }
    let request = post(server.url)
    try await withCurlTransport(.patient) { transport in
      _ = try await transport.perform(request, timeout: .ample)
      let error = await #expect(throws: WireError.self) {
        try await transport.perform(request, timeout: .ample)
      }
      guard case .sentThenLost = error else { return Self.wrong(error) }
    }
    #expect(server.requests.count == 2)
  }

  @Test func aConnectionCutInMidAnswerIsSentThenLost() async throws {
    let server = try LoopbackServer { _ in
      .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".utf8))
    }
    defer { server.stop() }
    let error = await failure(post(server.url))
    guard case .sentThenLost = error else { return Self.wrong(error) }
  }

  @Test(arguments: ["", "nonsense\r\n\r\n", "HTTP/1.1 200"])
  func whatIsNotHTTPIsSentThenLost(_ bytes: String) async throws {
    let server = try LoopbackServer { _ in .raw(Array(bytes.utf8)) }
    defer { server.stop() }
    let error = await failure(post(server.url))
    guard case .sentThenLost = error else { return Self.wrong(error) }
  }

  @Test func anAnswerLargerThanTheCapIsTooLarge() async throws {
    let server = try LoopbackServer { _ in
      .answer(200, body: Array(repeating: 65, count: 200_000))
    }
    defer { server.stop() }
    let error = await failure(
      post(server.url), options: CurlOptions(connectTimeout: .ample, maxAnswerBytes: 100_000))
    guard case .tooLarge = error else { return Self.wrong(error) }
    let response = try await perform(
      post(server.url),
      options: CurlOptions(connectTimeout: .ample, maxAnswerBytes: 300_000)
    )
    #expect(response.body.count == 200_000)
  }

  @Test func aCompressedAnswerIsUnpacked() async throws {
    let server = try LoopbackServer { _ in
      .answer(200, headers: ["Content-Encoding: gzip"], body: GZip.hello)
    }
    defer { server.stop() }
    #expect(try await perform(post(server.url)).text == "hello")
  }

  @Test func aBombIsCut() async throws {
    // 64 MiB of zeros, packed twice by hand in 64 KB.
    let bomb = try GZip.zeros(mebibytes: 64)
    #expect(bomb.count < 100_000)
    let server = try LoopbackServer { _ in
      .answer(200, headers: ["Content-Encoding: gzip"], body: bomb)
    }
    defer { server.stop() }
    let error = await failure(
      post(server.url), options: CurlOptions(connectTimeout: .ample, maxAnswerBytes: 1 << 20))
    guard case .tooLarge = error else { return Self.wrong(error) }
  }

  @Test func brokenCompressionIsSentThenLost() async throws {
    let server = try LoopbackServer { _ in
      .text("not packed at all", headers: ["Content-Encoding: gzip"])
    }
    defer { server.stop() }
    let error = await failure(post(server.url))
    guard case .sentThenLost = error else { return Self.wrong(error) }
  }

  @Test func aRedirectIsAnAnswer() async throws {
    let server = try LoopbackServer { _ in .text("", status: 302, headers: ["Location: /other"]) }
    defer { server.stop() }
    let response = try await perform(post(server.url))
    #expect(response.status == 302)
    #expect(response.header("location") == "/other")
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [
    "http://example.com/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://", "nonsense",
    "http://127.0.0.1@example.com/", "http://127.0.0.1.example.com/", "https://a b/",
    "https://user:pass@example.com/", "http://localhost.example.com/", "gopher://127.0.0.1/",
    "http://0x7f.1.example/",
  ])
  func whatIsNotAllowedIsForbidden(_ url: String) async {
    let error = await failure(post(url))
    guard case .forbidden(let why) = error else { return Self.wrong(error) }
    #expect(!why.contains("user:pass"))
  }

  @Test func cancellingCancelsTheTransfer() async throws {
    let gate = Gate()
    let server = try LoopbackServer { _ in
      Task { await gate.pass() }
      return .never
    }
    defer { server.stop() }
    let request = post(server.url)
    try await withCurlTransport(.patient) { transport in
      let task = Task { try await transport.perform(request, timeout: .ample) }
      await gate.arrived()
      task.cancel()
      let error = await #expect(throws: WireError.self) { try await task.value }
      guard case .sentThenLost = error else { return Self.wrong(error) }
      let late = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await transport.perform(request, timeout: .ample)
      }
      await #expect(throws: WireError.notSent("cancelled")) { try await late.value }
    }
    #expect(server.requests.count == 1)
  }

  @Test func whatIsStillOnItsWayWhenTheScopeEndsIsCancelled() async throws {
    let gate = Gate()
    let server = try LoopbackServer { _ in
      Task { await gate.pass() }
      return .never
    }
    defer { server.stop() }
    let request = post(server.url)
    let task = await withTaskGroup(of: Void.self) { _ in
      try? await withCurlTransport(.patient) { transport in
        let task = Task { try await transport.perform(request, timeout: .ample) }
        await gate.arrived()
        return task
      }
    }
    let error = await #expect(throws: WireError.self) { try await #require(task).value }
    guard case .sentThenLost = error else { return Self.wrong(error) }
  }

  @Test func tenThousandRequestsOverFewConnections() async throws {
    let server = try LoopbackServer { _ in .text("ok") }
    defer { server.stop() }
    let request = post(server.url, "{}")
    let good = try await withCurlTransport(.patient) { transport in
      await withTaskGroup(of: Int.self) { group in
        for _ in 0..<32 {
          group.addTask {
            var good = 0
            for _ in 0..<313 {
              let response = try? await transport.perform(request, timeout: .ample)
              if response?.status == 200 { good += 1 }
            }
            return good
          }
        }
        return await group.reduce(0, +)
      }
    }
    #expect(good == 10_016)
    #expect(server.requests.count == 10_016)
    #expect(server.connections <= 32)
  }

  /// For the other suites too.
  static func wrong(_ error: WireError?) {
    Issue.record("another kind of error: \(error.map { String(reflecting: $0) } ?? "none")")
  }
}
