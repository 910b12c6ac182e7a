import Receivables
import Support
import Testing

struct InstantTests {
  @Test(
    "RFC 3339 is read in all its forms",
    arguments: [
      "2026-11-23T17:40:05Z", "2026-11-23t17:40:05z", "2026-11-24T06:40:05+13:00",
      "2026-11-23T17:40:05+00:00", "2026-11-23T17:40:05-00:00", "2026-11-23T12:10:05-05:30",
      "2026-11-23T17:40:05.9Z", "2026-11-23T17:40:05.123456789Z", "2026-11-23T18:40:05.5+01:00",
    ]
  )
  func reads(text: String) {
    #expect(Instant(text)?.seconds == 1_795_455_605)
    #expect(Instant(text)?.description == "2026-11-23T17:40:05Z")
  }

  @Test("A leap second is the second after")
  func leapSecond() {
    #expect(Instant("2016-12-31T23:59:60Z") == Instant("2017-01-01T00:00:00Z"))
  }

  @Test(
    "Anything else is refused: a time without a zone could be any of 26 hours",
    arguments: [
      "2026-11-23", "2026-11-23T17:40:05", "2026-11-23T17:40Z", "2026-11-23 17:40:05Z",
      "2026-11-23T24:00:00Z", "2026-11-23T17:60:00Z", "2026-11-23T17:40:61Z",
      "2026-02-30T17:40:05Z", "2026-11-23T17:40:05+1300", "2026-11-23T17:40:05+24:00",
      "2026-11-23T17:40:05+13:60", "2026-11-23T17:40:05ZZ", "2026-11-23T17:40:05,5Z",
      "2026-11-23T17:40:05+13:0", "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:60Z",
      "9999-12-31T23:59:59-00:01", "", "2026-11-23T1a:40:05Z", "2026-11-23T17-40-05Z",
    ]
  )
  func refuses(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test("An instant is read back as it was written, before 1970 too")
  func roundTrip() {
    for seed in RandomSeeds.first(1_000) {
      var random = SplitMix64(seed: seed)
      let instant = Instant(seconds: Int64(random.int(-10_000_000_000...100_000_000_000)))
      #expect(Instant(instant.description) == instant, "seed \(seed)")
    }
  }
}

struct ZoneTests {
  private func zone(_ name: String) throws -> Zone { try #require(Zone(name)) }
  private func moment(_ text: String) throws -> Instant { try #require(Instant(text)) }
  private func day(_ text: String) throws -> Day { try #require(Day(text)) }

  @Test("Only IANA names are zones: an abbreviation means another thing on another continent")
  func names() {
    #expect(Zone("Pacific/Auckland")?.description == "Pacific/Auckland")
    #expect(Zone("America/Argentina/Buenos_Aires") != nil)
    #expect(Zone("UTC") != nil)
    for name in ["EST", "NZDT", "Pacific/Atlantis", "", "+13:00", "local"] {
      #expect(Zone(name) == nil, "\(name)")
    }
  }

  @Test("A day begins at the zone's midnight")
  func days() throws {
    let auckland = try zone("Pacific/Auckland")
    #expect(auckland.day(of: try moment("2026-11-23T10:59:59Z")) == (try day("2026-11-23")))
    #expect(auckland.day(of: try moment("2026-11-23T11:00:00Z")) == (try day("2026-11-24")))
    #expect(auckland.secondOfDay(try moment("2026-11-23T10:59:59Z")) == 86_399)
    #expect(auckland.instant(of: try day("2026-11-24")) == (try moment("2026-11-23T11:00:00Z")))
    let now = Now(try moment("2026-11-23T11:00:00Z"), in: auckland)
    #expect(now.today == (try day("2026-11-24")))
  }

  /// Zone, day of the change, seconds of the wall clock, and the moment.
  @Test(
    "A skipped hour is the moment of the change; of an hour that comes twice, the first is meant",
    arguments: [
      // Clocks go from 2:00 to 3:00, and from 3:00 back to 2:00.
      ("Pacific/Auckland", "2026-09-27", 2 * 3600 + 1800, "2026-09-26T14:00:00Z"),
      ("Pacific/Auckland", "2026-09-27", 3 * 3600, "2026-09-26T14:00:00Z"),
      ("Pacific/Auckland", "2026-09-27", 2 * 3600 - 1, "2026-09-26T13:59:59Z"),
      ("Pacific/Auckland", "2026-04-05", 2 * 3600 + 1800, "2026-04-04T13:30:00Z"),
      ("Pacific/Auckland", "2026-04-05", 3 * 3600, "2026-04-04T15:00:00Z"),
      ("Europe/Berlin", "2026-03-29", 2 * 3600 + 60, "2026-03-29T01:00:00Z"),
      ("Europe/Berlin", "2026-10-25", 2 * 3600 + 1800, "2026-10-25T00:30:00Z"),
      ("Europe/Berlin", "2026-10-25", 3 * 3600, "2026-10-25T02:00:00Z"),
      ("America/New_York", "2026-03-08", 2 * 3600 + 1800, "2026-03-08T07:00:00Z"),
      ("America/New_York", "2026-11-01", 1 * 3600 + 1800, "2026-11-01T05:30:00Z"),
      // Half an hour only: 2:00 to 2:30, and 2:00 back to 1:30.
      ("Australia/Lord_Howe", "2026-10-04", 2 * 3600 + 900, "2026-10-03T15:30:00Z"),
      ("Australia/Lord_Howe", "2026-04-05", 1 * 3600 + 2700, "2026-04-04T14:45:00Z"),
      ("Australia/Lord_Howe", "2026-04-05", 2 * 3600, "2026-04-04T15:30:00Z"),
      // Midnight itself is skipped; and in 2011 a whole day was.
      ("America/Santiago", "2026-09-06", 0, "2026-09-06T04:00:00Z"),
      ("Pacific/Apia", "2011-12-30", 43_200, "2011-12-30T10:00:00Z"),
      ("Pacific/Apia", "2011-12-31", 0, "2011-12-30T10:00:00Z"),
      ("Asia/Kathmandu", "2026-01-01", 0, "2025-12-31T18:15:00Z"),
    ]
  )
  func changes(name: String, date: String, second: Int, expected: String) throws {
    #expect(
      try zone(name).instant(of: day(date), second: second) == moment(expected)
    )
  }

  @Test(
    "The clock on the wall and the moment belong together, whatever the season",
    arguments: [
      "Pacific/Auckland", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
      "America/Santiago", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Chatham", "UTC",
    ]
  )
  func inverse(name: String) throws {
    let zone = try zone(name)
    for seed in RandomSeeds.first(400) {
      var random = SplitMix64(seed: seed)
      let instant = Instant(seconds: Int64(random.int(1_200_000_000...2_000_000_000)))
      let day = zone.day(of: instant)
      let second = zone.secondOfDay(instant)
      let back = zone.instant(of: day, second: second)
      // Equal, or the first of the two moments at which the wall shows that.
      #expect(back <= instant && instant.seconds - back.seconds <= 3600, "seed \(seed)")
      #expect(zone.day(of: back) == day && zone.secondOfDay(back) == second, "seed \(seed)")
      // The day's first second belongs to it, and the one before does not.
      let start = zone.instant(of: day)
      #expect(zone.day(of: start) == day, "seed \(seed)")
      #expect(zone.day(of: start.adding(seconds: -1)) < day, "seed \(seed)")
    }
  }
}
