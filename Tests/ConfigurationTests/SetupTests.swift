import Configuration
import Outbox
import Receivables
import Rules
import Settings
import Testing

struct SetupTests {
  /// As SPEC.md writes it, but for the secret in a file.
  private let specification = """
    version: 1
    organisation: Harbour Lettings          # the name that messages carry
    timezone: Pacific/Auckland              # business days, due dates and windows are in this zone
    locale: en-NZ                           # default for amounts and dates; an account's own wins
    state: state.sqlite                     # beside the config unless absolute
    templates: templates/                   # overrides of the built-in ones
    directory: accounts.csv                 # optional overlay
    aging: [30, 60, 90]

    sources:
      books:
        type: xero
        tenant_id: 45e4708e-d862-4111-ab3a-dd8cd03913e1
        auth: { grant: client_credentials, client_id: env:XERO_ID, client_secret: env:XERO_ID }
    channels:
      email: { type: sendgrid, api_key: env:SENDGRID_API_KEY, from: "accounts@harbour.example" }
      sms:   { type: twilio, account_sid: env:TWILIO_SID, auth_token: env:TWILIO_TOKEN, from: "+6421000000" }
      credit-team: { type: slack, webhook_url: env:SLACK_URL, digest: true }
      tasks: { type: asana }
    owners:
      dana: { name: Dana Ruiz, email: dana@harbour.example, asana: "12065", trello: danaruiz }
    hours:                                   # when a customer may be contacted
      customer: { days: [mon, tue, wed, thu, fri], from: "08:30", to: "18:00", holidays: holidays.ics }
    limits: { customer_messages_per_pass: 200, per_recipient_per_day: 1 }
    heartbeat_url: env:HEARTBEAT_URL
    metrics_file: /var/lib/node_exporter/balancealert.prom
    ops: [credit-team]                       # told when a source keeps failing

    rules:
      - name: overdue-rent
        match: { sources: [books], currencies: [NZD], tags: [residential], except: [] }
        when:
          balance: overdue                   # total (default) | overdue | "31-60" | "31+"
          over: { NZD: 500, default: 500 }
          days_overdue: 7
          credit_used_over: 90
          terms_changed_within: 30d
          due_within: 3d
        clear_under: { NZD: 400, default: 400 }
        repeat: 7d                           # default 7d; never
        max_alerts: 6
        levels:
          - { after: 0d,  notify: [[sms, email]], template: reminder }
          - { after: 14d, notify: [email, credit-team], template: firm }
          - { after: 28d, notify: [credit-team, tasks], template: escalate, approve: true }
        on_resolved: { notify: [credit-team] }
      - name: failed-payment
        on: [invoice.payment_failed]         # each new event is a crossing of its own
        levels: [{ notify: [email], template: payment-failed }]
    """

  @Test("The config of the specification is read, whole")
  func specificationConfig() throws {
    let setup = try setup(specification)
    #expect(setup.organisation == "Harbour Lettings")
    #expect(setup.zone.description == "Pacific/Auckland" && setup.locale == "en-NZ")
    #expect(setup.statePath == "conf/state.sqlite")
    #expect(setup.templatesPath == "conf/templates/")
    #expect(setup.directoryPath == "conf/accounts.csv")
    #expect(setup.aging == .standard)
    #expect(setup.sources.map(\.type) == ["xero"])
    #expect(setup.channels.map(\.name) == ["email", "sms", "credit-team", "tasks"])
    #expect(setup.owners["dana"]?.ids == ["asana": "12065", "trello": "danaruiz"])
    #expect(setup.owners["dana"]?.email == "dana@harbour.example")
    #expect(
      setup.hours == [.customer: Hours(weekdays: [1, 2, 3, 4, 5], from: 30_600, to: 64_800)]
    )
    #expect(setup.limits == Limits(customerMessagesPerPass: 200, perRecipientPerDay: 1))
    #expect(setup.rules.map(\.name) == ["overdue-rent", "failed-payment"])
    #expect(
      setup.templateUses.map(\.name) == [
        "reminder", "firm", "escalate", "resolved", "payment-failed",
      ]
    )

    let rule = setup.rules[0]
    #expect(
      rule.match
        == .init(sources: ["books"], currencies: [try Currency("NZD")], tags: ["residential"])
    )
    #expect(rule.when.basis == .overdue && rule.when.comparison == .over)
    #expect(rule.when.threshold == Thresholds(byCurrency: ["NZD": "500"], fallback: "500"))
    #expect(rule.when.daysOverdue == 7 && rule.when.creditUsedOver == 90)
    #expect(rule.when.termsChangedWithin == .days(30) && rule.when.dueWithinDays == 3)
    #expect(rule.clearUnder == Thresholds(byCurrency: ["NZD": "400"], fallback: "400"))
    #expect(rule.repeatAfter == .days(7) && rule.maxAlerts == 6 && !rule.jump)
    #expect(rule.levels.map(\.trigger) == [.after(.days(0)), .after(.days(14)), .after(.days(28))])
    #expect(
      rule.levels.map(\.notice.notify) == [
        [["sms", "email"]], [["email"], ["credit-team"]], [["credit-team"], ["tasks"]],
      ]
    )
    #expect(rule.levels.map(\.needsApproval) == [false, false, true])
    #expect(rule.onResolved == .init(notify: [["credit-team"]], template: "resolved"))
  }

  @Test("What is left out has its default")
  func defaults() throws {
    let setup = try setup(config(rule: "  levels: [{ notify: [email] }]"))
    #expect(setup.warnings.isEmpty)
    #expect(setup.zone == .utc && setup.locale == "en" && setup.aging == .standard)
    #expect(setup.statePath == "conf/state.sqlite")
    #expect(setup.templatesPath == nil && setup.directoryPath == nil)
    #expect(setup.owners.isEmpty && setup.hours.isEmpty)
    #expect(setup.limits == Limits(customerMessagesPerPass: 200, perRecipientPerDay: nil))
    let rule = setup.rules[0]
    #expect(rule.match == .init())
    #expect(rule.when == Condition(basis: .total, comparison: .over, threshold: .zero))
    #expect(rule.clearUnder == nil && rule.repeatAfter == .days(7) && rule.maxAlerts == nil)
    #expect(rule.levels.map(\.trigger) == [.after(.days(0))])
    #expect(rule.levels.map(\.notice.template) == ["reminder"])
    #expect(rule.onResolved == nil && !rule.jump && !rule.includesAutomatic)
  }

  @Test("Five mistakes come out as five problems, in their order, each with a name that is near")
  func fiveMistakes() {
    let text = """
      version: 1
      organisation: Harbour Lettings
      timezone: Pacific/Aukland
      aging: [30, 20]
      sources:
        books: { type: xero }
      channels:
        email: { type: sendgrid }
        credit-team: { type: slack }
      limit: { per_recipient_per_day: 1 }
      rules:
        - name: rent
          match: { sources: [boks] }
          when: { balance: overdue, over: { NZD: 500.005 } }
          levels:
            - { after: 0d, notify: [emial] }
      """
    #expect(
      problems(text) == [
        "conf/balancealert.yaml:3:11: error: timezone: `Pacific/Aukland` is not an IANA time zone,"
          + " as in Pacific/Auckland",
        "conf/balancealert.yaml:4:8: error: aging: must be rising whole days, as in [30, 60, 90]",
        "conf/balancealert.yaml:10:1: error: limit: unknown key; did you mean `limits`?",
        "conf/balancealert.yaml:13:23: error: rules[1].match.sources: there is no source `boks`;"
          + " did you mean `books`?",
        "conf/balancealert.yaml:14:44: error: rules[1].when.over: `500.005` has more decimals than"
          + " the currency's 2",
        "conf/balancealert.yaml:16:31: error: rules[1].levels[1].notify: there is no channel"
          + " `emial`; did you mean `email`?",
      ]
    )
  }

  @Test("What must be there is asked for")
  func missing() {
    let found = problems("timezone: UTC\n")
    for key in ["version", "organisation", "sources", "channels", "rules"] {
      #expect(found.contains { $0.contains("error: \(key): missing: ") }, "\(key)")
    }
    #expect(found.count == 5)
    #expect(
      problems("version: 2\norganisation: x\nsources: {}\nchannels: {}\nrules: []")
        .contains { $0.contains("1:10: error: version: this balancealert reads version 1") }
    )
  }

  @Test("Hours are days and times of one audience, and end later than they begin")
  func hours() throws {
    func hours(_ text: String) -> String {
      config(rule: "  levels: [{ notify: [email] }]") + "\nhours: { \(text) }\n"
    }
    let all = try setup(hours("team: { from: \"00:00\" }")).hours[.team]
    #expect(all == Hours(weekdays: Set(1...7), from: 0, to: 86_400))
    for (text, problem) in [
      ("customer: { days: [monday] }", "must be of mon, tue"),
      ("customer: { from: \"25:00\" }", "must be a time such as"),
      ("customer: { from: 8 }", "must be a time such as"),
      ("customer: { from: \"18:00\", to: \"08:00\" }", "must be later than `from`"),
      ("boss: { from: \"08:00\" }", "hours are for customer, owner or team, not `boss`"),
      ("customer: { until: \"08:00\" }", "unknown key"),
    ] {
      #expect(problems(hours(text)).contains { $0.contains(problem) }, "\(text)")
    }
  }

  @Test("Two rules of one name are refused: their episodes could not be told apart")
  func twoRules() {
    let text =
      config(rule: "  levels: [{ notify: [email] }]")
      + "\n  - name: rent\n    levels: [{ notify: [email] }]\n"
    #expect(problems(text).contains { $0.contains("two rules are named `rent`") })
  }

  @Test("Sources and channels are found whatever else is wrong with the file")
  func adapters() throws {
    let file = try file("channels:\n  email: { type: smtp, port: 25 }\n  odd: 7\nrules: 5\n")
    #expect(Setup.adapters("channels", of: file).map(\.name) == ["email"])
    #expect(Setup.adapters("sources", of: file).isEmpty)
  }
}
