import Outbox
import Receivables
import Testing

struct DeliveryIDTests {
  private func id(
    rule: String = "overdue-rent",
    source: String = "books",
    account: String = "A1",
    currency: String = "NZD",
    episode: Int = 1,
    openedOn: String = "2026-03-02",
    alert: Int = 1,
    channel: String = "email",
    recipient: String? = "ada@harbour.example"
  ) throws -> DeliveryID {
    DeliveryID(
      rule: rule,
      account: AccountKey(source: source, id: account),
      currency: try Currency(currency),
      episode: episode,
      openedOn: try #require(Day(openedOn)),
      alert: alert,
      channel: channel,
      recipient: recipient
    )
  }

  /// Worked out apart from this program. They never change: a re-send after an upgrade must be
  /// recognised.
  @Test("Ids are those that earlier versions gave")
  func knownAnswers() throws {
    let a = try id()
    let b = try id(alert: 2, channel: "credit-team", recipient: nil)
    #expect(a.text == "f7bf4182bf5e2491a9e3580197f4f843")
    #expect(b.text == "d4d7192fa7ccbb99a93415a65ab50860")
    let other = try id(
      rule: "Miete überfällig",
      source: "bücher",
      account: "A:1",
      currency: "EUR",
      episode: 12,
      alert: 3,
      channel: "sms",
      recipient: "+4915112345678"
    )
    #expect(other.text == "d7b372b9a85faf845866573ab7192a02")
    #expect(DeliveryID(of: [a, b]).text == "327e2ba7177544fdadf2256015050edf")
    #expect(DeliveryID(of: [b, a]) == DeliveryID(of: [a, b]))
  }

  @Test("Whatever differs, the id differs")
  func distinct() throws {
    let ids = try [
      id(), id(rule: "rent"), id(source: "stripe"), id(account: "A2"), id(currency: "AUD"),
      id(episode: 2), id(openedOn: "2026-03-03"), id(alert: 2), id(channel: "sms"),
      id(recipient: "bo@harbour.example"), id(recipient: nil),
      // No two lists of parts look alike, wherever one part ends.
      id(source: "book", account: "sA1"), id(account: "A1:NZD"), id(account: ""),
      id(rule: "overdue-rent5:books"), id(episode: 11, alert: 1), id(episode: 1, alert: 11),
    ]
    #expect(Set(ids).count == ids.count)
    for id in ids {
      #expect(id.text.count == 32 && id.text.allSatisfy(\.isHexDigit))
      #expect(DeliveryID(of: [id]) != id)
    }
  }
}
