import Settings
import Testing

struct SettingsProblemTests {
  @Test(
    "The nearest name is the one that was meant, if any was",
    arguments: [
      ("emial", "email"), ("E-Mail", "email"), ("creditteam", "credit-team"), ("smss", "sms"),
      ("slack", nil), ("", nil), ("x", nil),
    ] as [(String, String?)]
  )
  func nearestName(word: String, expected: String?) {
    #expect(nearest(to: word, among: ["email", "sms", "credit-team"]) == expected)
  }

  @Test("With nothing to choose from there is no nearest name") func none() {
    #expect(nearest(to: "email", among: []) == nil)
  }

  @Test("Places are ordered as they are read")
  func order() {
    let places = [(3, 1), (1, 9), (1, 2)].map { Position(line: $0.0, column: $0.1) }
    #expect(places.sorted().map(\.column) == [2, 9, 1])
  }
}

struct SecretTests {
  @Test("A secret does not show itself, however it is printed")
  func hidden() {
    let secret = Secret("SG.plain")
    struct Holder { var key: Secret }
    var dumped = ""
    dump(Holder(key: secret), to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), "\(Holder(key: secret))", dumped] {
      #expect(!text.contains("SG.plain"))
    }
    #expect(secret.reveal() == "SG.plain")
    #expect(secret == Secret("SG.plain") && secret != Secret("other"))
  }
}
