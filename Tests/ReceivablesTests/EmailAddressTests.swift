import Receivables
import Testing

struct EmailAddressTests {
  @Test(
    "What a mail server takes is an address",
    arguments: [
      "ada@harbour.example", "ada+rent@mail.harbour.example", "o'neil@harbour.example",
      "a.b.c@harbour.example", "ada@xn--mller-kva.example", "{a}=b|c~@harbour.example",
      "ada@a_b.example", "Ada.Lovelace@Harbour.Example",
    ]
  )
  func takes(text: String) throws {
    #expect(try EmailAddress("  \(text)\u{A0}\t").text == text)
  }

  @Test(
    "What it would refuse is refused when it is read, and it is said why",
    arguments: [
      ("ada", "has no @"), ("ada@@harbour.example", "is more than one address, or none"),
      ("ada@a.example bo@b.example", "is more than one address, or none"),
      ("@harbour.example", "has nothing before the @"),
      ("jürgen@harbour.example", "has letters before the @ that are not ASCII"),
      ("ada＠harbour.example", "has letters of full width, as `＠`"),
      ("ａda@harbour.example", "has letters of full width, as `ａ`"),
      (
        "ada@müller.example",
        "has letters behind the @ that are not ASCII; write the domain as xn--…"
      ),
      (
        "ada@harbour。example",
        "has letters behind the @ that are not ASCII; write the domain as xn--…"
      ),
      ("a\u{200B}da@harbour.example", "has a sign that nobody sees (U+200B)"),
      ("ada@harbour.example\u{FEFF}", "has a sign that nobody sees (U+FEFF)"),
      ("a\u{AD}da@harbour.example", "has a sign that nobody sees (U+00AD)"),
      ("a da@harbour.example", "has signs before the @ that stand in no address"),
      ("\"a b\"@harbour.example", "has signs before the @ that stand in no address"),
      ("Ada <ada@harbour.example>", "has signs before the @ that stand in no address"),
      ("mailto:ada@harbour.example", "has signs before the @ that stand in no address"),
      (".ada@harbour.example", "has a point too many before the @"),
      ("ada.@harbour.example", "has a point too many before the @"),
      ("a..b@harbour.example", "has a point too many before the @"),
      ("ada@harbour", "has no domain behind the @"), ("ada@", "has no domain behind the @"),
      ("ada@.example", "has no domain behind the @"),
      ("ada@harbour..example", "has no domain behind the @"),
      ("ada@harbour.example.", "has no domain behind the @"),
      ("ada@-harbour.example", "has no domain behind the @"),
      ("ada@192.0.2.1", "has no domain behind the @"),
      ("ada@[192.0.2.1]", "has no domain behind the @"),
      ("ada@harbour.example\r\nBcc: all@harbour.example", "is more than one address, or none"),
      ("ada@harbour.example\r\nSubject", "has no domain behind the @"),
    ]
  )
  func refuses(text: String, why: String) {
    do throws(EmailAddress.Problem) {
      Issue.record("taken as \(try EmailAddress(text))")
    } catch {
      #expect(error.why == why)
    }
  }

  @Test("Lengths are those of RFC 5321")
  func lengths() {
    func repeated(_ count: Int) -> String { String(repeating: "a", count: count) }
    #expect(Contact.email("\(repeated(64))@b.example") != nil)
    #expect(Contact.email("\(repeated(65))@b.example") == nil)
    #expect(Contact.email("a@\(repeated(63)).example") != nil)
    #expect(Contact.email("a@\(repeated(64)).example") == nil)
    let domain = [60, 60, 60, 60].map(repeated).joined(separator: ".")
    #expect(Contact.email("a@\(domain).example") != nil)
    #expect(Contact.email("aaaaaaaaaa@\(domain).example") == nil)
  }

  @Test("Several in one field are each taken once; what is none among them is told")
  func lists() {
    let list = EmailList("ada@a.example; Bo@b.example, ADA@a.example;; bob ;c@d")
    #expect(list.text == "ada@a.example, Bo@b.example")
    #expect(
      list.complaints == [
        "`bob` is not an e-mail address: it has no @",
        "`c@d` is not an e-mail address: it has no domain behind the @",
      ])
    #expect(EmailList(" ; ").text == nil)
  }

  @Test("Two ways to write one mailbox have one key, and a list has one whatever its order")
  func keys() {
    for text in [
      "Ada@Harbour.example", " ada@harbour.example", "a\u{200B}da@harbour.example",
      "ada@harbour.example\u{A0}", "ADA@HARBOUR.EXAMPLE",
    ] {
      #expect(Contact.key(text) == "ada@harbour.example")
    }
    #expect(Contact.key("b@x.example, A@x.example") == Contact.key("a@x.example; B@x.example"))
    #expect(Contact.key("ada@harbour.example") != Contact.key("bo@harbour.example"))
    // A platform's id means what its letters are.
    #expect(Contact.key("U024BE7LH") == "U024BE7LH")
    #expect(Contact.key("+6421555010") == "+6421555010")
    #expect(Contact.recipients("a@x.example, b@x.example") == ["a@x.example", "b@x.example"])
    #expect(Contact.recipients("+6421555010") == ["+6421555010"])
  }
}
