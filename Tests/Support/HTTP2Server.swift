import Foundation
import Synchronization

/// An HTTP/2 server on 127.0.0.1 that speaks as little of it as a test needs (RFC 9113), and breaks
/// off where the test says. TLS, without which nobody speaks HTTP/2, is a Python script in front.
public final class HTTP2Server: Sendable {
  public enum Step: Sendable {
    /// HEADERS with the status 200; with END_STREAM when there is no body to come.
    case head(endsStream: Bool)
    /// DATA.
    case body(String, endsStream: Bool)
    /// GOAWAY: streams above `last` were not looked at.
    case goAway(last: UInt32, code: UInt32)
    /// RST_STREAM.
    case reset(code: UInt32)
    /// Closes the connection.
    case close
  }

  /// 200 with a body, whole.
  public static let whole: [Step] = [.head(endsStream: false), .body("ok", endsStream: true)]

  private let listener: Listener
  private let folder: TemporaryFolder
  private let tunnel: Helper
  /// Of the tunnel.
  public let port: Int
  private final class Log: Sendable { let requests = Mutex<[Int]>([]) }
  private let log = Log()

  /// - Parameter script: what follows a whole request; told how many came before it.
  public init(_ script: @escaping @Sendable (_ before: Int) -> [Step]) throws {
    listener = try Listener()
    folder = try TemporaryFolder()
    try TLSServer.makeCertificate(for: "127.0.0.1", in: folder.path)
    try folder.write(Self.program, to: "tunnel.py")
    tunnel = try Helper(["python3", folder.file("tunnel.py"), folder.path, "\(listener.port)"])
    guard let port = tunnel.line().flatMap({ Int($0) }) else {
      throw TLSServer.Unavailable(description: "no python3 with TLS")
    }
    self.port = port
    listener.accept { [log, listener] connection in
      let number = listener.connections
      HTTP2Talk(connection).run {
        log.requests.withLock { requests in
          requests.append(number)
          return script(requests.count - 1)
        }
      }
    }
  }

  public var url: String { "https://127.0.0.1:\(port)" }
  public var certificateFile: String { folder.file("certificate.pem") }
  /// Of each whole request so far, the number of the connection it came by.
  public var requests: [Int] { log.requests.withLock { $0 } }

  public func stop() {
    tunnel.kill()
    listener.stop()
  }

  /// Ends TLS, and says that it speaks HTTP/2; when the server closes, the client's side is closed.
  private static let program = """
    import os, socket, ssl, sys, threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1] + "/certificate.pem", sys.argv[1] + "/key.pem")
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)

    def serve(raw):
        inner = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
        try:
            outer = context.wrap_socket(raw, server_side=True)
        except OSError:
            inner.close()
            return
        threading.Thread(target=pump, args=(inner, outer), daemon=True).start()
        pump(outer, inner)

    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        raw_close(sink)

    def raw_close(it):
        try:
            it.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def accept():
        while True:
            raw, _ = listener.accept()
            threading.Thread(target=serve, args=(raw,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    os._exit(0)

    """
}

/// One connection.
private struct HTTP2Talk {
  private let connection: Connection

  private enum Kind: UInt8 { case data, headers, reset = 3, settings, goAway = 7 }

  init(_ connection: Connection) { self.connection = connection }

  func run(_ script: () -> [HTTP2Server.Step]) {
    guard connection.bytes(24) == Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
      connection.write(frame(.settings, stream: 0))
    else { return }
    while let head = connection.bytes(9) {
      let length = head[..<3].reduce(0) { $0 << 8 | Int($1) }
      guard connection.bytes(length) != nil else { return }
      let stream = head[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      switch Kind(rawValue: head[3]) {
      case .settings where head[4] & 1 == 0:
        guard connection.write(frame(.settings, flags: 1, stream: 0)) else { return }
      // END_STREAM: the request is whole.
      case .headers where head[4] & 1 == 1, .data where head[4] & 1 == 1:
        guard play(script(), stream) else { return }
      default: break
      }
    }
  }

  /// All in one write, so that nothing comes between.
  /// - Returns: whether the connection goes on.
  private func play(_ steps: [HTTP2Server.Step], _ stream: UInt32) -> Bool {
    var bytes: [UInt8] = []
    for step in steps {
      switch step {
      // 0x88: `:status: 200` of HPACK's table. END_HEADERS is 4, END_STREAM 1.
      case .head(let ends): bytes += frame(.headers, flags: ends ? 5 : 4, stream: stream, [0x88])
      case .body(let text, let ends):
        bytes += frame(.data, flags: ends ? 1 : 0, stream: stream, Array(text.utf8))
      case .goAway(let last, let code):
        bytes += frame(.goAway, stream: 0, Self.bytes(last) + Self.bytes(code))
      case .reset(let code): bytes += frame(.reset, stream: stream, Self.bytes(code))
      case .close:
        _ = connection.write(bytes)
        return false
      }
    }
    return connection.write(bytes)
  }

  private func frame(
    _ kind: Kind,
    flags: UInt8 = 0,
    stream: UInt32,
    _ payload: [UInt8] = []
  ) -> [UInt8] {
    Array(Self.bytes(UInt32(payload.count)).dropFirst()) + [kind.rawValue, flags]
      + Self.bytes(stream) + payload
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
  }
}
