import Foundation
import Support
import Testing

@testable import Wire

@Suite struct PseudonymiserTests {
  private let fields: [String: PersonalKind] = [
    "Name": .name, "EmailAddress": .email, "PhoneNumber": .phone, "AddressLine1": .address,
    "Url": .link, "Note": .text,
  ]

  private func copied(_ files: [String: String]) throws -> [String: String] {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("in"), withIntermediateDirectories: true)
    for (name, body) in files {
      try folder.write(
        """
        { "request": { "method": "GET", "url": "https://api.example/x?name=Aroha%20Ngata" },
          "response": { "status": 200, "body": \(body) } }
        """,
        to: "in/\(name)"
      )
    }
    var pseudonymiser = Pseudonymiser(fields: fields)
    try pseudonymiser.copy(folder.file("in"), to: folder.file("out"))
    var found: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("out")) {
      found[name] = try String(contentsOfFile: folder.file("out/\(name)"), encoding: .utf8)
      let mode = try FileManager.default.attributesOfItem(atPath: folder.file("out/\(name)"))
      #expect(mode[.posixPermissions] as? Int == 0o600)
    }
    return found
  }

  @Test func thesamePersonIsTheSameStandInEverywhereAndAmountsStay() throws {
    let out = try copied([
      "1-report.json": #"{"Rows":["Aroha Ngata","Total for Aroha Ngata",1240.50,"620.00"]}"#,
      "2-contact.json": #"""
      {"Contacts":[{"ContactID":"c-1","Name":"Aroha Ngata","EmailAddress":"aroha@ngata.nz",
        "Phones":[{"PhoneNumber":"+64 21 555 0101"}],"AddressLine1":"1 Beach Road"},
       {"ContactID":"c-2","Name":"Bo","EmailAddress":"","PhoneNumber":null}],"Total":1240.50}
      """#,
      "3-invoice.json": #"""
      {"Contact":{"ContactID":"c-1","Name":"Aroha Ngata"},"Reference":"for Aroha Ngata, Bo",
        "Url":"https://pay.example/i/abc","AmountDue":1240.50,"Note":"call her"}
      """#,
    ])
    let all = out.values.joined()
    for word in ["Aroha", "Ngata", "aroha@", "555", "Beach", "i/abc", "call her"] {
      #expect(!all.contains(word), "\(word)")
    }
    #expect(
      out["1-report.json"]?.contains(#"["Name 1","Total for Name 1",1240.50,"620.00"]"#) == true)
    let contact = try #require(out["2-contact.json"])
    #expect(
      contact.contains(#""ContactID":"c-1","Name":"Name 1","EmailAddress":"person1@example.com""#))
    #expect(contact.contains(#""PhoneNumber":"+64 20 000 0001""#))
    #expect(contact.contains(#""AddressLine1":"Place 1""#))
    #expect(contact.contains(#""Name":"Name 2","EmailAddress":"","PhoneNumber":null"#))
    let invoice = try #require(out["3-invoice.json"])
    #expect(invoice.contains(#""Name":"Name 1""#))
    #expect(invoice.contains(#""Reference":"for Name 1, Bo""#))
    #expect(invoice.contains(#""Url":"https://example.com/1""#))
    #expect(invoice.contains(#""AmountDue":1240.50"#))
  }

  @Test func whatItWritesCanBeReplayed() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("in"), withIntermediateDirectories: true)
    try folder.write(
      #"""
      {"request":{"method":"GET","url":"https://a.example/x"},
       "response":{"status":200,"body":{"Name":"Zoë \"Z\""}},"times":1}
      """#,
      to: "in/1.json"
    )
    var pseudonymiser = Pseudonymiser(fields: fields)
    try pseudonymiser.copy(folder.file("in"), to: folder.file("out"))
    let entries = try ExchangeFolder.entries(below: folder.file("out"))
    #expect(entries.count == 1)
    #expect(entries.first?.exchange.times == 1)
    #expect(
      entries.first?.exchange.responseBody
        == .json(try JSON(parsing: Array(#"{"Name":"Name 1"}"#.utf8))))
  }

  @Test func anAnswerThatIsNoTextIsRefused() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("in"), withIntermediateDirectories: true)
    try folder.write("\u{0}", to: "in/1.body")
    try folder.write(
      #"""
      {"request":{"method":"GET","url":"https://a.example/x"},
       "response":{"status":200,"body_file":"1.body"}}
      """#,
      to: "in/1.json"
    )
    var pseudonymiser = Pseudonymiser(fields: fields)
    #expect(throws: ExchangeError.self) {
      try pseudonymiser.copy(folder.file("in"), to: folder.file("out"))
    }
  }

  /// What the platform's own words are is not for a customer's name to change.
  @Test(arguments: ["AUTHORISED", "Invoices", "Contact", "application", "example"])
  func aCustomerMayBeCalledAnything(_ name: String) throws {
    let out = try copied([
      "1.json": #"""
      {"Contacts":[{"ContactID":"c-1","Name":"\#(name)"}],"Status":"AUTHORISED","Type":"ACCREC",
       "object":"invoice","Note":"call \#(name)"}
      """#
    ])
    let text = try #require(out["1.json"])
    #expect(text.contains(#""Name":"Name 1""#))
    #expect(text.contains(#""Status":"AUTHORISED""#))
    #expect(text.contains("https://api.example/x?"))
    #expect(!text.contains("call \(name)"))
  }
}
