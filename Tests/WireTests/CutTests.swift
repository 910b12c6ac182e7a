import Foundation
import Support
import Synchronization
import Testing

@testable import Wire

/// The line is cut after each byte, of the request and of the answer: `notSent` is never said once
/// the server may have acted.
struct CutTests {
  private static func failure(
    _ transport: CurlTransport,
    _ url: String,
    body: [UInt8] = Array("hello".utf8)
  ) async -> WireError? {
    do throws(WireError) {
      _ = try await transport.perform(
        .http(HTTPRequest(.POST, url, body: body)), timeout: .ample)
      return nil
    } catch {
      return error
    }
  }

  @Test func anAnswerThatIsCutAfterAnyByteIsSentThenLost() async throws {
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Id: 7\r\n\r\nhello".utf8)
    let length = Mutex(0)
    let server = try LoopbackServer { _ in .raw(Array(answer.prefix(length.withLock { $0 }))) }
    defer { server.stop() }
    try await withCurlTransport(.patient) { transport in
      for count in 0..<answer.count {
        length.withLock { $0 = count }
        let error = await Self.failure(transport, server.url)
        guard case .sentThenLost = error else { return CurlTransportTests.wrong(error) }
      }
      length.withLock { $0 = answer.count }
      #expect(await Self.failure(transport, server.url) == nil)
    }
    #expect(server.requests.count == answer.count + 1)
  }

  @Test func aChunkedAnswerThatIsCutAfterAnyByteIsSentThenLost() async throws {
    let answer = Array(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n".utf8)
    let length = Mutex(0)
    let server = try LoopbackServer { _ in .raw(Array(answer.prefix(length.withLock { $0 }))) }
    defer { server.stop() }
    try await withCurlTransport(.patient) { transport in
      // The last chunk ends it; what comes after that are line ends.
      for count in 0..<answer.count - 4 {
        length.withLock { $0 = count }
        let error = await Self.failure(transport, server.url)
        guard case .sentThenLost = error else {
          Issue.record("after \(count) bytes")
          return CurlTransportTests.wrong(error)
        }
      }
    }
  }

  @Test func aRequestOfWhichAnyNumberOfBytesWasReadIsSentThenLost() async throws {
    let length = Mutex(0)
    let heard = Mutex<[Int]>([])
    let listener = try Listener()
    defer { listener.stop() }
    listener.accept { connection in
      let count = length.withLock { $0 }
      let bytes = connection.bytes(count)
      heard.withLock { $0.append(bytes?.count ?? -1) }
    }
    let url = "http://127.0.0.1:\(listener.port)/in"
    try await withCurlTransport(.patient) { transport in
      for count in 0...120 {
        length.withLock { $0 = count }
        let error = await Self.failure(transport, url)
        switch error {
        case .sentThenLost: break
        // Cut before the first byte was written: nothing of it can have been read.
        case .notSent where count == 0: break
        default: return CurlTransportTests.wrong(error)
        }
      }
    }
    #expect(heard.withLock { $0 } == Array(0...120))
  }

  @Test func aLargeRequestThatIsCutInTheMiddleIsSentThenLost() async throws {
    let length = Mutex(0)
    let listener = try Listener()
    defer { listener.stop() }
    listener.accept { connection in _ = connection.bytes(length.withLock { $0 }) }
    let body = [UInt8](repeating: 65, count: 8 << 20)
    try await withCurlTransport(.patient) { transport in
      for count in [1, 1000, 100_000, 4 << 20] {
        length.withLock { $0 = count }
        let error = await Self.failure(transport, "http://127.0.0.1:\(listener.port)", body: body)
        guard case .sentThenLost = error else { return CurlTransportTests.wrong(error) }
      }
    }
  }
}
