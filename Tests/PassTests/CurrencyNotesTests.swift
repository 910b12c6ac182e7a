import Pass
import Testing

/// What is said of currencies that may surprise people, and when.
struct CurrencyNotesTests {
  private static let rules = """
    - name: rent
      when: { over: 500 }
      levels: [{ notify: [log] }]
    - name: owed
      when: { over: { KWD: 5.000, default: 0 } }
      clear_under: 1.50
      levels: [{ notify: [log] }]
    """

  private static func notices(_ scenario: Scenario, _ day: Int) async throws -> [String] {
    try await scenario.run(day: day).notices.filter { $0.hasPrefix("books: ") }
  }

  private static func rent(_ read: String, _ codes: String) -> String {
    "books: rule rent, over: 500 names no currency, and is read as \(read); if another amount is"
      + " meant, write it as { \(codes), default: 500 }"
  }

  private static func owed(_ read: String, _ codes: String) -> String {
    "books: rule owed, clear_under: 1.50 names no currency, and is read as \(read); if another"
      + " amount is meant, write it as { \(codes), default: 1.50 }"
  }

  @Test("An amount without a currency is explained once where the books have yen or dinars")
  func amountsWithoutCurrency() async throws {
    let scenario = try Scenario(rules: Self.rules)
    _ = await scenario.happen("C1 owes 100 JPY")
    _ = await scenario.happen("C2 owes 1.250 KWD")
    _ = await scenario.happen("C3 owes 100 NZD")
    let both = [
      Self.rent("JPY 500, KWD 500.000", "JPY: …, KWD: …"),
      Self.owed("JPY 1, KWD 1.500", "JPY: …, KWD: …"),
    ]
    #expect(try await Self.notices(scenario, 1) == both)
    #expect(try await Self.notices(scenario, 2) == [])
    // Another amount of theirs is no news, another currency is.
    _ = await scenario.happen("C1 owes 200 JPY")
    #expect(try await Self.notices(scenario, 3) == [])
    _ = await scenario.happen("C1 owes 200 KRW")
    #expect(
      try await Self.notices(scenario, 4) == [
        Self.rent("KRW 500", "KRW: …"), Self.owed("KRW 1", "KRW: …"),
      ])
    // Whoever writes it so, or about other books, is not asked again.
    try await scenario.change {
      $0.rules = """
        - name: rent
          match: { currencies: [NZD] }
          when: { over: 500 }
          levels: [{ notify: [log] }]
        - name: owed
          when: { over: 0 }
          levels: [{ notify: [log] }]
        """
    }
    #expect(try await Self.notices(scenario, 5) == [])
  }

  @Test("Documents in a withdrawn currency are named once, with the decimals they are read by")
  func withdrawnCurrencies() async throws {
    let scenario = try Scenario(rules: AlertTests.rent.replacing("sms", with: "log"))
    _ = await scenario.happen("C1 owes 10 NZD")
    #expect(try await Self.notices(scenario, 1) == [])
    for name in ["C1", "C2", "C3", "C4", "C5"] {
      _ = await scenario.happen("\(name) owes 9.50 HRK")
    }
    let croatia =
      "books: HRK is a currency that ISO 4217 has withdrawn; its amounts are read with 2 decimals:"
      + " C1-HRK, C2-HRK, C3-HRK and 2 more"
    #expect(try await Self.notices(scenario, 2) == [croatia])
    #expect(try await Self.notices(scenario, 3) == [])
    // A new config is a new reader of it.
    try await scenario.change { $0.more = "ops: [digest]" }
    #expect(try await Self.notices(scenario, 4) == [croatia])
    #expect(try await Self.notices(scenario, 5) == [])
  }
}
