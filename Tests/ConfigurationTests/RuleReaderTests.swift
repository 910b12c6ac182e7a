import Configuration
import Receivables
import Rules
import Settings
import Testing

struct RuleReaderTests {
  private let levels = "  levels: [{ notify: [email] }]"

  private func rule(_ text: String) throws -> Rule {
    try #require(try setup(config(rule: text)).rules.first)
  }

  @Test("Thresholds are exact: one for all, or by currency with a default")
  func thresholds() throws {
    func threshold(_ text: String) throws -> Thresholds {
      try rule("  when: { over: \(text) }\n\(levels)").when.threshold
    }
    #expect(try threshold("500") == Thresholds(fallback: "500"))
    #expect(try threshold("\"0.30\"") == Thresholds(fallback: "0.30"))
    #expect(
      try threshold("{ nzd: 500.10, JPY: 60000, default: 1.5 }")
        == Thresholds(byCurrency: ["NZD": "500.10", "JPY": "60000"], fallback: "1.5")
    )
    #expect(try threshold("{ NZD: 500 }").amount(in: Currency("AUD")) == nil)
  }

  @Test(
    "An amount that is none, or not of its currency, is refused",
    arguments: [
      ("500,00", "is not an amount"), ("{ JPY: 0.5 }", "more decimals than the currency's 0"),
      ("{ XXX: 5 }", "not an ISO 4217 currency"), ("[500]", "must be an amount, or amounts"),
      ("{ NZD: [5] }", "must be an amount"), ("0.0005", "more decimals"), ("lots", "not an amount"),
    ]
  )
  func badThresholds(text: String, problem: String) {
    let value = text.contains(",") && !text.contains("{") ? "\"\(text)\"" : text
    #expect(
      problems(config(rule: "  when: { over: \(value) }\n\(levels)")).contains {
        $0.contains(problem)
      }
    )
  }

  @Test("`over` and `at_least` exclude each other")
  func comparison() throws {
    let atLeast = try rule("  when: { at_least: 500 }\n\(levels)")
    #expect(atLeast.when.comparison == .atLeast)
    #expect(atLeast.when.threshold == Thresholds(fallback: "500"))
    #expect(
      problems(config(rule: "  when: { over: 1, at_least: 2 }\n\(levels)")).contains {
        $0.contains("stands beside `over`; keep one")
      }
    )
  }

  @Test("A balance is total, overdue, a bucket, or a bucket and older")
  func basis() throws {
    #expect(
      try rule("  when: { balance: \"31-60\" }\n\(levels)").when.basis == .bucket(2, name: "31-60")
    )
    #expect(
      try rule("  when: { balance: 31+ }\n\(levels)").when.basis
        == .bucketAndOlder(2, name: "31+")
    )
    #expect(
      problems(config(rule: "  when: { balance: 31-90 }\n\(levels)")).first?.contains(
        "must be total, overdue, one of current, 1-30, 31-60, 61-90, 90+, or such as 31+"
      ) == true
    )
  }

  @Test("A repeat is a window, or never")
  func repeats() throws {
    #expect(try rule("  repeat: never\n\(levels)").repeatAfter == nil)
    #expect(try rule("  repeat: 36h\n\(levels)").repeatAfter == .seconds(129_600))
    #expect(try rule("  repeat: 2w\n\(levels)").repeatAfter == .days(14))
    #expect(
      problems(config(rule: "  repeat: weekly\n\(levels)")).first?.contains(
        "`weekly` must be a duration such as 90s, 10m, 6h, 7d or 2w"
      ) == true
    )
  }

  @Test("Levels come in their order, by days since the crossing or by days overdue")
  func levelOrder() throws {
    let rule = try rule(
      """
        levels:
          - { days_overdue: 15, notify: [email] }
          - { days_overdue: 30, notify: [email] }
          - { notify: [email], after: 3d }
          - { notify: [email], after: 60d, template: last }
      """
    )
    #expect(
      rule.levels.map(\.trigger) == [
        .daysOverdue(15), .daysOverdue(30), .after(.days(3)), .after(.days(60)),
      ]
    )
    #expect(
      rule.levels.map(\.notice.template) == ["reminder", "firm", "escalate", "last"]
    )
    for text in [
      "[{ after: 7d, notify: [email] }, { after: 7d, notify: [email] }]",
      "[{ days_overdue: 30, notify: [email] }, { days_overdue: 15, notify: [email] }]",
    ] {
      #expect(
        problems(config(rule: "  levels: \(text)")).contains { $0.contains("must come later than") }
      )
    }
    #expect(
      problems(config(rule: "  levels: [{ after: 7d, days_overdue: 3, notify: [email] }]"))
        .contains { $0.contains("stands beside `after`; keep one") }
    )
    #expect(
      problems(config(rule: "  levels: []")).contains { $0.contains("needs at least one level") }
    )
  }

  @Test("Channels are named alone or in an inner list, deeper is refused")
  func notify() throws {
    func notify(_ text: String) throws -> [[String]]? {
      try rule("  levels: [{ notify: \(text) }]").levels.first?.notice.notify
    }
    #expect(
      try notify("[email, [sms, email], [team]]") == [["email"], ["sms", "email"], ["team"]]
    )
    for (text, problem) in [
      ("email", "must be a list of channels"), ("[[[email]]]", "must be the name of a channel"),
      ("[]", "names no channel"), ("[[sms, teem]]", "did you mean `team`?"),
      ("[pager]", "there is no channel `pager`"),
    ] {
      #expect(
        problems(config(rule: "  levels: [{ notify: \(text) }]")).contains {
          $0.contains(problem)
        },
        "\(text)"
      )
    }
  }

  @Test("An inner list that names nobody is refused, too")
  func emptyInnerList() {
    #expect(!problems(config(rule: "  levels: [{ notify: [[], [email]] }]")).isEmpty)
  }

  @Test("What the platform collects is chased only where a rule says so")
  func autopay() throws {
    #expect(try rule("  autopay: include\n\(levels)").includesAutomatic)
    #expect(try !rule("  autopay: exclude\n\(levels)").includesAutomatic)
    #expect(problems(config(rule: "  autopay: yes\n\(levels)")).count == 1)
  }

  @Test("A condition in hours where days are meant is refused")
  func dueWithin() {
    #expect(
      problems(config(rule: "  when: { due_within: 6h }\n\(levels)")).first?.contains(
        "must be in days, as in 3d"
      ) == true
    )
  }
}
