import CCurl

/// What one transfer has brought so far, filled by libcurl's callbacks on the curl thread.
final class CurlAnswer {
  private var body: [UInt8] = []
  private(set) var headers: [Header] = []
  /// Of mail: the lines of the server's newest reply.
  private var replyLines: [String] = []
  private var received = 0
  private var maxBytes = 0
  private var mayRepeat = false
  private var isReplyComplete = true

  /// The request has been handed to the network, whole or in part.
  private(set) var hasBegun = false
  private(set) var isTooLarge = false
  /// The blank line that ends the headers has come; libcurl itself takes a connection that is
  /// closed among them for the end of an answer without a body.
  private(set) var hasWholeHead = false
  /// libcurl wanted to send it once more, after a first try of unknown outcome.
  private(set) var isSecondTry = false
  /// Of mail: the server has asked for the message.
  private(set) var hasGivenMessage = false
  private(set) var job: CurlJob?
  var message = UnsafeBufferPointer<UInt8>(start: nil, count: 0)

  static func of(_ data: UnsafeMutableRawPointer?) -> CurlAnswer? {
    data.map { Unmanaged<CurlAnswer>.fromOpaque($0).takeUnretainedValue() }
  }

  func begin(_ job: CurlJob, maxBytes: Int, mayRepeat: Bool) {
    end()
    self.job = job
    self.maxBytes = maxBytes
    self.mayRepeat = mayRepeat
  }

  func end() {
    job = nil
    body = []
    headers = []
    replyLines = []
    received = 0
    isReplyComplete = true
    hasBegun = false
    isTooLarge = false
    hasWholeHead = false
    isSecondTry = false
    hasGivenMessage = false
    message = UnsafeBufferPointer(start: nil, count: 0)
  }

  func takeBody() -> [UInt8] { body }

  /// A mail that was refused, or lost, before its text was asked for was surely not accepted.
  func forgetBeginning() { hasBegun = false }

  // MARK: Called by libcurl

  /// Just before the first byte of the request; again when libcurl repeats a request on a kept
  /// connection that turned out to be dead. It does so for a POST too, though the server may have
  /// acted on the first: only reads may be repeated here.
  func beginRequest() -> Bool {
    if hasBegun, !mayRepeat {
      isSecondTry = true
      return false
    }
    hasBegun = true
    return true
  }

  /// - Returns: how many bytes were taken; fewer than `count` ends the transfer.
  func take(body bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard let bytes, add(count) else { return 0 }
    bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
      body.append(contentsOf: UnsafeBufferPointer(start: $0, count: count))
    }
    return count
  }

  /// One header line, or one line of a mail server's reply, with its line end.
  func take(header bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard let bytes, add(count) else { return 0 }
    let line = bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
      String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }.trimmed
    if isMail(line) {
      takeReply(line)
    } else if line.hasPrefix("HTTP/") {
      // A new beginning: what came before was "100 Continue" or "103 Early Hints".
      headers.removeAll(keepingCapacity: true)
      hasWholeHead = false
    } else if line.isEmpty {
      hasWholeHead = true
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      headers.append(
        Header(line[..<colon].trimmed, line[line.utf8.index(after: colon)...].trimmed)
      )
    }
    return count
  }

  /// Gives the next piece of the mail's text.
  func giveMessage(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    hasGivenMessage = true
    let piece = min(count, message.count)
    guard let bytes, piece > 0 else { return 0 }
    bytes.withMemoryRebound(to: UInt8.self, capacity: piece) {
      $0.update(from: message.baseAddress ?? UnsafePointer($0), count: piece)
    }
    message = UnsafeBufferPointer(rebasing: message[piece...])
    return piece
  }

  /// The server's newest whole reply: its code, and its text without the codes.
  var lastReply: (status: Int, text: String) {
    guard isReplyComplete, let last = replyLines.last, let status = Int(last.prefix(3)) else {
      return (0, "")
    }
    return (status, replyLines.map { String($0.dropFirst(4)) }.joined(separator: "\n"))
  }

  private func takeReply(_ line: String) {
    // After a refusal libcurl says QUIT, and 221 is the answer to that.
    if line.hasPrefix("221") { return }
    if isReplyComplete { replyLines = [] }
    replyLines.append(line)
    isReplyComplete = Array(line.utf8).dropFirst(3).first != UInt8(ascii: "-")
  }

  /// `250 OK` and `250-SIZE`: no header of HTTP begins so.
  private func isMail(_ line: String) -> Bool {
    let start = Array(line.utf8.prefix(4))
    return start.count >= 3 && start.prefix(3).allSatisfy { $0 >= 48 && $0 <= 57 }
      && (start.count == 3 || start[3] == 32 || start[3] == 45)
  }

  private func add(_ count: Int) -> Bool {
    received += count
    if received > maxBytes { isTooLarge = true }
    return !isTooLarge
  }
}
