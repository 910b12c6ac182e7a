import Configuration
import Outbox
import Receivables
import Testing

struct HolidayFileTests {
  private func calendar(_ events: String) -> String {
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\(events.replacing("\n", with: "\r\n"))\r\nEND:VCALENDAR\r\n"
  }

  private func event(_ lines: String) -> String {
    calendar("BEGIN:VEVENT\n\(lines)\nEND:VEVENT")
  }

  private func days(_ lines: String, in year: Int) throws -> [String] {
    let holidays = try HolidayFile.parse(event(lines), file: "holidays.ics").holidays
    return holidays.days.filter { $0.civil.year == year }.map(\.description)
  }

  @Test(
    "Each event of whole days is one, and comes again as it says",
    arguments: [
      ("DTSTART;VALUE=DATE:20261225", ["2026-12-25"]),
      ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227", ["2026-12-25", "2026-12-26"]),
      ("DTSTART;VALUE=DATE:20261225\nDURATION:P2D", ["2026-12-25", "2026-12-26"]),
      ("DTSTART;VALUE=DATE:20200206\nRRULE:FREQ=YEARLY", ["2026-02-06"]),
      ("DTSTART;VALUE=DATE:20200206\nRRULE:FREQ=YEARLY;UNTIL=20240301", []),
      ("DTSTART;VALUE=DATE:20250206\nRRULE:FREQ=YEARLY;COUNT=2", ["2026-02-06"]),
      ("DTSTART;VALUE=DATE:20240206\nRRULE:FREQ=YEARLY;COUNT=2", []),
      ("DTSTART;VALUE=DATE:20200206\nRRULE:FREQ=YEARLY;INTERVAL=4", []),
      // The first Monday in June; the last Monday in May; Monday between the 24th and the 30th.
      ("DTSTART;VALUE=DATE:20200601\nRRULE:FREQ=YEARLY;BYMONTH=6;BYDAY=1MO", ["2026-06-01"]),
      ("DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", ["2026-05-25"]),
      (
        "DTSTART;VALUE=DATE:20200127\nRRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=MO;"
          + "BYMONTHDAY=24,25,26,27,28,29,30", ["2026-01-26"]
      ),
      ("DTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY", []),
      ("DTSTART;VALUE=DATE:20201231\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1", ["2026-12-31"]),
      (
        "DTSTART;VALUE=DATE:20260206\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260206\n"
          + "RDATE;VALUE=DATE:20260209", ["2026-02-09"]
      ),
      ("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED", []),
      ("DTSTART:20261225T000000Z\nDTEND:20261226T000000Z", ["2026-12-25"]),
      ("DTSTART;TZID=X:20261225T000000\nDTEND;TZID=X:20261226T000000", ["2026-12-25"]),
      ("DTSTART;TZID=X:20261225T000000\nDTEND:20261226T000000Z", []),
      ("DTSTART:20261224T110000Z\nDTEND:20261225T110000Z", []),
      ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225", ["2026-12-25"]),
    ] as [(String, [String])]
  )
  func events(lines: String, expected: [String]) throws {
    #expect(try days(lines, in: 2026) == expected)
  }

  @Test("Folded lines go on, and names are plain")
  func names() throws {
    let holidays = try HolidayFile.parse(
      event("DTSTART;VALUE=DATE:20261225\nSUMMARY;LANGUAGE=en:Christmas\\, \n and more"),
      file: "holidays.ics"
    ).holidays
    let christmas = try #require(Day("2026-12-25"))
    #expect(holidays[christmas] == "Christmas, and more")
  }

  @Test(
    "What is not understood is an error with its line",
    arguments: [
      ("", "holidays.ics:1: a calendar begins with BEGIN:VCALENDAR"),
      ("hello\n", "holidays.ics:1: is not a line of a calendar"),
      ("VERSION:2.0\n", "holidays.ics:1: a calendar begins with BEGIN:VCALENDAR"),
      ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "holidays.ics:2: the file ends within VEVENT"),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
        "holidays.ics:3: END:VCALENDAR without its BEGIN (VEVENT is open)"
      ),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n",
        "holidays.ics:2: the event `x` has no DTSTART"
      ),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260230\n",
        "holidays.ics:3: `20260230` is no date such as 20261225"
      ),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nRRULE:FREQ=HOURLY\n",
        "holidays.ics:3: `FREQ=HOURLY` is not understood"
      ),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEXRULE:FREQ=DAILY\n",
        "holidays.ics:3: EXRULE is not read; name the days that are left out by EXDATE"
      ),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTEND:20261224\nDTSTART:20261225\nSUMMARY:x\nEND:VEVENT\n",
        "holidays.ics:3: the event `x` ends before it begins (DTEND is before DTSTART)"
      ),
      (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225T100000Z\n"
          + "DTEND:20261225T090000Z\nEND:VEVENT\n",
        "holidays.ics:4: the event `holiday` ends before it begins"
      ),
    ]
  )
  func malformed(text: String, message: String) {
    let error = #expect(throws: HolidayFileError.self) {
      try HolidayFile.parse(text, file: "holidays.ics")
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test("A file that is not there is an error, too")
  func missing() {
    let error = #expect(throws: HolidayFileError.self) {
      try HolidayFile.read(path: "/nowhere/holidays.ics")
    }
    #expect(error?.line == nil)
  }
}
