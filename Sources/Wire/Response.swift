/// What came back. For mail: the SMTP reply code as `status`, the reply's text as `body`.
public struct Response: Sendable, Equatable {
  public var status: Int
  public var headers: [Header]
  /// Decompressed, and never longer than the transport's cap.
  public var body: [UInt8]

  public init(status: Int, headers: [Header] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public init(status: Int, headers: [Header] = [], text: String) {
    self.init(status: status, headers: headers, body: Array(text.utf8))
  }

  public func header(_ name: String) -> String? { headers.value(of: name) }
  public var text: String { String(decoding: body, as: UTF8.self) }
  public var isSuccess: Bool { (200..<300).contains(status) }
}
