public import Receivables

/// The parts of a message; a channel names in its traits the ones that it uses.
public enum Form: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
  case subject, text, html, short, title
}

/// An amount twice: exact for machines, and as the recipient's locale writes it.
public struct Amount: Sendable, Hashable, Codable {
  /// `1234.50`
  public var decimal: String
  /// `$1,234.50`
  public var formatted: String

  public init(decimal: String, formatted: String) {
    self.decimal = decimal
    self.formatted = formatted
  }
}

/// A date twice: ISO 8601, and as the recipient's locale writes it.
public struct DateText: Sendable, Hashable, Codable {
  public var iso: String
  public var formatted: String

  public init(iso: String, formatted: String) {
    self.iso = iso
    self.formatted = formatted
  }
}

/// One alert with all that a template or an adapter may say of it: the fields of SPEC.md
/// "Messages". Values are raw: whoever puts one into HTML, mrkdwn, JSON or a header escapes it
/// there.
public struct AlertContent: Sendable, Hashable, Codable {
  public struct InvoiceLine: Sendable, Hashable, Codable {
    public var number: String
    public var dueDate: DateText?
    /// What is left after credits.
    public var amountDue: Amount
    public var total: Amount
    /// 0 when it is not overdue.
    public var daysOverdue: Int
    public var url: String?

    public init(
      number: String, dueDate: DateText?, amountDue: Amount, total: Amount, daysOverdue: Int,
      url: String?
    ) {
      self.number = number
      self.dueDate = dueDate
      self.amountDue = amountDue
      self.total = total
      self.daysOverdue = daysOverdue
      self.url = url
    }
  }

  public struct AgingLine: Sendable, Hashable, Codable {
    /// `31-60`
    public var bucket: String
    public var amount: Amount

    public init(bucket: String, amount: Amount) {
      self.bucket = bucket
      self.amount = amount
    }
  }

  /// A page about the debt on another platform: a card, a task.
  public struct RecordLink: Sendable, Hashable, Codable {
    /// The platform's name: `Trello`.
    public var title: String
    public var url: String

    public init(title: String, url: String) {
      self.title = title
      self.url = url
    }
  }

  /// What a customer said would come, and when.
  public struct Promise: Sendable, Hashable, Codable {
    public var amount: Amount
    public var date: DateText

    public init(amount: Amount, date: DateText) {
      self.amount = amount
      self.date = date
    }
  }

  /// An alert of another rule that rides along in this message.
  public struct Other: Sendable, Hashable, Codable {
    public var rule: String
    /// The rule's name for people; empty for customers where the rule has no title.
    public var title: String
    public var level: Int
    public var reason: String

    public init(rule: String, title: String, level: Int, reason: String) {
      self.rule = rule
      self.title = title
      self.level = level
      self.reason = reason
    }
  }

  /// Since the recipient's last digest that spoke of this debt.
  public enum Change: String, Sendable, Hashable, Codable {
    /// No digest has spoken of it.
    case new
    case grown
    case partlyPaid = "partly paid"
    case unchanged
    /// The alert says that it is over.
    case cleared
  }

  public var organisation = ""
  public var rule = ""
  public var source = ""
  public var accountID = ""
  public var accountName = ""
  public var email: String?
  public var phone: String?
  public var terms: String?
  public var url: String?
  public var payURL: String?
  /// The owner's key in the config.
  public var owner: String?
  public var ownerName: String?
  public var ownerEmail: String?
  /// The owner's id on the channel's platform, where the config has one.
  public var ownerID: String?
  public var currency = ""
  /// Of the account, where the rule takes it apart: `lease:12A`. `nil` for all of it.
  public var part: String?
  public var balance = Amount(decimal: "0", formatted: "0")
  public var overdueBalance = Amount(decimal: "0", formatted: "0")
  public var threshold: Amount?
  public var oldestDueDate: DateText?
  public var daysOverdue = 0
  /// The bucket of the oldest uncovered invoice.
  public var bucket = ""
  public var aging: [AgingLine] = []
  public var invoices: [InvoiceLine] = []
  /// What was made of the debt elsewhere; for the team and owners alone.
  /// `nil` where there are none.
  public var records: [RecordLink]?
  /// From 1.
  public var level = 1
  public var alertNumber = 1
  /// `crossed`, `persisting`, `escalated`, `promise broken`, `resolved`, or an event's type.
  public var reason = ""
  public var previousAlertDate: DateText?
  /// That was broken; `nil` where none was.
  public var promise: Promise?
  /// Of other rules, in the same message; `nil` where there are none.
  public var others: [Other]?
  /// In a digest alone.
  public var change: Change?
  /// What the last digest gave as the balance; in a digest alone.
  public var previousBalance: Amount?
  /// RFC 3339, when the episode opened; in a digest alone.
  public var openedAt: String?
  public var template = ""
  public var deliveryID = ""
  /// BCP 47, of the language and the formats used.
  public var locale = "en"

  public init() {}

  /// `lease` and `12A` of `lease:12A`; no kind where there is no colon.
  public var partWords: (kind: String, value: String) { Self.partWords(of: part) }

  static func partWords(of part: String?) -> (kind: String, value: String) {
    guard let part, let colon = part.firstIndex(of: ":") else { return ("", part ?? "") }
    return (String(part[..<colon]), String(part[part.index(after: colon)...]))
  }
}

/// An account that an earlier digest listed and that needs no more attention.
public struct ClearedAccount: Sendable, Hashable, Codable {
  public var source: String
  public var accountID: String
  public var accountName: String
  public var currency: String
  /// As in `AlertContent`.
  public var part: String?
  /// As the last digest gave it.
  public var owed: Amount
  /// Now: below what the rule alerts, and not always nothing.
  public var balance: Amount

  public init(
    source: String, accountID: String, accountName: String, currency: String, part: String?,
    owed: Amount, balance: Amount
  ) {
    self.source = source
    self.accountID = accountID
    self.accountName = accountName
    self.currency = currency
    self.part = part
    self.owed = owed
    self.balance = balance
  }

  public var stillOwes: Bool {
    !balance.decimal.hasPrefix("-") && balance.decimal.utf8.contains { (49...57).contains($0) }
  }

  /// As in `AlertContent`.
  public var partWords: (kind: String, value: String) {
    AlertContent.partWords(of: part)
  }
}

/// What goes to one recipient through one channel: words, not wires. Kept in the state while it is
/// being sent, so that a re-send after a crash is the same to the byte.
public struct Message: Sendable, Hashable, Codable {
  /// Derived from what is said to whom, not from when: the same for every try.
  public var deliveryID: String
  /// The channel's name in the config.
  public var channel: String
  public var audience: Audience
  /// E-mail address, E.164 number or platform id; `nil` where the channel itself is the recipient.
  public var recipient: String?
  public var recipientName: String?
  /// E-mail channels only.
  public var cc: [String] = []
  public var organisation: String
  /// RFC 3339, when the delivery was planned: the same for every try.
  public var time: String
  /// One alert; several in a digest, the newest episode first.
  public var alerts: [AlertContent]
  /// Of a digest, in its last part; `nil` where there are none.
  public var cleared: [ClearedAccount]?
  public var isDigest: Bool
  /// The rendered forms, in the form's own syntax (`html` is HTML, the others plain text).
  public var forms: [Form: String]

  public init(
    deliveryID: String, channel: String, audience: Audience, recipient: String?,
    recipientName: String?, organisation: String, time: String, alerts: [AlertContent],
    isDigest: Bool, forms: [Form: String]
  ) {
    self.deliveryID = deliveryID
    self.channel = channel
    self.audience = audience
    self.recipient = recipient
    self.recipientName = recipientName
    self.organisation = organisation
    self.time = time
    self.alerts = alerts
    self.isDigest = isDigest
    self.forms = forms
  }

  /// The alert of a message that is not a digest, the first one of a digest.
  public var alert: AlertContent { alerts.first ?? AlertContent() }
  public subscript(form: Form) -> String { forms[form] ?? "" }
}
