import Configuration
import Foundation
import Outbox
import Receivables
import Rules
import Settings
import Testing

private let head = """
  version: 1
  organisation: Harbour Lettings
  timezone: Pacific/Auckland
  sources:
    books: { type: csv, path: r.csv }
  channels:
    sms: { type: twilio }
    team: { type: slack }

  """

private func setup(
  _ text: String,
  environment: [String: String] = [:],
  literalsAreErrors: Bool = false
) throws -> Setup {
  let file = try ConfigurationFile(path: "/x/b.yaml", text: text, isReadableByOthers: false)
  let resolver = SecretResolver(
    environment: environment,
    folder: "/x",
    missing: .isAnError,
    literalsAreErrors: literalsAreErrors
  )
  return Setup(file, resolver: resolver)
}

@Suite struct SetupTests {
  @Test func aRuleIsReadWhole() throws {
    let setup = try setup(
      head + """
        aging: [15, 45]
        hours:
          customer: { days: [mon, fri], from: "08:30", to: "18:00" }
        limits: { customer_messages_per_pass: 20, per_recipient_per_day: 1 }
        owners:
          dana: { name: Dana Ruiz, email: dana@harbour.example, asana: "12065" }
        rules:
          - name: rent
            match: { sources: [books], currencies: [NZD], tags: [residential], except: [C9] }
            when: { balance: "16-45", over: { NZD: 500, default: 100.5 }, days_overdue: 7 }
            clear_under: 400
            repeat: never
            max_alerts: 6
            jump: true
            levels:
              - { notify: [[sms, team]] }
              - { after: 14d, notify: [team], template: firm, approve: true }
              - { days_overdue: 60, notify: [team] }
            on_resolved: { notify: [team] }
        """
    )
    #expect(setup.problems.isEmpty)
    #expect(setup.aging.names == ["current", "1-15", "16-45", "45+"])
    #expect(setup.hours.byAudience[.customer] == Hours(weekdays: [1, 5], from: 30_600, to: 64_800))
    #expect(setup.limits == Limits(customerMessagesPerPass: 20, perRecipientPerDay: 1))
    #expect(setup.owners["dana"]?.ids == ["asana": "12065"])
    #expect(setup.statePath == "/x/state.sqlite")
    let rule = try #require(setup.rules.first)
    #expect(rule.repeatAfter == nil && rule.maxAlerts == 6 && rule.jump)
    #expect(rule.when.basis == .bucket(2, name: "16-45"))
    #expect(rule.when.threshold.byCurrency == ["NZD": "500"])
    #expect(rule.when.threshold.fallback == "100.5")
    #expect(rule.levels.map(\.notice.notify) == [[["sms", "team"]], [["team"]], [["team"]]])
    #expect(rule.levels.map(\.notice.template) == ["reminder", "firm", "escalate"])
    #expect(rule.levels[2].trigger == .daysOverdue(60))
    #expect(rule.levels.map(\.needsApproval) == [false, true, false])
  }

  @Test func fiveMistakesAreFiveProblemsWithTheirPlaces() throws {
    let setup = try setup(
      head + """
        localee: en-NZ
        rules:
          - name: rent
            when: { balance: overdu, over: 1.2345 }
            repeat: 7days
            levels: [{ notify: [sns] }]
        """
    )
    let errors = setup.problems.filter(\.isError)
    #expect(errors.count == 5)
    #expect(errors.map(\.problem.position.line) == [9, 12, 12, 13, 14])
    #expect(errors.first?.description.contains("/x/b.yaml:9:1: error: localee") == true)
    #expect(errors.first?.description.contains("did you mean `locale`?") == true)
    #expect(errors.last?.description.contains("did you mean `sms`?") == true)
  }

  @Test func aRuleMayBeOnEventsWithOrWithoutACondition() throws {
    let setup = try setup(
      head + """
        rules:
          - { name: failed, on: [invoice.payment_failed], levels: [{ notify: [team] }] }
          - { name: large, on: [a, b], when: { over: 500 }, levels: [{ notify: [team] }] }
        """
    )
    #expect(setup.problems.isEmpty)
    #expect(
      setup.rules.map(\.events) == [
        Rule.Events(types: ["invoice.payment_failed"], needsCondition: false),
        Rule.Events(types: ["a", "b"], needsCondition: true),
      ]
    )
    #expect(setup.eventUses.map(\.types) == [["invoice.payment_failed"], ["a", "b"]])
  }

  @Test func whatIsAboutLastingHasNoMeaningBesideOn() throws {
    let setup = try setup(
      head + """
        rules:
          - name: failed
            on: []
            repeat: 7d
            max_alerts: 3
            levels: [{ notify: [team] }, { after: 7d, notify: [team] }]
          - { name: late, on: [x], levels: [{ days_overdue: 3, notify: [team] }] }
        """
    )
    #expect(
      setup.problems.map(\.problem.path) == [
        "rules[1].on", "rules[1].repeat", "rules[1].max_alerts", "rules[1].levels",
        "rules[2].levels",
      ]
    )
    #expect(setup.problems.filter(\.isError).count == setup.problems.count)
  }

  @Test(arguments: ["a: [1", "a: 1\na: 2", "", "- 1", "a: \"x"])
  func whatIsNoConfigSaysWhere(_ text: String) {
    #expect(throws: ConfigurationError.self) {
      try ConfigurationFile(path: "b.yaml", text: text, isReadableByOthers: false)
    }
  }

  @Test func theSchemaIsJSONAndKnowsEveryKey() throws {
    let text = JSONSchema.text(Setup.descriptions, sources: [], channels: [])
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    )
    let keys = try #require(schema["properties"] as? [String: Any]).keys
    for key in ["version", "organisation", "timezone", "sources", "channels", "rules", "hours"] {
      #expect(keys.contains(key))
    }
  }
}

@Suite struct SecretResolverTests {
  private func resolver(
    _ environment: [String: String] = [:],
    missing: SecretResolver.Missing = .isAnError,
    literalsAreErrors: Bool = false
  ) -> SecretResolver {
    SecretResolver(
      environment: environment.merging(["PATH": "/usr/bin:/bin"]) { first, _ in first },
      folder: NSTemporaryDirectory(),
      missing: missing,
      literalsAreErrors: literalsAreErrors
    )
  }

  private func value(_ result: Result<Secret, SettingsReader.SecretProblem>) -> String? {
    (try? result.get())?.reveal()
  }

  @Test func eachReferenceIsResolved() throws {
    let name = "secret-\(UUID().uuidString)"
    let path = NSTemporaryDirectory() + "/" + name
    try "one\ntwo\n".write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let resolver = resolver(["TOKEN": "t", "CREDENTIALS_DIRECTORY": NSTemporaryDirectory()])
    #expect(value(resolver.resolve("env:TOKEN")) == "t")
    #expect(value(resolver.resolve("file:\(name)")) == "one")
    #expect(value(resolver.resolve("cred:\(name)")) == "one")
    #expect(value(resolver.resolve("exec:echo three four")) == "three four")
    #expect(value(resolver.resolve("literal")) == "literal")
  }

  @Test(arguments: [
    "env:GONE", "file:gone", "cred:gone", "cred:../gone", "exec:false", "exec:no-such-program",
  ])
  func whatIsNotThereIsAProblemAndAStandInInReplays(_ reference: String) {
    #expect(value(resolver().resolve(reference)) == nil)
    #expect(value(resolver(missing: .standsIn).resolve(reference)) != nil)
  }

  @Test func aCommandThatHangsIsEndedAndNamed() {
    func problem(_ deadline: ContinuousClock.Instant?) -> String? {
      let resolver = SecretResolver(
        environment: ["PATH": "/usr/bin:/bin"],
        folder: NSTemporaryDirectory(),
        missing: .isAnError,
        literalsAreErrors: false,
        deadline: deadline,
        patience: .milliseconds(50)
      )
      guard case .failure(let problem) = resolver.resolve("exec:sleep 1000") else { return nil }
      return problem.message
    }
    #expect(problem(nil)?.hasPrefix("the command sleep did not end in time") == true)
    #expect(problem(.now)?.hasPrefix("the command sleep did not end by the deadline") == true)
  }

  @Test func aLiteralInAFileThatOthersReadIsRefused() {
    #expect(value(resolver(literalsAreErrors: true).resolve("literal")) == nil)
  }

  /// `exec:` splits words, and starts no shell.
  @Test func noShellSeesTheCommand() {
    #expect(value(resolver().resolve("exec:echo $HOME;id")) == "$HOME;id")
  }
}
