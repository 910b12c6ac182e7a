import Messages
import Receivables

/// Accounts as they come up in practice, and the alerts that are made of them.
enum Sample: String, CaseIterable {
  /// Three invoices, a credit, a link to pay, an account manager.
  case harbour
  /// Nothing overdue yet, and nothing known but a name.
  case minimal
  /// Many invoices in lakhs, a third alert, phone and terms.
  case wholesale

  static let today = Day(number: 20_780)

  var organisation: String {
    switch self {
    case .harbour: "Harbour Lettings"
    case .minimal: "Kite & Co"
    case .wholesale: "Mehta Wholesale"
    }
  }

  var locale: String {
    switch self {
    case .harbour: "en-NZ"
    case .minimal: "en-US"
    case .wholesale: "en-IN"
    }
  }

  func account() -> Account {
    switch self {
    case .harbour:
      Account(
        key: AccountKey(source: "books", id: "C-17"),
        name: "Aroha Ngata",
        email: "aroha@tenant.example",
        url: "https://books.example/contacts/17",
        payURL: "https://pay.example/i/8f3k"
      )
    case .minimal: Account(key: AccountKey(source: "ledger", id: "9"), name: "Sato")
    case .wholesale:
      Account(
        key: AccountKey(source: "books", id: "A/204"),
        name: "D'Souza & Sons",
        email: "accounts@dsouza.example",
        phone: "+91 22 5550 0199",
        terms: "Net 30"
      )
    }
  }

  func items() throws -> [OpenItem] {
    switch self {
    case .harbour:
      [
        try invoice("INV-0931", due: -36, "1200.00", left: "1200.00", "NZD"),
        try invoice("INV-0987", due: -6, "1200.00", left: "850.50", "NZD"),
        try invoice("INV-1002", due: 24, "1200.00", left: "1200.00", "NZD"),
        try invoice("INV-0950", due: -20, "75.00", left: "75.00", "NZD", disputed: true),
        OpenItem(
          id: "CN-1",
          accountID: "C-17",
          kind: .credit,
          number: "CN-1",
          total: try Money("200.00", currency: Currency("NZD")),
          amountDue: try Money("200.00", currency: Currency("NZD"))
        ),
      ]
    case .minimal: [try invoice("7", due: 2, "125000", left: "125000", "JPY")]
    case .wholesale:
      try (1...7).map { number in
        try invoice(
          "MW/\(number * 37)",
          due: number * 15 - 106,
          "\(number)23456.70",
          left: "\(number)23456.70",
          "INR"
        )
      }
    }
  }

  func invoice(
    _ number: String,
    due days: Int,
    _ total: String,
    left: String,
    _ code: String,
    disputed: Bool = false
  ) throws -> OpenItem {
    let currency = try Currency(code)
    return OpenItem(
      id: "doc-\(number)",
      accountID: account().key.id,
      kind: .invoice,
      number: number,
      dueDate: Self.today.adding(days: days),
      total: try Money(total, currency: currency),
      amountDue: try Money(left, currency: currency),
      url: number == "INV-0931" ? "https://books.example/i/931" : nil,
      disputed: disputed
    )
  }

  func renderer(_ templates: TemplateSet = .builtin) -> Renderer {
    Renderer(templates: templates, organisation: organisation, defaultLocale: locale)
  }

  /// - Parameter locale: the account's own.
  func content(template: String, locale: String? = nil) throws -> AlertContent {
    var account = account()
    account.locale = locale
    let items = try items()
    let currency = items.first?.currency
    let facts = try Facts(
      account: account,
      currency: try currency ?? Currency("NZD"),
      items: items,
      aging: .standard,
      credits: .oldestFirst,
      today: Self.today
    )
    var details = AlertDetails(
      rule: "overdue-rent",
      threshold: try Money("500", currency: facts.currency),
      level: 1,
      alertNumber: 1,
      reason: template == "resolved" ? "resolved" : "crossed",
      template: template,
      deliveryID: "d41d8cd98f00"
    )
    switch self {
    case .harbour:
      (details.owner, details.ownerName) = ("dana", "Dana Ruiz")
      details.ownerEmail = "dana@harbour.example"
    case .minimal: details.threshold = nil
    case .wholesale:
      (details.level, details.alertNumber) = (3, 5)
      details.reason = template == "resolved" ? "resolved" : "persisting"
      details.previousAlertDate = Self.today.adding(days: -7)
    }
    return renderer().content(of: facts, details: details, aging: .standard)
  }
}

/// A small generator with a seed, so that a failure comes again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What GSM-7 can say, with the extension table.
func isGSM7(_ text: String) -> Bool {
  let alphabet =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    + " !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    + "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà€[]{}\\^~|"
  let known = Set(alphabet.unicodeScalars)
  return text.unicodeScalars.allSatisfy(known.contains)
}
