import Configuration
import Pass
import Testing

/// Which channels can tell ops.
struct OpsSettingsTests {
  private static func problems(_ channel: String) throws -> [String] {
    let file = try ConfigurationFile(
      path: "/x/b.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        ops:
          - desk
        sources: { books: { type: csv, path: r.csv } }
        channels:
          desk: \(channel)
          team: { type: stdout }
        rules:
          - name: rent
            when: { balance: overdue }
            levels: [{ notify: [team] }]
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["TOKEN": "token-for-the-tests"],
      folder: "/x",
      missing: .isAnError,
      literalsAreErrors: false
    )
    do throws(ConfigurationError) {
      return try Assembly(Setup(file, resolver: resolver), resolver: resolver).warnings
    } catch {
      return error.description.split(separator: "\n").map(String.init)
    }
  }

  @Test(arguments: [
    "{ type: slack, webhook_url: https://hooks.slack.com/services/T/B/X }",
    "{ type: teams, webhook_url: https://teams.test/workflows/x }",
    "{ type: webhook, url: https://ops.test/in }", "{ type: stdout }",
    "{ type: smtp, host: mail.test, from: a@b.test, to: [c@d.test] }",
    "{ type: twilio, account_sid: AC1, auth_token: env:TOKEN, from: \"+64211\","
      + " to: [\"+6421000000\"] }",
  ])
  func aChannelThatCarriesTextToSomebodyCanTellOps(_ channel: String) throws {
    let problems = try Self.problems(channel).filter { $0.contains("ops") }
    #expect(problems == [])
  }

  @Test(arguments: [
    (
      "{ type: smtp, host: mail.test, from: a@b.test }",
      "it follows an audience; give it fixed recipients with `to:`, or name another"
    ),
    (
      "{ type: trello, key: env:TOKEN, token: env:TOKEN, board: b, list: c }",
      "Trello keeps records of debts; name a channel that carries messages"
    ),
    (
      "{ type: mailchimp, api_key: env:TOKEN, template: t, to: [c@d.test] }",
      "Mailchimp Transactional says what a template there says; name a channel that carries any"
        + " text"
    ),
  ])
  func oneThatCannotIsAnErrorWithItsPlaceAndHowToMendIt(_ channel: String, _ why: String) throws {
    let problems = try Self.problems(channel).filter { $0.contains("ops[1]") }
    #expect(problems == ["/x/b.yaml:4:5: error: ops[1]: `desk` cannot tell ops: \(why)"])
  }
}
