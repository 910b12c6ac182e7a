import Channels
import Foundation
import Settings
import Support
import Testing
import Wire

@Suite struct TwilioInspectionTests {
  private let twilio: ChannelCase
  init() throws { twilio = try ChannelCase.named("twilio") }

  private static let active = """
    {"sid":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"active","type":"Full"}
    """
  private static let number = """
    {"incoming_phone_numbers":[{"sid":"PN1","phone_number":"+6421000000",\
    "capabilities":{"voice":true,"sms":true,"mms":false}}]}
    """

  @Test(arguments: [
    ("from: '+6421000000'", "/IncomingPhoneNumbers.json?PhoneNumber=%2B6421000000"),
    ("from: '85432'", "/SMS/ShortCodes.json?ShortCode=85432"),
    ("messaging_service_sid: MG1", "https://messaging.twilio.com/v1/Services/MG1"),
    (
      "messaging_service_sid: MG1, base_url: 'http://127.0.0.1:9/t'",
      "http://127.0.0.1:9/t/v1/Services/MG1"
    ),
  ])
  func theSenderIsLookedFor(_ line: String, _ url: String) async throws {
    let short = Self.number.replacing("incoming_phone_numbers", with: "short_codes")
    let answer = line.contains("85432") ? short : Self.number
    let (findings, urls) = try await inspect(line, account: Self.active, sender: (200, answer))
    #expect(findings.map(\.kind) == [.good, .good], "\(findings)")
    #expect(urls.last?.hasSuffix(url) == true, "\(urls)")
  }

  @Test(arguments: [
    ("from: '+6421000000'", 200, "{\"incoming_phone_numbers\":[]}", Finding.Kind.problem),
    ("from: '+6421000000'", 200, number.replacing("\"sms\":true", with: "\"sms\":false"), .problem),
    ("from: '+6421000000'", 403, "{}", .note), ("from: '+6421000000'", 200, "<html>", .note),
    ("messaging_service_sid: MG1", 404, "{}", .problem),
    ("messaging_service_sid: MG1", 500, "{}", .note),
  ])
  func aSenderThatIsNotThereIsAProblem(
    _ line: String,
    _ status: Int,
    _ body: String,
    _ kind: Finding.Kind
  ) async throws {
    let (findings, _) = try await inspect(line, account: Self.active, sender: (status, body))
    #expect(findings.map(\.kind) == [.good, kind], "\(findings)")
  }

  @Test func aNameIsKeptNowhereAndCannotBeAnswered() async throws {
    let (findings, urls) = try await inspect(
      "from: Harbour", account: Self.active, sender: (500, ""))
    #expect(findings.map(\.kind) == [.good, .note])
    #expect(urls.count == 1)
  }

  @Test(arguments: [
    ("suspended", "Full", [Finding.Kind.problem]), ("active", "Trial", [.good, .problem]),
  ])
  func anAccountThatCannotSendIsAProblem(
    _ status: String,
    _ type: String,
    _ kinds: [Finding.Kind]
  ) async throws {
    let account = Self.active.replacing("active", with: status).replacing("Full", with: type)
    let (findings, _) = try await inspect(
      "from: '+6421000000'",
      account: account,
      sender: (200, Self.number)
    )
    #expect(findings.dropLast().map(\.kind) == kinds)
  }

  @Test func badCredentialsAreASignIn() async throws {
    let answer = try #require(AnswerFile.of(twilio).first { $0.name == "signin-20003" }).response
    let transport = ScriptedTransport(answering: answer)
    let findings = await (try twilio.channel()).inspect(over: .ofOneTry(transport))
    #expect(findings.map(\.kind) == [.signInNeeded])
  }

  @Test(arguments: ["+6421000000", "+64 21 000 000", "85432", "Harbour", "Bob & Co", "A1-b_c"])
  func aSenderIsANumberAShortCodeOrAName(_ from: String) throws {
    #expect(try twilio.problems(settings("from: '\(from)'")).isEmpty)
  }

  @Test(arguments: ["021 000 000", "12", "123456789", "Harbour Lettings", "Mäx", "a.b", "''"])
  func anyOtherSenderIsRejected(_ from: String) throws {
    let problems = try twilio.problems(settings("from: '\(from)'"))
    #expect(problems.contains { $0.path.hasSuffix("from") && $0.severity == .error })
  }

  private func settings(_ line: String) -> String {
    "{account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, auth_token: 'env:token-012', \(line)}"
  }

  private func inspect(
    _ line: String,
    account: String,
    sender: (Int, String)
  ) async throws -> ([Finding], [String]) {
    let transport = ScriptedTransport { request throws(WireError) in
      guard case .http(let http) = request else { throw .notSent("not HTTP") }
      let isAccount = http.url.hasSuffix("/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json")
      return isAccount
        ? Response(status: 200, text: account) : Response(status: sender.0, text: sender.1)
    }
    let findings = await (try twilio.channel(settings(line))).inspect(over: .ofOneTry(transport))
    let urls = await transport.requests.compactMap { request -> String? in
      if case .http(let http) = request { return http.url }
      return nil
    }
    return (findings, urls)
  }
}
