import Support
import Testing
import Wire

@Suite struct SessionTests {
  private let get = HTTPRequest(.GET, "https://api.example/items")

  private func session(
    _ transport: ScriptedTransport,
    _ clock: TestClock,
    _ policy: SessionPolicy = SessionPolicy()
  ) -> Session {
    Session(name: "books", transport: transport, policy: policy, clock: clock.clock)
  }

  private func scripted(_ answers: Answers) -> ScriptedTransport {
    ScriptedTransport { _ throws(WireError) in try answers.next() }
  }

  @Test(arguments: [408, 425, 429, 500, 502, 503, 504])
  func aReadIsRepeatedAfter(_ code: Int) async throws {
    let transport = scripted(Answers(status(code), ok("later")))
    let clock = TestClock()
    let response = try await session(transport, clock).read(get)
    #expect(response.text == "later")
    #expect(await transport.requests.count == 2)
    #expect(clock.sleeps.count == 1)
  }

  @Test(arguments: [200, 204, 301, 400, 401, 403, 404, 501])
  func aReadIsNotRepeatedAfter(_ code: Int) async throws {
    let transport = scripted(Answers(status(code), ok()))
    let response = try await session(transport, TestClock()).read(get)
    #expect(response.status == code)
    #expect(await transport.requests.count == 1)
  }

  @Test(arguments: [WireError.notSent("x"), .sentThenLost("x")])
  func aReadIsRepeatedAfterALostConnection(_ error: WireError) async throws {
    let transport = scripted(Answers(.failure(error), ok("later")))
    #expect(try await session(transport, TestClock()).read(get).text == "later")
  }

  @Test(arguments: [
    WireError.tooLarge("x"), .untrusted("x"), .forbidden("x"), .noRecording("x"),
    .signInNeeded("x"),
  ])
  func aReadIsNotRepeatedAfterWhatWillNotChange(_ error: WireError) async throws {
    let transport = scripted(Answers(.failure(error), ok()))
    await #expect(throws: error) { try await session(transport, TestClock()).read(get) }
    #expect(await transport.requests.count == 1)
  }

  @Test func performIsOneTry() async throws {
    let transport = scripted(Answers(status(503), ok()))
    let response = try await session(transport, TestClock()).perform(.http(get))
    #expect(response.status == 503)
    #expect(await transport.requests.count == 1)
  }

  @Test func pausesGrowAndTheLastAnswerIsReturned() async throws {
    let transport = scripted(Answers(status(502)))
    let clock = TestClock(jitter: 500)
    let response = try await session(transport, clock).read(get)
    #expect(response.status == 502)
    #expect(await transport.requests.count == 4)
    #expect(clock.sleeps == [.milliseconds(375), .milliseconds(750), .milliseconds(1500)])
  }

  @Test func retryAfterInSecondsIsKept() async throws {
    let transport = scripted(Answers(status(429, [Header("retry-after", "17")]), ok("later")))
    let clock = TestClock()
    #expect(try await session(transport, clock).read(get).text == "later")
    #expect(clock.sleeps == [.seconds(17)])
  }

  @Test func retryAfterAsADateIsKept() async throws {
    let date = Header("Retry-After", "Fri, 15 Jan 2027 08:00:25 GMT")
    let transport = scripted(Answers(status(503, [date]), ok("later")))
    let clock = TestClock(unixSeconds: 1_800_000_000)  // 2027-01-15T08:00:00Z
    #expect(try await session(transport, clock).read(get).text == "later")
    #expect(clock.sleeps == [.seconds(25)])
  }

  @Test func aLongRetryAfterIsNotSleptThroughAndHoldsTheOtherReads() async throws {
    let transport = scripted(Answers(status(429, [Header("Retry-After", "3600")]), ok()))
    let clock = TestClock()
    let session = session(transport, clock)
    #expect(try await session.read(get).status == 429)
    await #expect(throws: WireError.notSent("books: the platform asked for a wait of 3600 s")) {
      try await session.read(get)
    }
    #expect(clock.sleeps.isEmpty)
    #expect(await transport.requests.count == 1)
    clock.advance(.seconds(3600))
    #expect(try await session.read(get).status == 200)
  }

  @Test func noPauseGoesPastTheDeadline() async throws {
    let transport = scripted(Answers(status(503, [Header("Retry-After", "20")]), ok()))
    let clock = TestClock()
    let policy = SessionPolicy(deadline: clock.start + .seconds(10))
    #expect(try await session(transport, clock, policy).read(get).status == 503)
    #expect(clock.sleeps.isEmpty)
  }

  @Test func thePaceIsNeverExceededInAnyWindow() async throws {
    let transport = scripted(Answers(ok()))
    let clock = TestClock()
    let policy = SessionPolicy(rate: Rate(3, per: .seconds(60)), maxConcurrency: 1)
    let session = session(transport, clock, policy)
    for _ in 0..<7 { _ = try await session.perform(.http(get)) }
    #expect(clock.sleeps == [.seconds(60), .seconds(60)])
  }

  @Test func atMostSoManyRequestsAtOnce() async throws {
    let gauge = Gauge()
    let transport = ScriptedTransport { _ throws(WireError) in
      await gauge.enter()
      for _ in 0..<20 { await Task.yield() }
      await gauge.leave()
      return Response(status: 200)
    }
    let session = session(transport, TestClock(), SessionPolicy(maxConcurrency: 3))
    await withTaskGroup { group in
      for _ in 0..<40 { group.addTask { _ = try? await session.perform(.http(get)) } }
    }
    #expect(await gauge.most <= 3)
    #expect(await gauge.now == 0)
    #expect(await transport.requests.count == 40)
  }

  @Test func aCancelledRequestGivesUpItsTurn() async throws {
    let gate = Gate()
    let transport = ScriptedTransport { _ throws(WireError) in
      await gate.pass()
      return Response(status: 200)
    }
    let session = session(transport, TestClock(), SessionPolicy(maxConcurrency: 1))
    let first = Task { try await session.perform(.http(get)) }
    await gate.arrived()
    let second = Task { try await session.perform(.http(get)) }
    second.cancel()
    await #expect(throws: WireError.notSent("cancelled while waiting for its turn")) {
      try await second.value
    }
    await gate.open()
    #expect(try await first.value.status == 200)
    #expect(try await session.perform(.http(get)).status == 200)
  }

  @Test func callsAndBytesAreCountedAndTheBudgetStops() async throws {
    let transport = scripted(Answers(status(503), ok("12345")))
    let policy = SessionPolicy(callsPerDay: 900, callsUsedToday: 897)
    let session = session(transport, TestClock(), policy)
    _ = try await session.read(get)
    #expect(session.usage == Usage(calls: 2, bytes: 5))
    _ = try await session.read(get)
    await #expect(throws: WireError.overBudget("books: the budget of 900 calls a day is used up")) {
      try await session.read(get)
    }
    #expect(session.usage.calls == 3)
  }

  @Test func whatWasNotSentIsNotCounted() async throws {
    let session = session(scripted(Answers(.failure(.notSent("x")))), TestClock())
    _ = try? await session.perform(.http(get))
    #expect(session.usage.calls == 0)
  }

  @Test func bytesOfTheWireCountWhereTheyAreKnown() async throws {
    let packed = Response(status: 200, body: Array("unpacked".utf8), wireBytes: 3)
    let session = session(scripted(Answers(.success(packed))), TestClock())
    _ = try await session.read(get)
    #expect(session.usage.bytes == 3)
  }
}

private actor Gauge {
  private(set) var now = 0
  private(set) var most = 0

  func enter() {
    now += 1
    most = max(most, now)
  }
  func leave() { now -= 1 }
}

/// Holds whoever comes until it is opened.
actor Gate {
  private var isOpen = false
  private var hasArrived = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var watching: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    hasArrived = true
    watching.forEach { $0.resume() }
    watching = []
    if !isOpen { await withCheckedContinuation { waiting.append($0) } }
  }

  func arrived() async {
    if !hasArrived { await withCheckedContinuation { watching.append($0) } }
  }

  func open() {
    isOpen = true
    waiting.forEach { $0.resume() }
    waiting = []
  }
}
