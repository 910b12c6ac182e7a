public import Receivables
public import Wire

/// A platform that tells by webhook when something changed. A webhook carries no amounts that are
/// trusted: it only says what to poll first.
public protocol WebhookSource: AccountingSource {
  /// Judges one request. Pure; compares signatures in constant time.
  /// - Parameters:
  ///   - secrets: any of them may have signed it: two while one is being replaced.
  ///   - now: for signatures that carry a time.
  func receive(_ request: WebhookRequest, secrets: [String], now: Instant) -> WebhookVerdict
}

/// One HTTP request as it came, from standard input or from a web server by CGI.
public struct WebhookRequest: Sendable, Equatable {
  public var method: String
  /// After the `?`, as it came.
  public var query: String
  public var headers: [Header]
  /// Byte for byte: signatures are of these.
  public var body: [UInt8]

  public init(method: String = "POST", query: String = "", headers: [Header], body: [UInt8]) {
    self.method = method
    self.query = query
    self.headers = headers
    self.body = body
  }

  public func header(_ name: String) -> String? { headers.value(of: name) }
}

/// What a webhook request is.
public enum WebhookVerdict: Sendable, Equatable {
  /// Genuine. Empty when it is about another organisation, or nothing that is polled.
  case events([WebhookEvent])
  /// Genuine, with an answer of its own and nothing to remember (Xero's intent to receive).
  case answered(status: Int, body: String)
  /// The platform asks whether this address wants its events (FreshBooks): proved by sending the
  /// verifier back over the API, and only then kept as the secret of that callback.
  case verification(callback: String, verifier: String)
  /// Not signed, signed with another secret, too old, or not what this platform sends: 401.
  case refused(why: String)
}

/// One thing that a webhook says has changed.
public struct WebhookEvent: Sendable, Equatable {
  /// The same event delivered again has the same id. Platforms without event ids: a digest of what
  /// tells two events apart.
  public let id: String
  /// In the platform's words.
  public let type: String
  public let hint: Hint
  /// Whether the same id, told again, can only be the same event. `false` where the platform gives
  /// neither an id nor a time: then it counts anew once a poll has answered it.
  public let isUnique: Bool

  public init(id: String, type: String, hint: Hint, isUnique: Bool = true) {
    self.isUnique = isUnique
    self.id = id
    self.type = type
    self.hint = hint
  }
}

/// A document or customer to poll first, even where a delta would pass it over.
public struct Hint: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case invoice, credit, payment, customer
    /// Something else changed: the poll itself is the answer.
    case other
  }

  public let kind: Kind
  /// The platform's id of it; empty for `other`.
  public let id: String

  public init(_ kind: Kind, id: String) {
    self.kind = kind
    self.id = id
  }
}

/// A platform whose webhooks are registered over its API (FreshBooks).
public protocol CallbackSource: WebhookSource {
  /// The events worth registering for.
  static var callbackEvents: [String] { get }

  func callbacks(over session: Session) async throws(SourceError) -> [Callback]
  /// - Returns: the new one, not active before it is verified.
  func register(
    event: String,
    uri: String,
    over session: Session
  ) async throws(SourceError) -> Callback
  /// Sends the verifier back, which makes the callback active.
  /// - Throws: `SourceError` where the platform does not know the pair; it is not a secret then.
  func verify(
    callback id: String,
    verifier: String,
    over session: Session
  ) async throws(SourceError)
  /// Asks the platform to send the verifier again.
  func resendVerifier(of id: String, over session: Session) async throws(SourceError)
  func remove(callback id: String, over session: Session) async throws(SourceError)
}

public struct Callback: Sendable, Equatable {
  public let id: String
  public let event: String
  public let uri: String
  public let isVerified: Bool

  public init(id: String, event: String, uri: String, isVerified: Bool) {
    self.id = id
    self.event = event
    self.uri = uri
    self.isVerified = isVerified
  }
}
