import Messages
import Outbox
public import Wire

/// What a SendGrid account says of itself, and of its recipients, without sending.
extension SendGridChannel {
  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let answer = try await session.read(get("/v3/scopes"))
      guard answer.isSuccess, let scopes = answer.decoded(Scopes.self)?.scopes else {
        return [Finding(of: answer, outcome(of: answer), Self.traits.title)]
      }
      let key =
        scopes.contains("mail.send")
        ? Finding(.good, "the key may send")
        : Finding(
          .problem, "the key may not send: in SendGrid, Settings, API Keys, give it Mail Send")
      return [key, try await logsCanBeRead(session), try await sender(session)]
        + (try await content(session))
    } catch {
      return [Finding(error)]
    }
  }

  private func logsCanBeRead(_ session: Session) async throws(WireError) -> Finding {
    let answer = try await session.read(logs("to_email = \"\(keys.from)\"", limit: 1))
    return answer.isSuccess
      ? Finding(.good, "the e-mail logs can be read, for mails of unknown outcome")
      : Finding(
        .note,
        "the e-mail logs cannot be read (HTTP \(answer.status)): a mail of unknown outcome cannot"
          + " be looked up; let the key read them"
      )
  }

  /// `from` is a verified single sender, or of an authenticated domain.
  private func sender(_ session: Session) async throws(WireError) -> Finding {
    let from = keys.from.lowercased()
    let senders = try await session.read(get("/v3/verified_senders"))
    let singles = senders.isSuccess ? senders.decoded(Senders.self)?.results : nil
    if singles?.contains(where: { $0.email.lowercased() == from && $0.verified }) == true {
      return Finding(.good, "\(keys.from) is a verified sender")
    }
    let domains = try await session.read(get("/v3/whitelabel/domains"))
    let valid = domains.isSuccess ? domains.decoded([Domain].self)?.filter(\.valid) : nil
    let host = from.split(separator: "@").last.map(String.init) ?? ""
    let isOurs = valid?.contains { host == $0.domain || host.hasSuffix(".\($0.domain)") }
    if isOurs == true { return Finding(.good, "the domain \(host) is authenticated") }
    if singles == nil || valid == nil {
      return Finding(.note, "the key may not see whether \(keys.from) is a verified sender")
    }
    return Finding(
      .problem,
      "\(keys.from) is not verified: in SendGrid, Settings, Sender Authentication, authenticate"
        + " \(host) or verify the address"
    )
  }

  private func content(_ session: Session) async throws(WireError) -> [Finding] {
    var findings: [Finding] = []
    if let templateID {
      let answer = try await session.read(get("/v3/templates/\(percentEncoded(templateID))"))
      let isActive = answer.decoded(Template.self)?.versions.contains { $0.active == 1 }
      switch (answer.status, isActive) {
      case (200, true?): findings.append(Finding(.good, "the template \(templateID) is active"))
      case (200, _):
        findings.append(
          Finding(.problem, "the template \(templateID) has no active version: activate one"))
      case (404, _):
        findings.append(
          Finding(.problem, "there is no template \(templateID): correct template_id"))
      default:
        findings.append(Finding(.note, "the key may not see whether the template exists"))
      }
    }
    if unsubscribeGroup != 0 {
      let answer = try await session.read(get("/v3/asm/groups/\(unsubscribeGroup)"))
      switch answer.status {
      case 200:
        findings.append(Finding(.good, "the unsubscribe group \(unsubscribeGroup) exists"))
      case 404:
        findings.append(
          Finding(
            .problem,
            "there is no unsubscribe group \(unsubscribeGroup): correct unsubscribe_group"))
      default:
        findings.append(Finding(.note, "the key may not see whether the unsubscribe group exists"))
      }
    }
    return findings
  }

  // MARK: Suppressions

  /// Why SendGrid would answer 202 and drop the mail; `nil` when it would not. Nothing is sent.
  func suppression(of message: Message, over session: Session) async -> Outcome? {
    guard let recipients = try? message.emailAddresses() else { return nil }
    for recipient in recipients {
      if let outcome = await suppression(of: percentEncoded(recipient), session) { return outcome }
    }
    return nil
  }

  private func suppression(of address: String, _ session: Session) async -> Outcome? {
    do throws(Unknown) {
      let global: Global = try await ask("/v3/asm/suppressions/global/\(address)", session)
      if global.recipientEmail?.isEmpty == false {
        return .refused(.optedOut, why: "SendGrid: the recipient unsubscribed")
      }
      if unsubscribeGroup != 0 {
        let groups: Groups = try await ask("/v3/asm/suppressions/\(address)", session)
        if groups.suppressions.contains(where: { $0.id == unsubscribeGroup && $0.suppressed }) {
          return .refused(.optedOut, why: "SendGrid: the recipient left the unsubscribe group")
        }
      }
      if try await isListed("spam_reports", address, session) {
        return .refused(.optedOut, why: "SendGrid: the recipient reported an earlier mail as spam")
      }
      if try await isListed("bounces", address, session) {
        return .refused(.recipient, why: "SendGrid: an earlier mail to the address bounced")
      }
      if try await isListed("invalid_emails", address, session) {
        return .refused(.recipient, why: "SendGrid: the address is invalid")
      }
      return nil
    } catch {
      return error.outcome
    }
  }

  private func isListed(
    _ list: String,
    _ address: String,
    _ session: Session
  ) async throws(Unknown) -> Bool {
    let entries: [Listed] = try await ask("/v3/suppression/\(list)/\(address)", session)
    return !entries.isEmpty
  }

  private func ask<T: Decodable>(_ path: String, _ session: Session) async throws(Unknown) -> T {
    let answer: Response
    do throws(WireError) {
      answer = try await session.read(get(path))
    } catch {
      // Whatever became of the question, the mail was not sent.
      if case .sentThenLost(let why) = error {
        throw Unknown(outcome: .notAccepted(after: nil, why: why))
      }
      throw Unknown(outcome: StandardOutcome.of(error))
    }
    if answer.status == 200, let value = answer.decoded(T.self) { return value }
    let why = "SendGrid's suppressions answered HTTP \(answer.status)"
    if answer.status == 401 { throw Unknown(outcome: .signInNeeded(why: why)) }
    if answer.status == 403 {
      let advice = "let the key read suppressions, or leave out check_suppressions"
      throw Unknown(outcome: .refused(.channel, why: "\(why): \(advice)"))
    }
    throw Unknown(outcome: .notAccepted(after: answer.retryAfter(), why: why))
  }

  private func get(_ path: String) -> HTTPRequest {
    HTTPRequest(.GET, baseURL + path, headers: [authorization])
  }
}

private struct Unknown: Error { let outcome: Outcome }

private struct Scopes: Decodable { let scopes: [String] }

private struct Senders: Decodable {
  struct Sender: Decodable {
    let email: String
    let verified: Bool

    enum CodingKeys: String, CodingKey {
      case email = "from_email"
      case verified
    }
  }
  let results: [Sender]
}

private struct Domain: Decodable {
  let domain: String
  let valid: Bool
}

private struct Template: Decodable {
  struct Version: Decodable { let active: Int? }
  let versions: [Version]
}

private struct Global: Decodable {
  let recipientEmail: String?
  enum CodingKeys: String, CodingKey { case recipientEmail = "recipient_email" }
}

private struct Groups: Decodable {
  struct Group: Decodable {
    let id: Int
    let suppressed: Bool
  }
  let suppressions: [Group]
}

/// One entry of a list; that it is there says all.
private struct Listed: Decodable {}
