import CCurl
import Support
import Testing

@testable import Wire

private let isSpoken: Bool = {
  guard let version = curl_version_info(CURLVERSION_FIRST) else { return false }
  return version.pointee.features & CURL_VERSION_HTTP2 != 0
}()

/// HTTP/2 that breaks off: a request that may have been acted on is never said to be unsent, never
/// accepted without a whole answer, and no POST goes twice.
@Suite(.enabled("libcurl is built with HTTP/2", { isSpoken })) struct HTTP2Tests {
  private static let refused: UInt32 = 7
  private static let internalError: UInt32 = 2

  /// The answers to so many requests, one after the other.
  private func asked(
    _ method: HTTPRequest.Method,
    _ server: HTTP2Server,
    times: Int = 1
  ) async throws -> [Result<Response, WireError>] {
    let body: [UInt8]? = method == .POST ? Array("hello".utf8) : nil
    let request = HTTPRequest(method, server.url + "/in", body: body)
    return try await withCurlTransport(.patient(trusting: server.certificateFile)) {
      var results: [Result<Response, WireError>] = []
      for _ in 0..<times {
        do throws(WireError) {
          results.append(
            .success(try await $0.perform(.http(request), timeout: .ample)))
        } catch {
          results.append(.failure(error))
        }
      }
      return results
    }
  }

  private func isLost(_ result: Result<Response, WireError>?) -> Bool {
    if case .failure(.sentThenLost) = result { return true }
    Issue.record("\(String(describing: result))")
    return false
  }

  @Test func severalRequestsGoOverOneConnection() async throws {
    let server = try HTTP2Server { _ in HTTP2Server.whole }
    defer { server.stop() }
    let results = try await asked(.POST, server, times: 3)
    #expect(results.compactMap { try? $0.get().text } == ["ok", "ok", "ok"])
    #expect(server.requests == [1, 1, 1])
  }

  private static let refusals: [[HTTP2Server.Step]] = [
    [.goAway(last: 0, code: 0)], [.goAway(last: 0, code: 0), .close], [.reset(code: refused)],
  ]

  /// Both say that it was not looked at, and libcurl does not hand that on: a GOAWAY is an error of
  /// the framing to it; what was refused it would send again by itself, as it would after a
  /// connection that died.
  @Test(arguments: refusals)
  func aPostThatWasRefusedIsSentThenLostAndNotRepeated(_ steps: [HTTP2Server.Step]) async throws {
    let server = try HTTP2Server { $0 == 0 ? steps : HTTP2Server.whole }
    defer { server.stop() }
    let results = try await asked(.POST, server, times: 2)
    #expect(isLost(results.first))
    #expect(try results.last?.get().text == "ok")
    // The second is the second of this test, by another connection.
    #expect(server.requests.count == 2 && server.requests.first == 1)
  }

  @Test(arguments: refusals)
  func aReadThatWasRefusedIsRepeated(_ steps: [HTTP2Server.Step]) async throws {
    let server = try HTTP2Server { $0 == 0 ? steps : HTTP2Server.whole }
    defer { server.stop() }
    let clock = WireClock(
      now: { .now }, unixSeconds: { 0 }, sleep: { _ in }, jitter: { 0 })
    let answer = try await withCurlTransport(.patient(trusting: server.certificateFile)) {
      try await Session(name: "books", transport: $0, clock: clock)
        .read(HTTPRequest(.GET, server.url))
    }
    #expect(answer.text == "ok")
    #expect(server.requests.count == 2)
  }

  /// Its stream is among those that were looked at; or the answer ends before its end.
  @Test(
    arguments: [
      [.goAway(last: 1, code: 0), .close], [.goAway(last: 1, code: internalError), .close],
      [.reset(code: internalError)], [.close], [.reset(code: 0)],
      [.head(endsStream: false), .body("o", endsStream: false), .reset(code: 0)],
      [.head(endsStream: false), .reset(code: 0)],
      [.head(endsStream: false), .close],
      [.head(endsStream: false), .reset(code: internalError)],
      [.head(endsStream: false), .body("o", endsStream: false), .close],
      [.head(endsStream: false), .body("o", endsStream: false), .reset(code: internalError)],
      [.head(endsStream: false), .body("o", endsStream: false), .goAway(last: 1, code: 0), .close],
    ] as [[HTTP2Server.Step]])
  func whatBreaksOffIsSentThenLost(_ steps: [HTTP2Server.Step]) async throws {
    let server = try HTTP2Server { _ in steps }
    defer { server.stop() }
    #expect(isLost(try await asked(.POST, server).first))
    #expect(server.requests == [1])
  }

  @Test(arguments: [true, false])
  func afterAnAnswerAndAGoodbyeTheNextTakesAnotherConnection(_ closes: Bool) async throws {
    let server = try HTTP2Server { _ in
      HTTP2Server.whole + [.goAway(last: 1, code: 0)] + (closes ? [.close] : [])
    }
    defer { server.stop() }
    let results = try await asked(.POST, server, times: 3)
    #expect(results.compactMap { try? $0.get().text } == ["ok", "ok", "ok"])
    #expect(server.requests == [1, 2, 3])
  }
}
