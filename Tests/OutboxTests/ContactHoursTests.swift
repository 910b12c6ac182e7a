import Outbox
import Receivables
import Testing

struct ContactHoursTests {
  private func hours() throws -> ContactHours {
    var hours = Hours(windows: [
      .init(weekdays: [1, 2, 3, 4, 5], from: 30_600, to: 64_800),
      .init(weekdays: [6], from: 36_000, to: 43_200),
    ])
    let waitangi = try #require(Day("2026-02-06"))
    hours.holidays[waitangi] = "Waitangi Day"
    return ContactHours([.customer: hours], zone: try #require(Zone("Pacific/Auckland")))
  }

  private func account(_ zone: String?) -> Account {
    Account(key: AccountKey(source: "books", id: "C1"), name: "Ada", timezone: zone)
  }

  @Test(
    "Windows, holidays and the customer's own clock",
    arguments: [
      // Thursday evening before a holiday on Friday; Saturday has two hours.
      ("2026-02-05T19:00:00+13:00", nil, "2026-02-07T10:00:00+13:00", "outside the hours"),
      ("2026-02-06T12:00:00+13:00", nil, "2026-02-07T10:00:00+13:00", "(Waitangi Day)"),
      ("2026-02-07T11:00:00+13:00", nil, nil, ""),
      ("2026-02-07T12:00:00+13:00", nil, "2026-02-09T08:30:00+13:00", "outside"),
      // Ten in the morning in Auckland is five in Perth.
      ("2026-02-09T10:00:00+13:00", "Australia/Perth", "2026-02-09T08:30:00+08:00", "in Australia"),
      ("2026-02-09T14:00:00+13:00", "Australia/Perth", nil, ""),
      // A zone that nobody knows is the organisation's.
      ("2026-02-09T10:00:00+13:00", "Mars/Olympus", nil, ""),
    ] as [(String, String?, String?, String)]
  )
  func holds(at text: String, zone: String?, until: String?, why: String) throws {
    let now = try #require(Instant(text))
    let hold = try hours().hold(.customer, of: account(zone), at: now)
    #expect(hold?.until == until.flatMap { Instant($0) })
    #expect(hold.map { $0.why.contains(why) } ?? true, "\(hold?.why ?? "")")
  }

  @Test("Owners and the team are by the organisation's clock, and may have no hours at all")
  func others() throws {
    let night = try #require(Instant("2026-02-09T03:00:00+13:00"))
    #expect(try hours().hold(.team, of: account("Australia/Perth"), at: night) == nil)
  }

  @Test("While the holidays are not known, nobody is contacted")
  func unknownHolidays() throws {
    var hours = try hours()
    hours.byAudience[.customer]?.problem = "holidays.ics:3: …"
    let noon = try #require(Instant("2026-02-10T12:00:00+13:00"))
    let hold = try #require(hours.hold(.customer, of: nil, at: noon))
    #expect(hold.until == Instant("2026-02-11T08:30:00+13:00"))
    #expect(hold.why == "the holidays are not known: holidays.ics:3: …")
  }

  @Test("A year of holidays does not go on for ever")
  func onlyHolidays() throws {
    var hours = try hours()
    let first = try #require(Day("2026-01-01"))
    for ahead in 0..<800 { hours.byAudience[.customer]?.holidays[first.adding(days: ahead)] = "x" }
    let noon = try #require(Instant("2026-02-10T12:00:00+13:00"))
    #expect(hours.hold(.customer, of: nil, at: noon)?.until == Instant("2026-02-11T00:00:00+13:00"))
  }
}
