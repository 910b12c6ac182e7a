import Accounting
import Receivables
import Testing

struct DirectoryTests {
  private func parse(_ text: String) throws -> Directory {
    try Directory(parsing: Array(text.utf8), file: "accounts.csv")
  }

  private let plain = Account(
    key: AccountKey(source: "books", id: "C1"),
    name: "Ruiz",
    email: "old@x.example",
    tags: ["flat"]
  )

  @Test func whatTheDirectorySaysTakesThePlaceOfWhatTheSourceSaid() throws {
    let directory = try parse(
      """
      account,name,email,phone,owner,parent,terms,credit_limit,tags,locale,do_not_contact,disputed,pay_url
      books:C1,,new@x.example,+64 21 000 000,dana,P,7 days,1500 NZD,residential;vip,de-AT,sms,yes,https://pay.example/1
      """
    )
    let entry = try #require(directory[plain.key])
    let account = try entry.apply(to: plain)
    #expect(
      account
        == Account(
          key: plain.key,
          name: "Ruiz",
          email: "new@x.example",
          phone: "+6421000000",
          owner: "dana",
          parent: "P",
          terms: "7 days",
          creditLimit: try Money("1500", currency: Currency("NZD")),
          tags: ["residential", "vip"],
          locale: "de-AT",
          payURL: "https://pay.example/1",
          disputed: true,
          doNotContact: .sms
        )
    )
  }

  @Test func emptyFieldsLeaveWhatTheSourceSaid() throws {
    let directory = try parse("tags,disputed,account,email\n,,books:C1,\n")
    #expect(try directory[plain.key]?.apply(to: plain) == plain)
  }

  @Test func aLimitWithoutACurrencyIsInTheAccounts() throws {
    let entry = try #require(
      try parse("account,credit_limit\nbooks:C1,1000\n").entries[plain.key]
    )
    #expect(try entry.apply(to: plain).creditLimit == nil)
    let jpy = try Currency("JPY")
    #expect(try entry.apply(to: plain, currency: jpy).creditLimit?.description == "JPY 1000")
  }

  @Test func idsMayHoldColons() throws {
    let entries = try parse("account,owner\nbooks:a:b,dana\n").entries
    #expect(entries.keys.map(\.id) == ["a:b"])
  }

  @Test(arguments: [
    ("owner\ndana", "1:1: account: this column is missing; there are: owner"),
    ("account\nC1", "2:1: account: `C1` must be source:id"),
    ("account\nbooks:", "2:1: account: `books:` must be source:id"),
    ("account,owner\n,dana", "2:1: account: is missing"),
  ])
  func aRowAboutNobodyIsAnError(_ text: String, _ message: String) {
    let error = #expect(throws: SourceError.self) { try parse(text) }
    #expect(error?.description == "accounts.csv:\(message)")
  }

  @Test(arguments: [
    ("account\nb:1\n\nb:1", "4:1: account: `b:1` has a row already, on line 2"),
    ("account,disputed\nb:1,maybe", "2:5: disputed: `maybe` must be yes or no"),
    (
      "account,do_not_contact\nb:1,post",
      "2:5: do_not_contact: `post` must be one of none, sms, email, all"
    ),
    (
      "account,email\nb:1,a@b",
      "2:5: email: `a@b` is not an e-mail address: it has no domain behind the @"
    ),
    (
      "account,phone\nb:1,call me",
      "2:5: phone: `call me` is not plainly one telephone number: it has more in it than a number"
    ),
    (
      "account,timezone\nb:1,Aukland",
      "2:5: timezone: `Aukland` is not an IANA time zone, as in Pacific/Auckland"
    ),
    ("account,locale\nb:1,german!", "2:5: locale: `german!` is not a locale such as de-AT"),
    (
      "account,pay_url\nb:1,http://x.example",
      "2:5: pay_url: `http://x.example` is not an https:// address"
    ),
    (
      "account,credit_limit\nb:1,lots",
      "2:5: credit_limit: `lots` is not an amount (write it as 1234.50)"
    ),
    (
      "account,credit_limit\nb:1,10.005 NZD",
      "2:5: credit_limit: `10.005` has more decimals than NZD, which has 2 "
        + "(write it as 10005 if its point groups thousands)"
    ),
    (
      "account,credit_limit\nb:1,10 XXX",
      "2:5: credit_limit: `XXX` is not an ISO 4217 currency code"
    ),
  ])
  func aBadRowIsAFlawOfItsAccountAlone(_ text: String, _ message: String) throws {
    let directory = try parse(text + "\nb:2" + (text.contains(",") ? "," : ""))
    let key = AccountKey(source: "b", id: "1")
    #expect(directory.flaws == [key: "accounts.csv:\(message)"])
    #expect(directory.entries.keys.map(\.id) == ["2"])
  }

  @Test(arguments: [
    (
      "account,do_not_contct,hue\nbooks:C1,all,red\n",
      [
        "accounts.csv:1:9: there is no column `do_not_contct`; did you mean `do_not_contact`?",
        "accounts.csv:1:23: there is no column `hue`; there are account, name, email, phone, owner,"
          + " parent, terms, credit_limit, tags, locale, timezone, do_not_contact, disputed,"
          + " pay_url",
      ]
    ),
    // A separator too many is no column; something under no name is.
    ("account,owner,,\nbooks:C1,dana,,\n", []),
    (
      "account,,owner,\nbooks:C1,,dana,\nbooks:C2,,dana,all\nbooks:C3,,dana,all\n",
      ["accounts.csv:1:16: the column has no name, and something in line 3"]
    ),
  ])
  func aColumnThatThereIsNotIsNamed(_ text: String, _ problems: [String]) throws {
    #expect(try parse(text).unknownColumns.map(\.description) == problems)
  }
}
