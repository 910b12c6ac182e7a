import Messages
import Testing

@Suite struct SMSSegmentsTests {
  @Test(arguments: [
    ("", 0), (String(repeating: "a", count: 160), 1), (String(repeating: "a", count: 161), 2),
    (String(repeating: "a", count: 306), 2), (String(repeating: "a", count: 307), 3),
    (String(repeating: "€", count: 80), 1), (String(repeating: "€", count: 81), 2),
    // 153 is odd: an escaped character is not torn, so 76 fit in a segment.
    (String(repeating: "€", count: 152), 2), (String(repeating: "€", count: 153), 3),
    (String(repeating: "ā", count: 70), 1), (String(repeating: "ā", count: 71), 2),
    (String(repeating: "ā", count: 134), 2), (String(repeating: "ā", count: 135), 3),
    (String(repeating: "😀", count: 35), 1), (String(repeating: "😀", count: 36), 2),
    (String(repeating: "😀", count: 66), 2), (String(repeating: "😀", count: 67), 3),
  ])
  func segmentsAreCountedAsTheyAreBilled(_ text: String, _ count: Int) {
    #expect(SMSSegments.count(text) == count)
  }

  @Test func theAccentsOfGSMAreInsideTheOthersAreNot() {
    for scalar in "éèàùìòñüöäåøÇßÆ@£$¥{}[]~|€^\\" {
      #expect(SMSSegments.alphabet(of: String(scalar)) == .gsm7, "\(scalar)")
    }
    for scalar in "áíóúâêçāōšł’“–`😀" {
      #expect(SMSSegments.alphabet(of: String(scalar)) == .ucs2, "\(scalar)")
    }
  }

  @Test func joinersStayWhereTheySpellAWord() {
    for name in ["می\u{200C}خواهم", "ක්\u{200D}ෂ", "👩\u{200D}🔧"] {
      #expect(SMSSegments.transliterated(name) == name)
    }
    // They would cost every message a segment more.
    #expect(SMSSegments.transliterated("Ann\u{200D} Lee\u{200C}") == "Ann Lee")
  }

  @Test func typographyIsMadePlainAndLettersAreLeft() {
    #expect(
      SMSSegments.transliterated("“Müller’s” – 1\u{202F}240,50\u{A0}€…\u{200B} āé")
        == "\"Müller's\" - 1 240,50 €... āé"
    )
  }

  @Test func anAccentThatStandsApartJoinsItsLetter() {
    let text = SMSSegments.transliterated("Andre\u{301}")
    #expect(SMSSegments.alphabet(of: text) == .gsm7)
  }

  @Test(arguments: [1, 2, 3])
  func aTextIsCutBetweenWordsAndItsLinkStays(_ segments: Int) {
    let link = "https://pay.harbour.example/c-1042"
    for word in ["overdue ", "āverdue ", "😀 ", "€€ "] {
      let text = String(repeating: word, count: 300) + "Pay: \(link) Reply STOP"
      let short = SMSSegments.shortened(text, toSegments: segments)
      #expect(SMSSegments.count(short) <= segments)
      if segments > 1 || word != "😀 " { #expect(short.contains("... \(link)")) }
      #expect(SMSSegments.shortened(short, toSegments: segments) == short)
    }
  }

  @Test func aLinkThatDoesNotFitIsLeftOutAndNeverCut() {
    let text = "Pay now: https://pay.example/" + String(repeating: "x", count: 400)
    #expect(SMSSegments.shortened(text, toSegments: 1) == "Pay now...")
  }

  @Test func whatFitsIsLeftAsItIs() {
    let text = String(repeating: "a", count: 160)
    #expect(SMSSegments.shortened(text, toSegments: 1) == text)
    let long = SMSSegments.shortened(text + "b", toSegments: 1)
    #expect(long.count <= 160 && long.hasSuffix("..."))
  }

  @Test func thePlatformsCharacterLimitHoldsToo() {
    let text = String(repeating: "a ", count: 2000)
    #expect(SMSSegments.shortened(text, toSegments: 20).count <= 1600)
  }
}
