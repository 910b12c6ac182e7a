import Channels
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct PowerAutomateChannelTests {
  private let flow: ChannelCase
  init() throws { flow = try ChannelCase.named("powerautomate") }

  private static let now = "https://default00.00.environment.api.powerplatform.com/powerautomate/"
  private static let path = "automations/direct/workflows/abc/triggers/manual/paths/invoke"
  private static let before = "https://prod-00.westeurope.logic.azure.com:443/workflows/abc/"

  @Test(arguments: [
    ("\(now)\(path)?api-version=1&sv=1.0&sig=SECRET", [], []),
    ("\(now)\(path)?api-version=1&sv=1.0", ["Anyone"], []),
    ("\(now)\(path)?api-version=1&amp;sig=SECRET", ["&amp;"], []),
    ("\(before)triggers/manual/paths/invoke?sig=SECRET", [], ["ended"]),
    ("https://gateway.example/\(path)?sig=SECRET", [], ["none of Power Automate's hosts"]),
  ])
  func theURLIsLookedAt(_ url: String, _ errors: [String], _ warnings: [String]) throws {
    let problems = try flow.problems("webhook_url: env:\(url)")
    for (severity, words) in [
      (SettingsProblem.Severity.error, errors), (.warning, warnings),
    ] {
      let found = problems.filter { $0.severity == severity }.map(\.message)
      #expect(found.count == words.count, "\(found)")
      for (message, word) in zip(found, words) { #expect(message.contains(word)) }
      for message in found { #expect(!message.contains("SECRET")) }
    }
  }

  @Test func behindAProxyTheURLIsTakenAsItIs() throws {
    let yaml = """
      webhook_url: env:https://gateway.example/\(Self.path)
      base_url: http://127.0.0.1:9000/flow
      """
    #expect(try flow.problems(yaml) == [])
    guard case .http(let http) = try flow.channel(yaml).request(for: Sample.reminder(for: flow))
    else { return }
    #expect(http.url == "http://127.0.0.1:9000/flow/\(Self.path)")
  }

  @Test func noAuthorizationIsSentAndTheRunShowsTheDelivery() throws {
    let message = Sample.reminder(for: flow)
    guard case .http(let http) = try flow.channel().request(for: message) else { return }
    #expect(http.header("Authorization") == nil)
    #expect(http.header("Content-Type") == "application/json")
    #expect(http.header("x-ms-client-tracking-id") == message.deliveryID)
    #expect(http.url.hasSuffix("&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=SIGNATURE-0123456789"))
  }

  @Test(arguments: [
    ("refusedchannel-off", "switch it on"), ("refusedchannel-schema", "paste"),
    ("refusedchannel-null", "got Null"), ("refusedchannel-deleted", "copy its URL"),
    ("refusedchannel-policy", "policy"), ("signin-oauth-required", "Anyone"),
    ("signin-claims", "Anyone"), ("signin-shared-access-only", "adds an Authorization header"),
    ("signin-signature", "copy the URL anew"), ("unknown-no-response-502", "may have begun"),
  ])
  func eachRefusalSaysWhatToDo(_ name: String, _ words: String) throws {
    let answer = try #require(AnswerFile.of(flow).first { $0.name == name })
    let why = try flow.outcome(of: answer.response).why
    #expect(why.contains(words), "\(why)")
  }

  @Test func theRunIsKept() throws {
    for name in ["accepted-202", "accepted-response-action-200"] {
      let answer = try #require(AnswerFile.of(flow).first { $0.name == name })
      #expect(
        try flow.outcome(of: answer.response) == .accepted(id: "08584000000000000000000000000CU00")
      )
    }
  }

  @Test func checkSendsNothing() async throws {
    let transport = ScriptedTransport(answering: Response(status: 202))
    let old = "webhook_url: env:\(Self.before)triggers/manual/paths/invoke?sig=SECRET"
    for (yaml, kinds) in [(nil, [Finding.Kind.note]), (old, [.note, .problem])] {
      let channel = try flow.channel(yaml)
      #expect(await channel.inspect(over: Session(transport: transport)).map(\.kind) == kinds)
    }
    #expect(await transport.requests.isEmpty)
  }
}
