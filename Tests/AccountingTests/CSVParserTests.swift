import Accounting
import Testing

struct CSVParserTests {
  private func records(_ text: String) throws -> [[String]] {
    var parser = try CSVParser(Array(text.utf8), file: "a.csv")
    var records = [parser.header]
    while try parser.next() {
      records.append(try parser.header.indices.map { try parser.text($0) })
    }
    return records
  }

  @Test func quotesMayHoldCommasQuotesAndLineEnds() throws {
    let read = try records("a,b\r\n\"x, \"\"y\"\"\nz\",\"\"\r\n,2\r\n")
    #expect(read == [["a", "b"], ["x, \"y\"\nz", ""], ["", "2"]])
  }

  @Test(arguments: [
    "a,b\n1,2", "a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "\u{FEFF}a,b\n\n1,2\n\n",
  ])
  func everyLineEndIsALineEnd(_ text: String) throws {
    #expect(try records(text) == [["a", "b"], ["1", "2"]])
  }

  @Test(arguments: [
    ",,\na,b,c\n1,2,3\n", "a,b,c\n,,\n\n1,2,3\n , ,\t\n", "a,b,c\n,,,,,,,\n1,2,3\n\"\",,\n",
  ])
  func rowsOfNothingButSeparatorsAreBlankLines(_ text: String) throws {
    #expect(try records(text) == [["a", "b", "c"], ["1", "2", "3"]])
  }

  @Test func aCarriageReturnWithinAFieldIsALineEnd() throws {
    #expect(try records("a,b\r\n\"x\r\ny\",\"x\ry\"\r\n") == [["a", "b"], ["x\ny", "x\ny"]])
  }

  @Test func aHeaderThatLostItsLineEndsIsRefused() throws {
    let names = (0...1000).map { "c\($0)" }
    #expect(throws: SourceError.self) { try records(names.joined(separator: ",")) }
    #expect(try records(names.dropLast().joined(separator: ",")).count == 1)
  }

  @Test func aZeroByteIsRefusedWithItsPlace() throws {
    let error = #expect(throws: SourceError.self) { try records("a,b\n1,x\u{0}y\n") }
    #expect("\(try #require(error))".contains("a.csv:2:3"))
  }

  @Test func joinersStay() throws {
    let names = ["می\u{200C}خواهم", "ක්\u{200D}ෂ"]
    #expect(try records("a,b\n\(names.joined(separator: ","))\n") == [["a", "b"], names])
  }

  @Test func blanksAroundAFieldDoNotCount() throws {
    #expect(try records("a, b \n 1 ,\" 2 \"") == [["a", "b"], ["1", "2"]])
  }

  @Test func anEmptyQuotedLineIsARecord() throws {
    #expect(try records("a\n\"\"\n\nx\n") == [["a"], [""], ["x"]])
  }

  @Test func aFieldKnowsItsLineAndColumn() throws {
    var parser = try CSVParser(Array("name,b,c\n\"Ngā\nWhare\",é,\"q\"\n".utf8), file: "a.csv")
    #expect(try parser.next())
    #expect(parser.recordLine == 2)
    #expect([0, 1, 2].map { parser.place($0) } == ["a.csv:2:1", "a.csv:3:8", "a.csv:3:10"])
  }

  @Test(arguments: [
    ("", "a.csv:1:1: is empty; the first line must name the columns"),
    ("a,b,a\n", "a.csv:1:5: the column `a` stands twice (also at a.csv:1:1)"),
    ("a;b\n1;2\n", "a.csv:1:1: a;b: the columns must be separated by commas"),
    ("a,b\n1,2\n1,\"x\n\n", "a.csv:3:3: a quote is opened here and never closed"),
    ("a,b\n1,\"x\"y\n", "a.csv:2:6: text stands behind a closing quote"),
    (
      "a,b\n1,x\"y\n",
      "a.csv:2:4: a quote within a field: put the field in quotes and double its own"
    ),
    ("a,b\n1,2\n1\n", "a.csv:3:1: has 1 fields, the header has 2"),
    ("a,b\n1,2,3\n", "a.csv:2:5: has 3 fields, the header has 2"),
  ])
  func whatIsWrongHasItsPlace(_ text: String, _ message: String) {
    let error = #expect(throws: SourceError.self) { try records(text) }
    #expect(error?.description == message)
  }

  @Test func bytesThatAreNotUTF8HaveTheirPlace() {
    let error = #expect(throws: SourceError.self) {
      var parser = try CSVParser(
        Array("a,b\n1,M".utf8) + [0xFC] + Array("ller".utf8),
        file: "a.csv"
      )
      while try parser.next() { _ = try parser.text(1) }
    }
    #expect(error?.description == "a.csv:2:3: b: is not UTF-8 text; save the file as UTF-8")
  }
}
