import Channels
import Foundation
import Messages
import Outbox
import Receivables
import Settings
import Support
import Testing
import Wire

@Suite struct GmailChannelTests {
  private let gmail: ChannelCase
  init() throws { gmail = try ChannelCase.named("gmail") }

  private static let scope = "https://www.googleapis.com/auth/gmail."
  private let delivery = "ba1-7f3c9e20b6d4a158"

  // MARK: The request

  @Test func theMessageIsInBase64URLWithPadding() throws {
    // 0 to 2 more bytes: every length of padding; ü and ÿ make the digits - and _ likely.
    for tail in ["", "ü", "üÿ", "üÿ?~"] {
      var message = Sample.reminder(for: gmail)
      message.forms[.html] = String(repeating: "<p>ÿÿ?>~~ü</p>", count: 40) + tail
      let request = try http(gmail.channel().request(for: message))
      let object = try JSONSerialization.jsonObject(with: Data(request.body ?? []))
      let raw = try #require((object as? [String: String])?["raw"])
      #expect(raw.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_=".contains($0)) })
      #expect(raw.count % 4 == 0)
      let mail = String(decoding: try #require(decodedMail(in: request)), as: UTF8.self)
      #expect(mail.hasPrefix("Date: ") && mail.contains("\r\n\r\n"))
    }
  }

  @Test func theIDIsAHeaderAndOneWordInTextAndHTML() throws {
    var message = Sample.reminder(for: gmail)
    message.forms[.html] = "<html><body><p>Hello</p></body></html>"
    let request = try http(gmail.channel().request(for: message))
    let mail = String(decoding: try #require(decodedMail(in: request)), as: UTF8.self)
    #expect(mail.contains("\r\nX-Balancealert-Delivery: \(delivery)\r\n"))
    // Of quoted-printable only the soft line ends matter here.
    let unfolded = mail.replacing("=\r\n", with: "")
    #expect(unfolded.ranges(of: "BAba17f3c9e20b6d4a158").count == 2)
    #expect(unfolded.contains("a158</p>\r\n</body></html>"))
  }

  @Test func leavingIsOfferedToCustomersAlone() throws {
    for (audience, expected) in [(Sample.reminder(for: gmail).audience, true), (.team, false)] {
      var message = Sample.reminder(for: gmail)
      message.audience = audience
      let request = try http(gmail.channel().request(for: message))
      let mail = String(decoding: try #require(decodedMail(in: request)), as: UTF8.self)
      let link = "List-Unsubscribe: <https://harbour.example/leave?who=accounts%40tenant.example>"
      #expect(mail.contains("\(link)\r\n") == expected)
      #expect(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") == expected)
    }
  }

  @Test func theMailboxMayBeNamed() throws {
    let adapter = try gmail.channel("{from: a@b.example, user: 'a b@c.example'}")
    let request = try http(adapter.request(for: Sample.reminder(for: gmail)))
    #expect(
      request.url == "https://gmail.googleapis.com/gmail/v1/users/a%20b%40c.example/messages/send"
    )
  }

  // MARK: Answers

  @Test func aWaitThatTheTextNamesIsKept() throws {
    let answer = try #require(
      AnswerFile.of(gmail).first { $0.name == "notaccepted-mail-sending-429" }
    )
    var response = try answer.response
    guard case .notAccepted(let after, _) = try gmail.outcome(of: response) else { return }
    #expect(after == .seconds(360))
    response.headers = []
    guard case .notAccepted(let unclear, _) = try gmail.outcome(of: response) else { return }
    #expect(unclear == .seconds(3600))
  }

  // MARK: Guarantee

  @Test(arguments: [
    ("", Guarantee.searchable), ("{scopes: []}", .searchable),
    ("{grant: refresh_token}", .searchable),
    ("{scopes: ['\(scope)send']}", .neither), ("{scopes: '\(scope)send'}", .neither),
    ("{scopes: ['\(scope)send', '\(scope)readonly']}", .searchable),
    ("{scopes: ['\(scope)send', '\(scope)metadata']}", .searchable),
    ("{scopes: ['\(scope)modify']}", .searchable),
    ("{scopes: ['https://mail.google.com/']}", .searchable),
    ("{scopes: ['\(scope)compose']}", .neither),
  ])
  func theGuaranteeFollowsFromTheScopes(_ auth: String, _ guarantee: Guarantee) throws {
    #expect(try gmail.gmail(auth: auth).guarantee == guarantee)
  }

  // MARK: check --online

  @Test func theMailboxAndItsAliasesAreLookedAt() async throws {
    let me = "{\"emailAddress\":\"Accounts@harbour.example\",\"messagesTotal\":1}"
    #expect(try await inspect([(200, me)]) == [.good])
    let other = "{\"emailAddress\":\"dana@harbour.example\"}"
    func alias(_ status: String) -> String {
      "{\"sendAs\":[{\"sendAsEmail\":\"accounts@harbour.example\","
        + "\"verificationStatus\":\"\(status)\"}]}"
    }
    #expect(try await inspect([(200, other), (200, alias("accepted"))]) == [.good, .good])
    #expect(try await inspect([(200, other), (200, alias("pending"))]) == [.good, .problem])
    #expect(try await inspect([(200, other), (200, "{\"sendAs\":[]}")]) == [.good, .problem])
    #expect(try await inspect([(200, other), (403, "{}")]) == [.good, .note])
    #expect(try await inspect([(401, "{}")]) == [.signInNeeded])
    #expect(try await inspect([(500, "{}")]) == [.unreachable])
  }

  @Test func thatNothingCanBeLookedUpIsSaid() async throws {
    let answer = try #require(AnswerFile.of(gmail).first { $0.name == "refusedchannel-scopes" })
    let text = try answer.response.text
    let sending = "{scopes: ['\(Self.scope)send']}"
    #expect(try await inspect([(403, text)], auth: sending) == [.good, .note])
    #expect(try await inspect([(403, text)]) == [.problem])
  }

  // MARK: How

  private func inspect(
    _ answers: [(status: Int, body: String)],
    auth: String = ""
  ) async throws -> [Finding.Kind] {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request, http.method == .GET else { throw .notSent("a send") }
      let index = http.url.hasSuffix("/profile") ? 0 : 1
      return Response(status: answers[index].status, text: answers[index].body)
    }
    return await (try gmail.gmail(auth: auth)).inspect(over: patient(transport)).map(\.kind)
  }

  private func http(_ request: Request) throws -> HTTPRequest {
    guard case .http(let http) = request else {
      Issue.record("not HTTP")
      return HTTPRequest(.GET, "")
    }
    return http
  }
}
