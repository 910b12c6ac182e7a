import Foundation
import Testing

@testable import Commands

/// What others wrote, where it is printed.
struct PrintableTests {
  /// Each control, mark of direction and combining sign that matters.
  private static let odd: [UInt32] =
    Array(0..<32) + Array(127..<160) + [0x61C, 0x301, 0x200B, 0x200D, 0xFEFF, 0xAD]
    + Array(0x200E...0x200F) + Array(0x2028...0x202E) + Array(0x2066...0x2069)

  private static let texts = odd.compactMap(Unicode.Scalar.init).flatMap { scalar in
    ["\(scalar)", "a\(scalar)b", "=\(scalar)cmd", "\(scalar)=cmd", ",\(scalar)", "\"\(scalar),x"]
  }

  @Test func noLineBeginsButOurs() {
    #expect(Printable.block("ok\nerror: forged\r\nx") == "ok\n  error: forged\u{FFFD}\n  x")
    for text in Self.texts {
      #expect(!Printable.line(text).unicodeScalars.contains(where: Printable.isControl))
      let lines = Printable.block("ours \(text) theirs").split(separator: "\n")
      #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  ") })
    }
  }

  @Test func jsonIsReadAsItWasAndHasNoControls() throws {
    for text in Self.texts {
      let json = Output.json([text], pretty: false)
      #expect(!json.unicodeScalars.contains(where: Printable.isControl), "\(json)")
      let again = try JSONDecoder().decode([String].self, from: Data(json.utf8))
      #expect(again.map { Array($0.utf8) } == [Array(text.utf8)])
    }
  }

  @Test(arguments: [
    "=1", "=\u{301}cmd", "=\u{200D}cmd", " \u{200B}=cmd", "\n=cmd", "-1+1+cmd|' /C calc'!A0", "-",
    "-1.2.3", "+1", "@x", "\u{FF1D}cmd", "\u{301}=x",
  ])
  func formulasAreDisarmed(_ text: String) {
    let cell = CSVText.cell(text)
    let start = cell.unicodeScalars.drop { $0 == "\"" }.first
    #expect(start == "'", "\(cell)")
  }

  @Test(arguments: ["-12", "-12.50", "12", "Ann", "a=b", "", "  "])
  func othersAreNot(_ text: String) { #expect(CSVText.cell(text) == text) }

  @Test func aRowHasAsManyCellsAsItWasGiven() {
    for text in Self.texts {
      let row = Array(CSVText.row(["a", text, "c"]).utf8)
      var isQuoted = false
      var commas = 0
      var ends = 0
      for byte in row {
        if byte == 34 { isQuoted.toggle() }
        if byte == 44, !isQuoted { commas += 1 }
        if byte == 10, !isQuoted { ends += 1 }
      }
      #expect(commas == 2 && ends == 1 && !isQuoted, "\(text.debugDescription)")
    }
  }

  @Test func sixLettersOfTwoIdsNameNeither() throws {
    let all = [("abcdef12", "books:C1, email"), ("abcdef34", "books:C2, email")]
    let error = #expect(throws: UsageProblem.self) {
      try DeliveryChoice.refuseAmbiguous(["abcdef"], among: all)
    }
    let message = try #require(error).message
    #expect(message.contains("abcdef12 (books:C1") && message.contains("abcdef34 (books:C2"))
    try DeliveryChoice.refuseAmbiguous(["abcdef1", "abcdef34"], among: all)
  }
}
