import Host
import Testing

struct TextFileTests {
  private let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  @Test("A byte order mark and carriage returns are no part of a text")
  func plain() throws {
    for text in ["a: 1\nb: ü\n", "a: 1\r\nb: ü\r\n", "a: 1\rb: ü\r"] {
      #expect(try TextFile.text(of: Array(text.utf8)) == "a: 1\nb: ü\n")
      #expect(try TextFile.text(of: mark + Array(text.utf8)) == "a: 1\nb: ü\n")
    }
    #expect(try TextFile.text(of: []) == "")
    #expect(try TextFile.text(of: mark) == "")
  }

  @Test("Joiners within words, and a mark that stands within a text, are left")
  func joiners() throws {
    let name = "می\u{200C}خواهم ක්\u{200D}ෂ a\u{FEFF}b"
    #expect(try TextFile.text(of: Array(name.utf8)) == name)
  }

  @Test("What is no UTF-8 is refused with its line, and UTF-16 with what to do")
  func refused() {
    #expect(throws: TextFile.Problem(why: "is UTF-16; save it as UTF-8", line: nil)) {
      try TextFile.text(of: [0xFF, 0xFE, 0x61, 0x00])
    }
    #expect(throws: TextFile.Problem(why: "is UTF-16; save it as UTF-8", line: nil)) {
      try TextFile.text(of: [0xFE, 0xFF, 0x00, 0x61])
    }
    #expect(throws: TextFile.Problem(why: "is not UTF-8 text; save it as UTF-8", line: 2)) {
      try TextFile.text(of: Array("a\nb".utf8) + [0xE9] + Array("\nc".utf8))
    }
  }

  @Test("A secret's file is its first line that is not empty; a value has no line end")
  func lines() throws {
    #expect(try TextFile.firstLine(of: mark + Array("\r\n s3cret \r\nmore\r\n".utf8)) == " s3cret ")
    #expect(try TextFile.firstLine(of: mark + Array("\r\n\r\n".utf8)) == nil)
    #expect(TextFile.value("\u{FEFF}s3cret\r") == "s3cret")
    #expect(TextFile.value("s3 cret") == "s3 cret")
    #expect(TextFile.value("\r\n") == "")
  }
}
