import Foundation
import Support
import Synchronization

// The benchmark's webhook: answers every POST with 204 and keeps its Idempotency-Key. Prints its
// port; `GET /` says what came.

private let keys = Mutex<[String: Int]>([:])
private let answer = Array("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n".utf8)

private func serve(_ connection: Connection) {
  while let first = connection.line() {
    var length = 0
    var key = ""
    while let line = connection.line(), !line.isEmpty {
      let lower = line.lowercased()
      if lower.hasPrefix("content-length:") {
        length = Int(lower.dropFirst(15).drop { $0 == " " }) ?? 0
      } else if lower.hasPrefix("idempotency-key:") {
        key = String(line.dropFirst(16).drop { $0 == " " })
      }
    }
    guard let body = connection.bytes(length) else { return }
    if first.hasPrefix("POST ") {
      keys.withLock { if !body.isEmpty { $0[key, default: 0] += 1 } }
      guard connection.write(answer) else { return }
    } else {
      let text = keys.withLock { keys in
        """
        {"requests": \(keys.values.reduce(0, +)), "keys": \(keys.count), \
        "empty": \(keys[""] ?? 0)}
        """
      }
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
      guard connection.write(Array((head + text).utf8)) else { return }
    }
  }
}

let listener = try Listener()
listener.accept(serve)
FileHandle.standardOutput.write(Data("\(listener.port)\n".utf8))
// Lives as long as the benchmark holds its standard input open.
while readLine() != nil {}
listener.stop()
