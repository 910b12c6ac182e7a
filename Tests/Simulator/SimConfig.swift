import Configuration
import Pass
import Receivables
import Support

/// A config that is edited in mid-life.
struct SimConfig {
  var over = 500
  /// Days.
  var window = 3
  var hasLarge = true

  struct Broken: Error {}

  static func zone() throws -> Zone {
    guard let zone = Zone("Pacific/Auckland") else { throw Broken() }
    return zone
  }

  mutating func edit(_ chance: inout SplitMix64) {
    switch chance.int(0...2) {
    case 0: over = chance.pick([300, 500, 800])
    case 1: window = chance.pick([2, 3, 7])
    default: hasLarge.toggle()
    }
  }

  func assembly() throws -> Assembly {
    let file = try ConfigurationFile(
      path: "./balancealert.yaml", text: text, isReadableByOthers: false)
    let resolver = SecretResolver(
      environment: [:], folder: ".", missing: .isAnError, literalsAreErrors: false)
    return try Assembly(Setup(file, resolver: resolver), resolver: resolver)
  }

  /// `hook` is idempotent, `sms` can be searched; `hold` and `team` are neither.
  private var text: String {
    """
    version: 1
    organisation: Harbour Lettings
    timezone: Pacific/Auckland
    directory: directory.csv
    sources:
      books: { type: csv, path: books.csv }
      annex: { type: csv, path: annex.csv }
    channels:
      hook: { type: webhook, url: https://hook.test/in, audience: customer }
      sms: { type: twilio, base_url: https://sms.test, account_sid: AC1, auth_token: twilio-token,
             from: "+6421000000" }
      hold: { type: slack, webhook_url: https://hold.test/services/T/B/X, on_uncertain: hold }
      team: { type: slack, webhook_url: https://team.test/services/T/B/X }
    rules:
      - name: rent
        when: { balance: overdue, over: \(over) }
        repeat: \(window)d
        levels:
          - { after: 0d, notify: [hook, sms] }
          - { after: 7d, notify: [hook, hold] }
          - { after: 14d, notify: [hook, team] }
        on_resolved: { notify: [team] }
    \(hasLarge ? large : "")
    """
  }

  private let large = """
      - name: large
        when: { balance: total, over: 2000 }
        repeat: 14d
        levels: [{ notify: [hook, sms] }]
    """
}
