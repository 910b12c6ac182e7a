import Testing

@testable import Accounting

struct CSVEndTests {
  private static let head = "account_id,document_id,due_date,currency,amount_due\n"
  private static let rows = head + "C1,D1,2025-02-03,NZD,620.50\nC2,D2,2025-02-03,NZD,80.00\n"

  private static func why(_ text: String, after cursor: String? = nil) -> String? {
    CSVEnd(Array(text.utf8)).isCutOff(after: cursor)
  }

  @Test("A last number that stops short is cut off, on the first day too")
  func numberStopsShort() {
    let last = "C3,D3,2025-02-03,NZD,1240.50"
    for cut in 1...6 {
      let text = Self.rows + last.dropLast(cut)
      #expect(Self.why(text)?.contains("fewer decimals") == true, "\(last.dropLast(cut))")
      #expect(Self.why(text + "\n") == nil, "A line that ends is whole.")
    }
    #expect(Self.why(Self.rows + last) == nil)
    #expect(Self.why((Self.rows + last.dropLast(2)).replacing(",", with: ";")) != nil)
    #expect(Self.why((Self.rows + last.dropLast(2)).replacing("\n", with: "\r\n")) != nil)
  }

  @Test("Nothing is said where rows before do not agree, or are too few")
  func noComparison() {
    #expect(Self.why(Self.head + "C1,D1,2025-02-03,NZD,620.50\nC3,D3,2025-02-03,NZD,1240") == nil)
    #expect(
      Self.why(Self.rows + "C3,D3,2025-02-03,JPY,1240\nC4,D4,2025-02-03,JPY,1240") == nil)
    #expect(Self.why("") == nil)
    #expect(Self.why(Self.head + "C1,D1,2025-02-03,NZD,620") == nil)
    #expect(Self.why("a,b\n1,x.com\n2,y.com\n3,z") == nil)
  }

  @Test("A number without cents that nothing before it is like is told")
  func tooFewBefore() {
    func doubt(_ text: String) -> String? { CSVEnd(Array(text.utf8)).doubt }
    let one = Self.head + "C1,D1,2025-02-03,NZD,1240.00"
    for cut in 1...6 {
      #expect(doubt(String(one.dropLast(cut)))?.contains("whole or cut off") == true)
    }
    #expect(doubt(String(one.dropLast(4)) + "\n") == nil, "A line that ends is whole.")
    #expect(doubt(one) == nil)
    #expect(doubt(Self.head + "C1,D1,2025-02-03,NZD,620.50\nC2,D2,2025-02-03,NZD,1") != nil)
    #expect(doubt(Self.rows + "C3,D3,2025-02-03,NZD,1") == nil, "That one is refused.")
    #expect(doubt("") == nil)
    #expect(doubt(String(Self.head.dropLast())) == nil)
  }

  @Test("An export that ended its last line once does so each time")
  func endedBefore() {
    let mark = CSVEnd(Array(Self.rows.utf8)).mark
    #expect(Self.why(String(Self.rows.dropLast()), after: "1-ab\(mark)") != nil)
    let unended = CSVEnd(Array(Self.rows.utf8.dropLast())).mark
    #expect(Self.why(String(Self.rows.dropLast()), after: "1-ab\(unended)") == nil)
    #expect(Self.why(Self.rows, after: "1-ab\(mark)") == nil)
  }
}
