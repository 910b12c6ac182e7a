public import Messages
public import Outbox
public import Settings
public import Wire

/// A way out: two pure functions, message to request and answer to outcome, and a declaration.
/// Posting, retries, rate limits, tokens, time-outs and redaction exist once, elsewhere.
public protocol Channel: Sendable {
  static var traits: Traits { get }

  /// The names of our templates for which the config names a template of the platform's own; `nil`
  /// where the channel says what ours say. The default is `nil`.
  var ownWords: Set<String>? { get }

  /// Asks the reader for the platform's own keys. Keys common to all channels (`audience`, `to`,
  /// `cc`, `digest`, `on_uncertain`, `expires_after`, `timeout`, `rate_limit`, `max_concurrency`,
  /// `retries`, `auth`, `token_url`) are read by the frame. Does not throw: problems stay with the
  /// reader.
  init(settings: inout SettingsReader)

  /// The request that sends `message`, with every escape applied and every size limit kept.
  /// Pure: the same message gives the same bytes.
  /// - Throws: `Unsendable` when no valid request can be made of it; nothing was sent.
  func request(for message: Message) throws(Unsendable) -> Request

  /// The message in parts that each fit the platform's limits: called once, when deliveries are
  /// planned. The first part keeps the delivery's id, the others add `.2`, `.3`, … to it. The
  /// default is the message itself.
  func split(_ message: Message) -> [Message]

  /// What an answer means, where this platform's facts differ from `StandardOutcome`; `nil` for
  /// "nothing special".
  func outcome(of response: Response) -> Outcome?

  /// A request that changes nothing and whose 2xx says that the credentials are good, for
  /// `check --online`; `nil` where the platform has none.
  var probe: HTTPRequest? { get }

  /// What may be promised after an unknown outcome with these settings. The default follows from
  /// the type: `SearchableChannel` and where the delivery id travels.
  var guarantee: Guarantee { get }

  /// `check --online`: whether the credentials are good, and what the channel needs there is there
  /// (a sender, a template). Sends and changes nothing. The default performs `probe`.
  func inspect(over session: Session) async -> [Finding]

  /// `check --online --fix`: makes what the channel needs there and does not find, and says what it
  /// made. Changes nothing that is there. The default makes nothing.
  func fix(over session: Session) async -> [Finding]

  /// Sends one message, once. The default performs `request(for:)`. A platform of several calls
  /// writes its own; whatever it throws away must be in the outcome.
  func send(_ message: Message, over session: Session) async -> Outcome
}

/// A channel whose platform can be asked whether it has a delivery already.
public protocol SearchableChannel: Channel {
  /// - Parameters:
  ///   - startedAt: RFC 3339, when the first try of unknown outcome began.
  ///   - now: RFC 3339; platforms list late, so an absence soon after the try proves nothing.
  func search(
    for message: Message,
    startedAt: String,
    now: String,
    over session: Session
  ) async -> SearchResult
}

public enum SearchResult: Sendable, Equatable {
  /// The platform has it, under this id.
  case found(id: String?)
  /// The platform surely has it not: it may be sent.
  case absent
  /// Not to be told from here and now (no permission, indexing lag, an error).
  case cannotTell(why: String)
}

/// Why no request can be made of a message.
public struct Unsendable: Error, Sendable, Equatable {
  public let refusal: Refusal
  public let why: String

  public init(_ refusal: Refusal = .message, _ why: String) {
    self.refusal = refusal
    self.why = why
  }
}

extension Channel {
  public func split(_ message: Message) -> [Message] { [message] }

  public var probe: HTTPRequest? { nil }

  public var ownWords: Set<String>? { nil }

  public var guarantee: Guarantee { Self.guarantee }

  public func inspect(over session: Session) async -> [Finding] {
    guard let probe else {
      return [Finding(.note, "\(Self.traits.title) has no call that tells without sending")]
    }
    do throws(WireError) {
      let response = try await session.read(probe)
      return [Finding(of: response, outcome(of: response), Self.traits.title)]
    } catch {
      return [Finding(error)]
    }
  }

  public func fix(over session: Session) async -> [Finding] { [] }

  public func outcome(of response: Response) -> Outcome? { nil }

  public func send(_ message: Message, over session: Session) async -> Outcome {
    await sendAtOnce(message, over: session)
  }

  /// One request, one answer.
  func sendAtOnce(_ message: Message, over session: Session) async -> Outcome {
    do throws(Unsendable) {
      let request = try request(for: message)
      do throws(WireError) {
        let response = try await session.perform(request)
        return outcome(of: response) ?? StandardOutcome.of(response)
      } catch {
        return StandardOutcome.of(error)
      }
    } catch {
      return .refused(error.refusal, why: error.why)
    }
  }

  /// What may be promised for this channel after an unknown outcome.
  public static var guarantee: Guarantee {
    switch traits.idPlace {
    case .idempotencyHeader, .idempotencyField, .record: .idempotent
    case .visible, .nowhere: self is any SearchableChannel.Type ? .searchable : .neither
    }
  }
}
