import Foundation
import Synchronization

/// A listening socket of 127.0.0.1 on a port that the system chose, with a thread a connection.
public final class Listener: Sendable {
  private struct State {
    var open: Set<Int32> = []
    var count = 0
    var isStopped = false
  }
  private let socket: Int32
  public let port: Int
  private let state = Mutex(State())

  public init() throws {
    (socket, port) = try boundSocket()
    guard listen(socket, 512) == 0 else { throw POSIXError(.EADDRINUSE) }
  }

  public var connections: Int { state.withLock { $0.count } }

  public func accept(_ serve: @escaping @Sendable (Connection) -> Void) {
    Thread { [self] in
      while true {
        let file = Foundation.accept(socket, nil, nil)
        if file < 0, errno == EINTR || errno == ECONNABORTED { continue }
        guard file >= 0 else { break }
        let isStopped = state.withLock { state in
          state.count += 1
          if !state.isStopped { state.open.insert(file) }
          return state.isStopped
        }
        if isStopped {
          close(file)
          break
        }
        Thread { [self] in
          serve(Connection(file))
          state.withLock { state in
            _ = state.open.remove(file)
            close(file)
          }
        }.start()
      }
      // Here and not in `stop`: another socket may get the number while `accept` still uses it.
      close(socket)
    }.start()
  }

  public func stop() {
    state.withLock { state in
      if state.isStopped { return }
      state.isStopped = true
      for file in state.open { shutdown(file, Int32(SHUT_RDWR)) }
      shutdown(socket, Int32(SHUT_RDWR))
    }
  }
}

/// One connection, read with a buffer and written whole. Used by its own thread.
public final class Connection {
  private let file: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var start = 0
  private var end = 0

  init(_ file: Int32) {
    self.file = file
    var yes: Int32 = 1
    setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Without its line end; `nil` when the peer has gone.
  public func line() -> String? {
    var line: [UInt8] = []
    while true {
      if let place = buffer[start..<end].firstIndex(of: 10) {
        line += buffer[start..<place]
        start = place + 1
        if line.last == 13 { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
      }
      line += buffer[start..<end]
      guard fill() else { return nil }
    }
  }

  public func bytes(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      if start == end, !fill() { return nil }
      let piece = min(count - bytes.count, end - start)
      bytes += buffer[start..<start + piece]
      start += piece
    }
    return bytes
  }

  public func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        all.baseAddress.map { send(file, $0 + sent, bytes.count - sent, noSignal) } ?? -1
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  public func write(_ line: String) -> Bool { write(Array((line + "\r\n").utf8)) }

  /// Until the peer closes, or the server stops.
  public func waitForEnd() { while fill() {} }

  /// What was buffered is gone.
  private func fill() -> Bool {
    start = 0
    end = 0
    while true {
      let count = recv(file, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      end = count
      return true
    }
  }
}

#if os(Linux)
  private let noSignal = Int32(MSG_NOSIGNAL)
  private let stream = Int32(SOCK_STREAM.rawValue)
#else
  private let noSignal: Int32 = 0
  private let stream = SOCK_STREAM
#endif

/// A port that is free, for a program that must be told one. The system gives none of these to
/// those who ask for any, so that it stays free until the program takes it.
public func freePort() throws -> Int {
  for _ in 0..<1000 {
    guard let (file, port) = try? boundSocket(port: .random(in: 20_000..<32_000)) else { continue }
    close(file)
    return port
  }
  throw POSIXError(.EADDRINUSE)
}

/// Bound and not yet listening: the port is ours, and refuses.
/// - Parameter port: 0 for any.
func boundSocket(port: UInt16 = 0) throws -> (Int32, Int) {
  let file = socket(AF_INET, stream, 0)
  guard file >= 0 else { throw POSIXError(.EMFILE) }
  _ = fcntl(file, F_SETFD, FD_CLOEXEC)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let code = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
      bind(file, general, length) == 0 ? getsockname(file, general, &length) : -1
    }
  }
  guard code == 0 else {
    close(file)
    throw POSIXError(.EADDRINUSE)
  }
  return (file, Int(UInt16(bigEndian: address.sin_port)))
}
