public import Messages
public import Outbox
public import Wire

/// Up to a hundred mails in one request, where a dynamic template makes them all: each is a
/// personalization with its own recipient, data, headers and `custom_args`. SendGrid takes or
/// refuses the request as a whole, so one that is refused is sent again one by one: a bad address
/// stops nobody else. Of one whose outcome is unknown each mail is looked up by itself.
extension SendGridChannel {
  /// A request of our own texts has one subject and one body: those go one by one.
  public var batchSize: Int { templateID == nil || checksSuppressions ? 1 : 100 }

  public func send(_ messages: [Message], over session: Session) async -> [Outcome] {
    if messages.count == 1 { return [await send(messages[0], over: session)] }
    var outcomes = [Outcome?](repeating: nil, count: messages.count)
    var ready: [(place: Int, personalization: JSONBody)] = []
    for (place, message) in messages.enumerated() {
      do throws(Unsendable) {
        let one = try personalization(message, to: try message.emailAddresses())
        ready.append((place, one.adding("headers", Self.headers(of: message))))
      } catch {
        outcomes[place] = .refused(error.refusal, why: error.why)
      }
    }
    if let first = ready.first {
      let shared = await together(messages[first.place], ready.map(\.personalization), session)
      for (place, _) in ready {
        outcomes[place] =
          if case .refused(let scope, _) = shared, scope != .channel {
            await send(messages[place], over: session)
          } else {
            shared
          }
      }
    }
    return outcomes.map { $0 ?? .unknown(why: "SendGrid: no outcome") }
  }

  private func together(
    _ message: Message,
    _ personalizations: [JSONBody],
    _ session: Session
  ) async -> Outcome {
    do throws(Unsendable) {
      let request = try request(for: message, personalizations)
      do throws(WireError) {
        let response = try await session.perform(request)
        return outcome(of: response) ?? StandardOutcome.of(response)
      } catch {
        return StandardOutcome.of(error)
      }
    } catch {
      // Too large as a whole: each may still fit.
      return .refused(.message, why: error.why)
    }
  }
}
