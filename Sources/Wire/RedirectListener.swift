// Its headers bring the socket calls, which an optimised build then counts as CCurl's own.
import CCurl
import Foundation

/// Waits on a loopback address for the one redirect with which a sign-in ends.
public final class RedirectListener: Sendable {
  private let socket: Int32
  private let path: String

  /// - Parameter redirect: `http://localhost:8912/callback`.
  /// - Throws: `RedirectProblem` when it is no loopback address with a port, or the port is taken.
  public init(_ redirect: String) throws(RedirectProblem) {
    guard let endpoint = try? Endpoint(url: redirect), endpoint.scheme == "http",
      endpoint.isLoopback, let colon = endpoint.name.lastIndex(of: ":"),
      let port = UInt16(endpoint.name[endpoint.name.index(after: colon)...])
    else { throw RedirectProblem("\(redirect) is no loopback address with a port") }
    path = String(
      redirect.dropFirst("http://".count).drop { $0 != "/" }.prefix { $0 != "?" && $0 != "#" }
    )
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    let opened = Foundation.socket(AF_INET, kind, 0)
    guard opened >= 0 else { throw RedirectProblem("no socket can be had") }
    var yes: Int32 = 1
    setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.bind(opened, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(opened, 8) == 0 else {
      close(opened)
      throw RedirectProblem(
        "port \(port) of this machine is taken: \(redirect) cannot be waited on")
    }
    socket = opened
  }

  deinit { close(socket) }

  /// Blocks until a browser asks for the redirect's path with a query. Other requests (an icon, a
  /// scanner) get 404 and are no answer.
  /// - Parameter page: what the browser shows, for what follows the `?`.
  /// - Returns: what follows the `?`; `nil` once `stop` was called.
  public func wait(page: (String) -> String) -> String? {
    while true {
      let connection = accept(socket, nil, nil)
      if connection < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        return nil
      }
      defer { close(connection) }
      let query = request(on: connection).flatMap { target -> String? in
        let parts = target.split(separator: "?", maxSplits: 1)
        guard parts.count == 2, parts[0] == (path.isEmpty ? "/" : path) else { return nil }
        return String(parts[1])
      }
      answer(
        query.map(page) ?? "Not here.", status: query == nil ? "404 Not Found" : "200 OK",
        connection)
      if let query { return query }
    }
  }

  /// Ends `wait`.
  public func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

  /// The target of a GET; a browser that says nothing for ten seconds is no browser.
  private func request(on connection: Int32) -> String? {
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 16_384, !bytes.contains(10) {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { break }
      bytes += buffer.prefix(count)
    }
    let line = String(decoding: bytes.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
    let words = line.split(separator: " ")
    return words.count == 3 && words[0] == "GET" ? String(words[1]) : nil
  }

  private func answer(_ text: String, status: String, _ connection: Int32) {
    let head =
      "HTTP/1.1 \(status)\r\nContent-Type: text/plain; charset=utf-8\r\n"
      + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n"
    let bytes = Array((head + text).utf8)
    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}

public struct RedirectProblem: Error, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
