import Support
import Testing

@testable import Wire

struct TLSTests {
  private func perform(
    _ request: Request,
    options: CurlOptions = .patient
  ) async throws -> Response {
    try await withCurlTransport(options) { transport in
      try await transport.perform(request, timeout: .ample)
    }
  }

  private func failure(
    _ request: Request,
    options: CurlOptions = .patient
  ) async -> WireError? {
    await #expect(throws: WireError.self) { try await perform(request, options: options) }
  }

  @Test func anUnknownCertificateIsUntrusted() async throws {
    let server = try TLSServer(certificateFor: "127.0.0.1")
    defer { server.stop() }
    let request = Request.http(HTTPRequest(.GET, server.url + "/secret"))
    let error = await failure(request)
    guard case .untrusted(let why) = error else { return CurlTransportTests.wrong(error) }
    #expect(!why.contains("/secret"))
    let options = CurlOptions.patient(trusting: server.certificateFile)
    #expect(try await perform(request, options: options).status == 200)
  }

  @Test func aCertificateForAnotherHostIsUntrusted() async throws {
    let server = try TLSServer(certificateFor: "other.example")
    defer { server.stop() }
    let options = CurlOptions.patient(trusting: server.certificateFile)
    let error = await failure(.http(HTTPRequest(.GET, server.url)), options: options)
    guard case .untrusted = error else { return CurlTransportTests.wrong(error) }
  }

  @Test func httpsToAServerWithoutTLSIsNotSent() async throws {
    let server = try LoopbackServer { _ in .text("ok") }
    defer { server.stop() }
    let error = await failure(.http(HTTPRequest(.POST, "https://127.0.0.1:\(server.port)/")))
    guard case .notSent = error else { return CurlTransportTests.wrong(error) }
  }
}
