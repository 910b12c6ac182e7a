import Outbox
import Receivables
import Support
import Testing

struct HoursTests {
  /// Monday to Friday, 8:30 to 18:00.
  private let office = Hours(weekdays: [1, 2, 3, 4, 5], from: 30_600, to: 64_800)

  private func auckland() throws -> Zone { try #require(Zone("Pacific/Auckland")) }

  @Test(
    "Within the hours nothing is held; outside, until they next begin",
    arguments: [
      // Monday 2 March 2026.
      ("2026-03-02T08:30:00+13:00", nil),
      ("2026-03-02T17:59:59+13:00", nil),
      ("2026-03-02T08:29:59+13:00", "2026-03-02T08:30:00+13:00"),
      ("2026-03-02T18:00:00+13:00", "2026-03-03T08:30:00+13:00"),
      ("2026-03-06T18:00:00+13:00", "2026-03-09T08:30:00+13:00"),
      ("2026-03-07T12:00:00+13:00", "2026-03-09T08:30:00+13:00"),
      // Over the weekend on which the clocks go back.
      ("2026-04-03T20:00:00+13:00", "2026-04-06T08:30:00+12:00"),
    ] as [(String, String?)]
  )
  func release(at text: String, until: String?) throws {
    let expected = try until.map { try #require(Instant($0)) }
    let instant = try #require(Instant(text))
    #expect(office.release(after: instant, in: try auckland()) == expected)
  }

  @Test("Hours until midnight end with the day")
  func untilMidnight() throws {
    let all = Hours(weekdays: Set(1...7), from: 0, to: 86_400)
    for seed in RandomSeeds.first(100) {
      var random = SplitMix64(seed: seed)
      let instant = Instant(seconds: Int64(random.int(1_700_000_000...1_900_000_000)))
      #expect(all.release(after: instant, in: try auckland()) == nil, "seed \(seed)")
    }
  }

  @Test("What is released is within the hours, later than now, and no more than a week away")
  func laws() throws {
    for seed in RandomSeeds.first(300) {
      var random = SplitMix64(seed: seed)
      let zone = try #require(
        Zone(random.pick(["Pacific/Auckland", "Europe/Berlin", "America/Santiago"]))
      )
      let from = random.int(0...80_000)
      let hours = Hours(
        weekdays: Set((1...7).filter { _ in random.once(in: 2) } + [random.int(1...7)]),
        from: from,
        to: random.int((from + 3_700)...86_400)
      )
      let instant = Instant(seconds: Int64(random.int(1_700_000_000...1_900_000_000)))
      guard let release = hours.release(after: instant, in: zone) else { continue }
      #expect(release > instant, "seed \(seed)")
      #expect(release.seconds - instant.seconds <= 8 * 86_400, "seed \(seed)")
      #expect(hours.release(after: release, in: zone) == nil, "seed \(seed)")
    }
  }
}
