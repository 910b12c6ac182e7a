import Testing

@testable import Wire

@Suite struct HTTPDateTests {
  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func theThreeFormsAreOneMoment(_ text: String) {
    #expect(unixSeconds(ofHTTPDate: text, now: 1_800_000_000) == 784_111_777)
  }

  @Test(arguments: [
    "", "tomorrow", "Sun, 06 Nov 1994 08:49:37 +0200", "Sun, 31 Feb 2027 08:49:37 GMT",
    "Sun, 06 Nov 1994 25:00:00 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
  ])
  func whatIsNoDateIsNone(_ text: String) {
    #expect(unixSeconds(ofHTTPDate: text, now: 0) == nil)
  }

  @Test func aYearOfTwoDigitsIsAtMostFiftyYearsAhead() {
    let now: Int64 = 1_800_000_000  // 2027
    #expect(
      unixSeconds(ofHTTPDate: "Friday, 01-Jan-77 00:00:00 GMT", now: now) == 3_376_684_800
    )
    #expect(unixSeconds(ofHTTPDate: "Sunday, 01-Jan-78 00:00:00 GMT", now: now) == 252_460_800)
  }

  @Test func writtenDatesAreReadBack() {
    for seconds: Int64 in [0, 951_782_399, 784_111_777, 4_102_444_799] {
      let text = httpDate(unixSeconds: seconds)
      #expect(unixSeconds(ofHTTPDate: text, now: 0) == seconds)
    }
    #expect(httpDate(unixSeconds: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test(arguments: [
    ("120", 120), ("0", 0), ("1.2", 2), ("3.0", 3), (" 7 ", 7),
    ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
  ])
  func retryAfter(_ value: String, _ seconds: Int) {
    let response = Response(status: 429, headers: [Header("retry-after", value)])
    #expect(response.retryAfter(now: 784_111_740) == .seconds(seconds))
  }

  @Test(arguments: ["", "-5", "soon", "12345678901", "1e3", "."])
  func retryAfterThatIsNone(_ value: String) {
    let response = Response(status: 429, headers: [Header("Retry-After", value)])
    #expect(response.retryAfter(now: 0) == nil)
  }
}
