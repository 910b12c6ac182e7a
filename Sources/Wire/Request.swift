/// All that an adapter may ask the world for. `--render`, recording and replay show each of them.
public enum Request: Sendable, Equatable {
  case http(HTTPRequest)
  case mail(MailRequest)
  /// Adds bytes to the end of a file or of standard output.
  case append(AppendRequest)
  /// Asks whether a file holds a text; answers 200 or 404.
  case find(text: String, path: String)
  /// Reads a file whole; answers 200 with its bytes, 404 where there is none.
  case file(path: String)
  /// Runs a program without a shell; answers 200 with what it printed.
  case command([String])
}

public struct Header: Sendable, Equatable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

public struct HTTPRequest: Sendable, Equatable {
  // As they go over the wire.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public enum Method: String, Sendable { case GET, POST, PUT, PATCH, DELETE, HEAD }

  public var method: Method
  /// Absolute. https, or http to a loopback address.
  public var url: String
  public var headers: [Header]
  public var body: [UInt8]?
  /// Whoever asks can do without an answer: a replay that has no recording of it, since it was made
  /// before this was asked for, is not at fault.
  public var isOptional = false

  public init(_ method: Method, _ url: String, headers: [Header] = [], body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }

  public func header(_ name: String) -> String? { headers.value(of: name) }
}

public struct MailRequest: Sendable, Equatable {
  public enum Security: String, Sendable, CaseIterable { case starttls, tls, none }

  public var host: String
  public var port: Int
  public var security: Security
  public var username: String?
  public var password: String?
  /// Envelope addresses, bare: `a@b.example`.
  public var sender: String
  public var recipients: [String]
  /// The RFC 5322 message with CRLF line ends.
  public var message: [UInt8]
  /// Connects, encrypts and signs in, and sends nothing.
  public var signsInOnly = false

  public init(
    host: String,
    port: Int,
    security: Security,
    username: String? = nil,
    password: String? = nil,
    sender: String,
    recipients: [String],
    message: [UInt8]
  ) {
    self.host = host
    self.port = port
    self.security = security
    self.username = username
    self.password = password
    self.sender = sender
    self.recipients = recipients
    self.message = message
  }
}

public struct AppendRequest: Sendable, Equatable {
  public enum Destination: Sendable, Equatable {
    case file(String)
    case standardOutput
  }

  public var destination: Destination
  public var bytes: [UInt8]

  public init(_ destination: Destination, bytes: [UInt8]) {
    self.destination = destination
    self.bytes = bytes
  }
}

extension [Header] {
  /// The first value of that name, whatever its case.
  public func value(of name: String) -> String? {
    first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
