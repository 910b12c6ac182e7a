import Receivables
import Testing

struct ContactTests {
  @Test(
    "A number is taken however people space it",
    arguments: [
      "+6421555010", "+64 21 555 010", " +64-21-555-010", "+64.21.555.010", "+64 (21) 555 010",
      "+64\u{A0}21\u{A0}555\u{A0}010",
    ]
  )
  func phone(text: String) {
    #expect(Contact.phone(text) == "+6421555010")
  }

  @Test(
    "A number without a country code, or with a zero to be left out, is never guessed",
    arguments: [
      "021 555 010", "0064 21 555 010", "+0 21 555 010", "+64 21", "+1234567890123456", "", "+",
      "+64 21 555 010 ext 3", "+64 21 555 010, +64 21 555 011", "call +6421555010",
      "+44 (0)20 7946 0018", "+49 (030) 901820",
    ]
  )
  func notPhone(text: String) {
    #expect(Contact.phone(text) == nil)
  }

  @Test("An address is taken without the blanks around it")
  func email() {
    #expect(Contact.email(" ada@harbour.example ") == "ada@harbour.example")
    #expect(Contact.email("ada+rent@mail.harbour.example") == "ada+rent@mail.harbour.example")
  }

  @Test(
    "What could be two addresses, or end a header, is none",
    arguments: [
      "", "ada", "@harbour.example", "ada@", "ada@harbour", "ada@harbour.example, bo@b.example",
      "a b@harbour.example", "Ada <ada@harbour.example>", "ada@@harbour.example",
      "ada@harbour..example", "ada@.example", "ada@harbour.example.",
      "ada@harbour.example\r\nBcc: all@harbour.example", "ada\u{0}@harbour.example",
      "\"ada\"@harbour.example", "mailto:ada@harbour.example", "ada;bo@harbour.example",
    ]
  )
  func notEmail(text: String) {
    #expect(Contact.email(text) == nil)
  }

  @Test("A local part has at most 64 bytes")
  func length() {
    let local = String(repeating: "a", count: 64)
    #expect(Contact.email("\(local)@b.example") != nil)
    #expect(Contact.email("\(local)a@b.example") == nil)
  }
}
