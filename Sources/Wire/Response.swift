/// What came back. For mail: the SMTP reply code as `status`, the reply's text as `body`.
public struct Response: Sendable {
  public var status: Int
  public var headers: [Header]
  /// Decompressed, and never longer than the transport's cap.
  public var body: [UInt8]
  /// Bytes that came over the network, still compressed, with the headers; `nil` where the
  /// transport does not know. Some platforms charge by them.
  public var wireBytes: Int?
  /// Of a file: when it was last modified, in seconds since 1970.
  public var modifiedAt: Int64?

  public init(status: Int, headers: [Header] = [], body: [UInt8] = [], wireBytes: Int? = nil) {
    self.status = status
    self.headers = headers
    self.body = body
    self.wireBytes = wireBytes
  }

  public init(status: Int, headers: [Header] = [], text: String) {
    self.init(status: status, headers: headers, body: Array(text.utf8))
  }

  public func header(_ name: String) -> String? { headers.value(of: name) }
  public var text: String { String(decoding: body, as: UTF8.self) }
  public var isSuccess: Bool { (200..<300).contains(status) }
  public var isJSONObject: Bool { body.first { $0 > 32 } == UInt8(ascii: "{") }

  /// `Retry-After`, in seconds or as an HTTP date; `nil` when there is none, zero when it is past.
  public func retryAfter() -> Duration? { retryAfter(now: WireClock.system.unixSeconds()) }

  /// - Parameter now: seconds since 1970-01-01T00:00:00Z, for the form that is a date.
  public func retryAfter(now: Int64) -> Duration? {
    guard let value = header("Retry-After")?.trimmed else { return nil }
    let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    if let whole = parts.first, !whole.isEmpty, whole.utf8.count <= 9,
      parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }), let seconds = Int64(whole)
    {
      // Some platforms send fractions, which no standard knows: rounded up.
      let hasFraction = parts.count == 2 && parts[1].contains { $0 != "0" }
      return .seconds(seconds + (hasFraction ? 1 : 0))
    }
    return unixSeconds(ofHTTPDate: value, now: now).map { .seconds(max(0, $0 - now)) }
  }
}

extension Response: Equatable {
  /// The same answer is the same however many bytes its compression took.
  public static func == (a: Response, b: Response) -> Bool {
    a.status == b.status && a.headers == b.headers && a.body == b.body
  }
}

extension StringProtocol {
  /// Without blanks, tabs and line ends at both ends.
  var trimmed: String {
    var scalars = unicodeScalars[...]
    while let first = scalars.first, first.value <= 32 { scalars.removeFirst() }
    while let last = scalars.last, last.value <= 32 { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }
}
