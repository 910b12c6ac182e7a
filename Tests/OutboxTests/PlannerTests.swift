import Outbox
import Receivables
import Rules
import Testing

struct PlannerTests {
  private func planner(_ now: Now, _ change: (inout Planner) -> Void = { _ in }) -> Planner {
    func channel(
      _ name: String,
      _ audience: Audience,
      _ address: ChannelProfile.AddressKind,
      to: [String] = []
    ) -> ChannelProfile {
      ChannelProfile(
        name: name,
        type: name,
        audience: audience,
        address: address,
        to: to,
        policy: samplePolicy()
      )
    }
    let channels = [
      channel("email", .customer, .email), channel("sms", .customer, .phone),
      channel("credit-team", .team, .none), channel("dana-mail", .owner, .email),
      channel("dana-sms", .owner, .phone), channel("asana", .owner, .platform),
      channel("inboxes", .team, .email, to: ["one@harbour.example", "two@harbour.example"]),
      channel("archive", .customer, .none),
    ]
    var planner = Planner(
      channels: Dictionary(channels.map { ($0.name, $0) }) { first, _ in first },
      owners: [
        "dana": Owner(
          key: "dana",
          name: "Dana Ruiz",
          email: "dana@harbour.example",
          ids: ["asana": "12065"]
        )
      ],
      now: now
    )
    change(&planner)
    return planner
  }

  /// `channel recipient status` of each delivery, with why it is not pending.
  private func lines(_ entry: Plan.Entry) -> [String] {
    entry.deliveries.map { delivery in
      [
        delivery.channel, delivery.recipient ?? "-",
        delivery.hold?.rawValue ?? delivery.status.rawValue, delivery.why,
      ].filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  private func plan(
    _ notify: [[String]],
    approve: Bool = false,
    at time: String? = nil,
    account: (inout Account) -> Void = { _ in },
    planner change: (inout Planner) -> Void = { _ in }
  ) throws -> Plan.Entry {
    let now = try time.map { try sampleNow($0) } ?? sampleNow()
    let decision = try sampleDecision(notify: notify, approve: approve, now: now, account)
    return try #require(planner(now, change).plan([decision]).entries.first)
  }

  // MARK: Who is told

  @Test("Each entry is told; of an inner list the first channel that can reach the account")
  func fallback() throws {
    let both = [["sms", "email"], ["credit-team"]]
    #expect(
      try lines(plan(both)) == ["sms +6421555010 pending", "credit-team - pending"]
    )
    #expect(
      try lines(plan(both) { $0.phone = nil })
        == ["email ada@harbour.example pending", "credit-team - pending"]
    )
    #expect(
      try lines(plan(both) { $0.phone = "021 555 010" })
        == ["email ada@harbour.example pending", "credit-team - pending"]
    )
    #expect(
      try lines(plan(both) { $0.doNotContact = .sms })
        == ["email ada@harbour.example pending", "credit-team - pending"]
    )
  }

  @Test("When it is not known who was told what, customers' messages wait, and colleagues' do not")
  func forgotten() throws {
    let notify = [["sms"], ["credit-team"], ["dana-mail"]]
    let entry = try plan(
      notify, account: { $0.owner = "dana" }, planner: { $0.forgotten = ["books"] })
    #expect(
      lines(entry) == [
        "sms +6421555010 approval \(Delivery.inDoubt)", "credit-team - pending",
        "dana-mail dana@harbour.example pending",
      ])
    let other = try plan(notify, planner: { $0.forgotten = ["another"] })
    #expect(lines(other).first == "sms +6421555010 pending")
  }

  @Test("When none of a list can reach the account, the first says what stands in everyone's way")
  func unreachable() throws {
    let entry = try plan([["sms", "email"]]) { ($0.phone, $0.email) = (nil, "ada at harbour") }
    #expect(lines(entry) == ["sms - suppressed no phone number, the e-mail address is invalid"])
    #expect(entry.suppressed == "no phone number, the e-mail address is invalid")
  }

  @Test(
    "Do not contact: by SMS, by e-mail, or at all; the team hears all the same",
    arguments: [
      (DoNotContact.sms, ["sms - suppressed do not contact by SMS", "email"]),
      (.email, ["sms", "email - suppressed do not contact by e-mail"]),
      (.all, ["sms - suppressed do not contact", "email - suppressed do not contact"]),
    ]
  )
  func doNotContact(_ wish: DoNotContact, expected: [String]) throws {
    let entry = try plan([["sms"], ["email"], ["credit-team"]]) { $0.doNotContact = wish }
    let found = lines(entry)
    #expect(zip(found, expected).allSatisfy { $0.hasPrefix($1) })
    #expect(found.last == "credit-team - pending")
    #expect(entry.suppressed == nil)
  }

  @Test("Owners are told at the address, number or id that the channel needs")
  func owners() throws {
    #expect(
      try lines(plan([["dana-mail"], ["asana"], ["dana-sms"]])) == [
        "dana-mail dana@harbour.example pending", "asana 12065 pending",
        "dana-sms - suppressed owner dana has no address for dana-sms",
      ]
    )
    let orphan = try plan([["dana-mail"]]) { $0.owner = nil }
    #expect(orphan.suppressed == "the account has no owner")
    #expect(try plan([["asana"]]) { $0.owner = "gone" }.suppressed == "the account has no owner")
  }

  @Test("A record is made for nobody where the account has no owner, or the owner no id there")
  func nobody() throws {
    func planned(_ type: String, _ owner: String?) throws -> Plan.Entry {
      try plan([[type]], account: { $0.owner = owner }) {
        $0.channels[type]?.takesNobody = true
        $0.channels[type]?.address = .platform
      }
    }
    #expect(try lines(planned("asana", "dana")) == ["asana 12065 pending"])
    for (type, owner) in [("asana", nil), ("asana", "gone"), ("dana-mail", "dana")] {
      let entry = try planned(type, owner)
      #expect(lines(entry) == ["\(type) - pending"] && entry.suppressed == nil)
    }
    #expect(try planned("asana", nil).deliveries == planned("asana", nil).deliveries)
  }

  @Test(
    "Fixed recipients are all told; a channel without addresses is its own recipient"
  )
  func fixed() throws {
    #expect(
      try lines(plan([["inboxes"], ["archive"]])) == [
        "inboxes one@harbour.example pending", "inboxes two@harbour.example pending",
        "archive - pending",
      ]
    )
  }

  @Test("One recipient named twice is told once")
  func twice() throws {
    #expect(try lines(plan([["email"], ["sms", "email"], ["email"]])).count == 2)
  }

  @Test("An address that a platform refused is not tried again, until it is another")
  func badAddress() throws {
    func bad(_ planner: inout Planner) {
      planner.badAddresses = [BadAddress(channel: "sms", address: "+6421555010")]
    }
    #expect(
      try plan([["sms"]], planner: bad).suppressed == "+6421555010 was refused by sms before"
    )
    #expect(
      try lines(plan([["sms", "email"]], planner: bad)) == ["email ada@harbour.example pending"]
    )
    let other = try plan([["sms"]], account: { $0.phone = "+6421555011" }, planner: bad)
    #expect(other.suppressed == nil)
  }

  // MARK: Suppressed

  @Test("A disputed account is suppressed, for the team too, and keeps nothing")
  func disputed() throws {
    let entry = try plan([["email"], ["credit-team"]]) { $0.disputed = true }
    #expect(entry.suppressed == "the account is disputed")
    #expect(entry.deliveries.isEmpty)
  }

  @Test("Suppressed only when nobody may be told; otherwise the rest goes out")
  func partly() throws {
    let some = try plan([["email"], ["credit-team"]]) { $0.doNotContact = .all }
    #expect(some.suppressed == nil)
    #expect(some.deliveries.map(\.status) == [.suppressed, .pending])
    let none = try plan([["email"], ["sms"]]) { $0.doNotContact = .all }
    #expect(none.suppressed == "do not contact")
    #expect(none.deliveries.allSatisfy { $0.status == .suppressed })
  }

  @Test("Where nothing is due there are no deliveries")
  func nothingDue() throws {
    let now = try sampleNow()
    let decision = try sampleDecision(owes: "", now: now)
    let entry = try #require(planner(now).plan([decision]).entries.first)
    #expect(entry.deliveries.isEmpty && entry.suppressed == nil)
  }

  // MARK: Held

  @Test("A level that needs approval holds the customer's message and tells the team meanwhile")
  func approval() throws {
    #expect(
      try lines(plan([["email"], ["credit-team"]], approve: true)) == [
        "email ada@harbour.example approval waits for approval",
        "credit-team - pending",
      ]
    )
  }

  @Test("A channel without words for an alert gives way to the next of its list")
  func words() throws {
    let entry = try plan(
      [["sms", "email"]], planner: { $0.channels["sms"]?.ownWords = ["resolved"] })
    #expect(entry.deliveries.map(\.channel) == ["sms"])
    let profile = ChannelProfile(
      name: "wa", type: "whatsapp", audience: .customer, address: .phone, ownWords: ["visit"],
      policy: DeliveryPolicy(guarantee: .neither, onUncertain: .hold))
    #expect(profile.lacksWords(for: "reminder", reason: .crossed) == nil)
    #expect(profile.lacksWords(for: "visit", reason: .resolved) == nil)
    for (template, reason) in [
      ("resolved", Reason.resolved), ("thanks", .resolved), ("terms-changed", .crossed),
      ("payment-failed", .crossed),
    ] {
      #expect(
        profile.lacksWords(for: template, reason: reason)
          == "wa has no template for `\(template)`")
    }
  }

  @Test("A level for the team alone that needs approval waits for it")
  func approvalOfTheTeam() throws {
    #expect(
      try lines(plan([["credit-team"]], approve: true)) == [
        "credit-team - approval waits for approval"
      ]
    )
  }

  @Test("Where no earlier pass has read the source, a customer's message waits and the team's goes")
  func firstPass() throws {
    let entry = try plan(
      [["email"], ["credit-team"]], planner: { $0.firstTime = ["books"] })
    #expect(entry.deliveries.map(\.hold) == [.firstPass, nil])
    #expect(entry.deliveries.map(\.waitsForPerson) == [true, false])
    let other = try plan(
      [["email"], ["credit-team"]], planner: { $0.firstTime = ["annex"] })
    #expect(other.deliveries.map(\.hold) == [nil, nil])
  }

  @Test("Outside the hours of its audience a message waits for the next of them")
  func hours() throws {
    let office = Hours(weekdays: [1, 2, 3, 4, 5], from: 30_600, to: 64_800)
    let entry = try plan(
      [["email"], ["credit-team"]],
      at: "2026-03-07T10:00:00+13:00",
      planner: { $0.hours.byAudience = [.customer: office] }
    )
    #expect(entry.deliveries.map(\.hold) == [.hours, nil])
    #expect(entry.deliveries.first?.why == "outside the hours of customers")
    #expect(entry.deliveries.first?.notBefore == Instant("2026-03-09T08:30:00+13:00"))
  }

  private func many(
    _ count: Int,
    email: (Int) -> String = { "tenant\($0)@harbour.example" },
    rules: [String] = ["rent"],
    notify: [[String]] = [["email"], ["credit-team"]],
    now: Now
  ) throws -> [Decision] {
    try (0..<count).flatMap { index in
      try rules.map { rule in
        try sampleDecision(rule: rule, notify: notify, now: now) {
          $0.key = AccountKey(source: "books", id: "A\(index)")
          $0.email = email(index)
        }
      }
    }
  }

  @Test("A pass over its limit holds all customer messages")
  func limit() throws {
    let now = try sampleNow()
    func plan(_ count: Int, heldBefore: Int = 0) throws -> Plan {
      try planner(now) {
        $0.limits.customerMessagesPerPass = 3
        $0.heldByLimit = heldBefore
      }.plan(many(count, now: now))
    }
    let within = try plan(3)
    #expect(within.entries.flatMap(\.deliveries).allSatisfy { $0.status == .pending })
    let over = try plan(4)
    #expect(over.heldByLimit == 4)
    for delivery in over.entries.flatMap(\.deliveries) {
      #expect((delivery.hold == .limit) == (delivery.audience == .customer))
      #expect(delivery.audience == .team || delivery.why.contains("over the limit of 3"))
    }
    // Those that an earlier pass held count too: else a pass an hour would send them all.
    let later = try plan(2, heldBefore: 2)
    #expect(later.heldByLimit == 2)
  }

  @Test("Without a limit nothing is held")
  func unlimited() throws {
    let now = try sampleNow()
    let plan = planner(now) { $0.limits.customerMessagesPerPass = nil }
      .plan(try many(300, now: now))
    #expect(plan.heldByLimit == 0)
    #expect(planner(now).plan(try many(201, now: now)).heldByLimit == 201)
  }

  @Test("Who was told often enough today is told tomorrow")
  func recipientDay() throws {
    let address = BadAddress(channel: "email", address: "ada@harbour.example")
    func plan(_ told: Int, _ most: Int) throws -> Delivery? {
      try self.plan(
        [["email"]],
        planner: {
          $0.limits.perRecipientPerDay = most
          $0.sentToday = [address: told]
        }
      ).deliveries.first
    }
    #expect(try plan(0, 1)?.status == .pending)
    #expect(try plan(1, 2)?.status == .pending)
    let held = try #require(try plan(1, 1))
    #expect(held.hold == .recipientDay)
    #expect(held.notBefore == Instant("2026-03-03T00:00:00+13:00"))
  }

  @Test("One address for several accounts is told of one a day, the others on the days that follow")
  func sharedAddress() throws {
    let now = try sampleNow("2026-03-05T10:00:00+13:00")
    let office = Hours(weekdays: [1, 2, 3, 4, 5], from: 30_600, to: 64_800)
    let decisions = try many(3, email: { _ in "manager@harbour.example" }, now: now)
    let plan = planner(now) {
      $0.limits.perRecipientPerDay = 1
      $0.hours.byAudience = [.customer: office]
    }.plan(decisions)
    let customers = plan.entries.flatMap(\.deliveries).filter { $0.audience == .customer }
    #expect(customers.map(\.hold) == [nil, .recipientDay, .recipientDay])
    // Thursday, Friday, and over the weekend Monday.
    #expect(
      customers.map(\.notBefore) == [
        nil, Instant("2026-03-06T08:30:00+13:00"), Instant("2026-03-09T08:30:00+13:00"),
      ]
    )
    #expect(plan.entries.flatMap(\.deliveries).filter { $0.hold != nil }.count == 2)
  }

  @Test("Several rules on one account are one message, and count as one")
  func sharedMessage() throws {
    let now = try sampleNow()
    let decisions = try many(2, rules: ["rent", "large", "due"], now: now)
    let plan = planner(now) { $0.limits.perRecipientPerDay = 1 }.plan(decisions)
    #expect(plan.entries.flatMap(\.deliveries).allSatisfy { $0.status == .pending })
  }

  // MARK: What is promised

  @Test(
    "The same decision is promised under the same ids, in whatever pass and on whatever machine"
  )
  func stableIDs() throws {
    let entry = try plan([["email"], ["credit-team"]])
    let again = try plan([["email"], ["credit-team"]], at: "2026-03-02T23:00:00+13:00")
    #expect(entry.deliveries.map(\.id) == again.deliveries.map(\.id))
    #expect(Set(entry.deliveries.map(\.id)).count == 2)
    let next = try plan([["email"]], at: "2026-03-03T10:00:00+13:00")
    #expect(next.deliveries.first?.id != entry.deliveries.first?.id)
  }

  @Test("A new episode counts on from the last one; an open one keeps its number")
  func episodes() throws {
    let now = try sampleNow()
    let decision = try sampleDecision(now: now)
    let key = EpisodeKey(
      rule: "rent",
      account: decision.account,
      currency: decision.currency
    )
    let plan = planner(now) { $0.lastEpisode = [key: 4] }.plan([decision])
    #expect(plan.entries.first?.episode == 5)
    #expect(plan.entries.first?.deliveries.first?.episode == 5)
    #expect(planner(now).plan([decision]).entries.first?.episode == 1)
  }

  @Test("A delivery carries what its alert and its recipient are")
  func contents() throws {
    let now = try sampleNow()
    let delivery = try #require(try plan([["email"]]).deliveries.first)
    #expect(delivery.rule == "rent")
    #expect(delivery.accountName == "Ada" && delivery.recipientName == "Ada")
    #expect(delivery.level == 1 && delivery.alertNumber == 1 && delivery.reason == .crossed)
    #expect(delivery.template == "reminder")
    #expect(delivery.createdAt == now.instant && delivery.readySince == now.instant)
    #expect(delivery.attempts == 0 && delivery.sentAt == nil)
  }
}

extension Plan {
  fileprivate var heldByLimit: Int {
    entries.flatMap(\.deliveries).count { $0.hold == .limit }
  }
}
