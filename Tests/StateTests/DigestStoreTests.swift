import Outbox
import Receivables
import State
import Testing

/// What digests said last is kept by channel, recipient, rule, account, currency and part.
struct DigestStoreTests {
  private func line(
    _ rule: String,
    part: String = "",
    to recipient: String = "",
    balance: Int64 = 60_000,
    at seconds: Int64 = 1
  ) throws -> DigestLine {
    let currency = try Currency("NZD")
    return DigestLine(
      channel: "team",
      recipient: recipient,
      key: EpisodeKey(
        rule: rule,
        account: AccountKey(source: "books", id: "A1"),
        currency: currency,
        part: part
      ),
      accountName: "Zoë’s \"Shop\"",
      balance: Money(minorUnits: balance, currency: currency),
      toldAt: Instant(seconds: seconds)
    )
  }

  @Test("A line comes back as it went in; said again, it is replaced")
  func remembered() throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    #expect(try state.digestLines() == [])
    let lines = try [line("rent"), line("rent", part: "lease:1"), line("rent", to: "a@b.example")]
    try state.apply([.digestSaid(lines, forget: [])], pass: nil, at: Instant(seconds: 9))
    #expect(try state.digestLines() == lines)
    let grown = try line("rent", balance: 70_000, at: 2)
    try state.apply([.digestSaid([grown], forget: [])], pass: nil, at: Instant(seconds: 9))
    #expect(try state.digestLines() == [grown] + lines.dropFirst())
  }

  @Test("Of a line that is forgotten the others stay: other rules, parts, recipients")
  func forgotten() throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let lines = try [line("large"), line("rent"), line("rent", part: "lease:1")]
    try state.apply([.digestSaid(lines, forget: [])], pass: nil, at: Instant(seconds: 9))
    let forget = try [line("rent", balance: 1, at: 7), line("rent", to: "nobody@b.example")]
    try state.apply([.digestSaid([], forget: forget)], pass: nil, at: Instant(seconds: 9))
    #expect(try state.digestLines() == [lines[0], lines[2]])
  }
}
