import Foundation
import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 that answers, or misbehaves, as a test says. A thread a
/// connection: tests have few.
public final class LoopbackServer: Sendable {
  public struct Asked: Sendable {
    public let method: String
    /// Path and query.
    public let target: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// From 1: which request of its connection this is.
    public let number: Int

    public func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  public enum Reply: Sendable {
    case answer(_ status: Int, headers: [String] = [], body: [UInt8] = [])
    /// Exactly these bytes; then the connection is closed.
    case raw([UInt8])
    /// The connection is closed without an answer.
    case close
    /// Nothing, until the server stops.
    case never
    /// These bytes, and then nothing until the server stops.
    case stall(after: [UInt8])
    /// These bytes, and then one more now and then, without end.
    case trickle(after: [UInt8])

    public static func text(
      _ text: String,
      status: Int = 200,
      headers: [String] = []
    ) -> Reply {
      .answer(status, headers: headers, body: Array(text.utf8))
    }
  }

  private final class Log: Sendable { let asked = Mutex<[Asked]>([]) }

  public typealias Handler = @Sendable (Asked) -> Reply

  private let listener: Listener
  private let log = Log()

  /// - Parameter handler: called on the connection's thread; it may block.
  public init(_ handler: @escaping Handler) throws {
    listener = try Listener()
    listener.accept { [log] connection in
      var reader = HTTPReader(connection)
      while let request = reader.next() {
        log.asked.withLock { $0.append(request) }
        switch handler(request) {
        case .answer(let status, let headers, let body):
          var head = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.count)\r\n"
          for header in headers { head += header + "\r\n" }
          let bytes = Array((head + "\r\n").utf8) + (request.method == "HEAD" ? [] : body)
          guard connection.write(bytes) else { return }
        case .raw(let bytes):
          _ = connection.write(bytes)
          return
        case .close: return
        case .never:
          connection.waitForEnd()
          return
        case .stall(let bytes):
          if connection.write(bytes) { connection.waitForEnd() }
          return
        case .trickle(let bytes):
          guard connection.write(bytes) else { return }
          while connection.write([65]) { letPass(.milliseconds(20)) }
          return
        }
      }
    }
  }

  public var port: Int { listener.port }
  public var url: String { "http://127.0.0.1:\(port)" }
  /// Every request so far.
  public var requests: [Asked] { log.asked.withLock { $0 } }
  public var connections: Int { listener.connections }

  /// Closes everything. A test's `defer`.
  public func stop() { listener.stop() }
}

/// A port of 127.0.0.1 that refuses connections, kept from anybody else as long as this lives.
public final class RefusingPort: Sendable {
  private let socket: Int32
  public let port: Int

  public init() throws { (socket, port) = try boundSocket() }
  deinit { close(socket) }

  public var url: String { "http://127.0.0.1:\(port)" }
}

private struct HTTPReader {
  private let connection: Connection
  private var count = 0

  init(_ connection: Connection) { self.connection = connection }

  mutating func next() -> LoopbackServer.Asked? {
    guard let first = connection.line() else { return nil }
    let words = first.split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [(name: String, value: String)] = []
    while let line = connection.line(), !line.isEmpty {
      guard let colon = line.firstIndex(of: ":") else { return nil }
      headers.append(
        (
          String(line[..<colon]),
          line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        )
      )
    }
    count += 1
    let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap {
      Int($0.value)
    }
    guard let body = connection.bytes(length ?? 0) else { return nil }
    return LoopbackServer.Asked(
      method: String(words[0]),
      target: String(words[1]),
      headers: headers,
      body: body,
      number: count
    )
  }
}
