import Testing
import Wire

struct JSONTests {
  private func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

  @Test func readsEveryKindOfValue() throws {
    let json = try parse(
      #" { "a": [1, -2.50, 1e3], "b": "x", "t": true, "f": false, "n": null, "o": {"k": "v"} } "#
    )
    #expect(json.kind == .object)
    #expect(json["a"]?.array?.map(\.numberText) == ["1", "-2.50", "1e3"])
    #expect(json["a"]?.array?.count == 3)
    #expect(json["a"]?[1]?.numberText == "-2.50")
    #expect(json["a"]?[3] == nil)
    #expect(json["b"]?.string == "x")
    #expect(json["t"]?.bool == true)
    #expect(json["f"]?.bool == false)
    #expect(json["n"]?.isNull == true)
    #expect(json["o"]?["k"]?.isString("v") == true)
    #expect(json["missing"] == nil)
    #expect(json["b"]?["k"] == nil)
    #expect(json.object?.map(\.key) == ["a", "b", "t", "f", "n", "o"])
    #expect(json.object?.count == 6)
  }

  @Test func numbersKeepTheirDigits() throws {
    let json = try parse("[115.0, 0.10000000000000000001, 123456789012345678901234567890, -0]")
    #expect(
      json.array?.map(\.numberText) == [
        "115.0", "0.10000000000000000001", "123456789012345678901234567890", "-0",
      ]
    )
    #expect(json[0]?.withNumber { Array($0) } == Array("115.0".utf8))
    #expect(json[0]?.integer == nil)
    #expect(try parse("42").integer == 42)
  }

  @Test func textsMayBeScalarsAndEmptyContainers() throws {
    #expect(try parse(" \"x\" ").string == "x")
    #expect(try parse("[]").array?.count == 0)
    #expect(try parse("[ ]").array?.map(\.kind) == [])
    #expect(try parse("{ }").object?.count == 0)
    #expect(try parse("[[],{},[[]]]").array?.map { $0.kind } == [.array, .object, .array])
    #expect(try parse("\u{FEFF}null").isNull)
  }

  @Test func escapesAreResolved() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\t""#).string == "\"\\/\u{8}\u{c}\n\r\t")
    #expect(try parse(#""\u00e9 \u20AC \ud83c\udfe0""#).string == "é € 🏠")
    #expect(try parse(#""\/Date(1546128000000+0000)\/""#).string == "/Date(1546128000000+0000)/")
    #expect(try parse(#"{"\u0061b": 1}"#)["ab"]?.numberText == "1")
    #expect(try parse(#""\ud83c x""#).string == "\u{FFFD} x")
    #expect(
      try parse(#""Ngā Whare – 家 🏠 and a long tail of text""#).string?.hasPrefix("Ngā") == true
    )
  }

  @Test func ofADoubledKeyTheLastCounts() throws {
    #expect(try parse(#"{"a": 1, "b": {"a": 9}, "a": 2}"#)["a"]?.numberText == "2")
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}",
    "{a:1}", "{'a':1}", "{1:1}", "[1 2]", "1 2", "[1}", "{\"a\":1]", "nul", "True", "NaN",
    "Infinity",
    "+1", "01", "-01", "1.", ".5", "-", "1e", "1e+", "0x1", "\"", "\"a", "\"\\x\"", "\"\\u12\"",
    "\"\\u12G4\"", "\"\\", "\"a\u{1}\"", "\"a\nb\"", "[]]", "// c\n1", "\u{A0}1", "<html></html>",
  ])
  func whatIsNotJSONIsRefused(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0xAF, 0x22],
      [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82], [0x22, 0xF0, 0x9F, 0x8F, 0x22],
    ] as [[UInt8]]
  )
  func bytesThatAreNotUTF8AreRefused(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
  }

  @Test func errorsSayWhere() {
    let error = #expect(throws: JSONError.self) { try parse("{\n  \"a\": 1,\n  \"b\": x\n}") }
    #expect(error?.line == 3)
    #expect(error?.offset == 19)
    #expect(error?.description == "not JSON: expected a value (line 3, byte 19)")
  }

  @Test func depthIsBounded() throws {
    let deep = { (n: Int) in
      String(repeating: "[", count: n) + String(repeating: "]", count: n)
    }
    #expect(try parse(deep(256)).kind == .array)
    #expect(throws: JSONError.self) { try parse(deep(257)) }
    #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
  }

  /// Every position of a quote, an escape and a letter outside ASCII within a word of eight bytes.
  @Test func stringsOfEveryLengthEndWhereTheyEnd() throws {
    for length in 0..<40 {
      let plain = String(repeating: "a", count: length)
      #expect(try parse("[\"\(plain)\",1]")[0]?.string == plain)
      #expect(try parse("\"\(plain)\\n\(plain)\"").string == "\(plain)\n\(plain)")
      #expect(try parse("\"\(plain)é\(plain)!\"").string == "\(plain)é\(plain)!")
      #expect(throws: JSONError.self) { try parse("\"\(plain)\u{1F}\(plain)\"") }
    }
  }

  @Test func everyTruncationIsRefused() {
    let whole = Array(
      #"{"Invoices":[{"Total":115.0,"Name":"Ngā \u00e9","Paid":false,"X":null}]}"#.utf8
    )
    for length in 0..<whole.count {
      #expect(throws: JSONError.self) { try JSON(parsing: Array(whole.prefix(length))) }
    }
  }
}
