import Channels
import Messages
import Outbox
import Settings
import Support
import Testing
import Wire

@Suite struct ZapierChannelTests {
  private let zapier: ChannelCase
  init() throws { zapier = try ChannelCase.named("zapier") }

  @Test(arguments: [
    ("https://hooks.zapier.com/hooks/catch/1234567/b8x/", 0),
    ("https://hooks.zapier.com/hooks/catch/1234567/b8x", 0),
    ("https://hooks.zapier.com/hooks/catch/1234567/b8x/silent/", 0),
    ("https://hooks.zapier.com.evil.example/hooks/catch/1/b8x/", 1),
    ("https://hooks.example/hooks/catch/1234567/b8x/", 1),
    ("http://hooks.zapier.com/hooks/catch/1234567/b8x/", 2),
  ])
  func onlyZapiersOwnHostIsTaken(_ url: String, _ count: Int) throws {
    let problems = try zapier.problems("webhook_url: env:\(url)")
    #expect(problems.count == count, "\(problems)")
    for problem in problems { #expect(!problem.message.contains("b8x")) }
  }

  @Test func aProxyIsNamedExplicitlyAndTheSlashStays() throws {
    for end in ["", "/"] {
      let yaml = """
        webhook_url: env:https://hooks.zapier.com/hooks/catch/1234567/b8x\(end)
        base_url: http://127.0.0.1:9000/zap
        """
      #expect(try zapier.problems(yaml) == [])
      let request = try zapier.channel(yaml).request(for: Sample.reminder(for: zapier))
      guard case .http(let http) = request else { return }
      #expect(http.url == "http://127.0.0.1:9000/zap/hooks/catch/1234567/b8x\(end)")
    }
  }

  @Test func anAnswerThatIsNotZapiersProvesNothing() throws {
    for body in ["<html></html>", "[]", "{\"status\":\"suc", "{\"status\":\"error\"}", "ok"] {
      let outcome = try zapier.outcome(of: Response(status: 200, text: body))
      #expect(outcome.word == "unknown", "\(body)")
    }
  }

  @Test func theReceiptIsKeptAndAnOffZapSaysWhatToDo() throws {
    let outcomes = try Dictionary(
      uniqueKeysWithValues: AnswerFile.of(zapier).map {
        ($0.name, try zapier.outcome(of: $0.response))
      }
    )
    #expect(
      outcomes["accepted-json"] == .accepted(id: "0192fd2e-8a6c-7a1b-93aa-0c2f4e5d6b7a")
    )
    #expect(outcomes["refusedchannel-off"]?.why.contains("switch it on") == true)
  }

  @Test func checkSendsNothing() async throws {
    let transport = ScriptedTransport(answering: Response(status: 200))
    let findings = try await zapier.channel().inspect(over: Session(transport: transport))
    #expect(findings.map(\.kind) == [.note])
    #expect(await transport.requests.isEmpty)
  }
}
