public import Receivables

/// From facts to words: the content of an alert, and its forms.
public struct Renderer: Sendable {
  public let templates: TemplateSet
  public let organisation: String
  private let formats: LocaleFormats

  /// - Parameter defaultLocale: BCP 47; `en` where it is not known.
  public init(templates: TemplateSet, organisation: String, defaultLocale: String) {
    self.templates = templates
    self.organisation = organisation
    formats = LocaleFormats(defaultLocale: defaultLocale)
  }

  /// Every field of an alert. Invoices are those that are chased, oldest due date first: disputed
  /// ones and those that a platform collects by itself are asked of nobody. Addresses that are not
  /// `http` or `https` are left out.
  public func content(of facts: Facts, details: AlertDetails, aging: Aging) -> AlertContent {
    let account = facts.account
    let format = formats[details.audience == .customer ? account.locale : nil]
    var content = AlertContent()
    content.organisation = organisation
    content.rule = details.rule
    content.source = account.key.source
    content.accountID = account.key.id
    content.accountName = account.name
    content.email = account.email.map { Contact.emails($0).first ?? $0 }
    content.phone = account.phone
    content.terms = account.terms
    content.url = Escaping.webURL(account.url)
    content.payURL = Escaping.webURL(account.payURL)
    content.owner = details.owner
    content.ownerName = details.ownerName
    content.ownerEmail = details.ownerEmail
    content.currency = facts.currency.code
    content.part = facts.part.isEmpty ? nil : facts.part
    content.balance = format.amount(facts.balance)
    content.overdueBalance = format.amount(facts.overdueBalance)
    content.threshold = details.threshold.map(format.amount)
    content.oldestDueDate = facts.oldestDueDate.map(format.date)
    content.daysOverdue = facts.daysOverdue
    content.bucket = aging.names[aging.bucket(daysOverdue: facts.daysOverdue)]
    content.aging = zip(aging.names, facts.aging).map {
      AlertContent.AgingLine(bucket: $0, amount: format.amount($1))
    }
    content.invoices = facts.invoices.filter(\.isChased).map { invoice in
      AlertContent.InvoiceLine(
        number: invoice.item.number,
        dueDate: invoice.item.dueDate.map(format.date),
        amountDue: format.amount(invoice.uncovered),
        total: format.amount(invoice.item.total),
        daysOverdue: max(0, invoice.daysOverdue),
        url: Escaping.webURL(invoice.item.url)
      )
    }
    content.level = details.level
    content.alertNumber = details.alertNumber
    content.reason = details.reason
    content.previousAlertDate = details.previousAlertDate.map(format.date)
    if let amount = details.promisedAmount, let date = details.promisedDate {
      content.promise = .init(amount: format.amount(amount), date: format.date(date))
    }
    content.template = details.template
    content.deliveryID = details.deliveryID
    content.locale = format.identifier
    return content
  }

  /// One alert, in its own template.
  /// - Parameter audience: who reads it, and so whose words of the template; `nil` for whomever its
  ///   plain words are meant for.
  /// - Throws: `.unknownTemplate`; a checked config names none.
  public func forms(
    of content: AlertContent,
    for audience: Audience? = nil,
    wanted: [Form]
  ) throws(RenderError) -> [Form: String] {
    try render(content.template, for: audience, locale: content.locale, wanted: wanted) {
      TemplateFields.alert(content, for: audience, language: $0, room: $1)
    }
  }

  /// As the team and owners read it.
  public func amount(_ money: Money) -> Amount { formats.standard.amount(money) }

  /// Many alerts in the template `digest`, in the order given, with a total for each currency. An
  /// account that several rules alert counts once in the totals.
  /// - Parameter cleared: what earlier digests listed and needs no more attention.
  /// - Throws: `.money` where a total cannot be represented.
  public func digestForms(
    of alerts: [AlertContent],
    cleared: [ClearedAccount] = [],
    wanted: [Form]
  ) throws(RenderError) -> [Form: String] {
    let totals = try totals(of: alerts)
    return try render("digest", locale: formats.standard.identifier, wanted: wanted) {
      (language, room) in
      TemplateFields.digest(
        organisation: organisation,
        language: language ?? formats.standard.language,
        alerts: alerts.map { TemplateFields.alert($0, language: language, room: room) },
        totals: totals,
        cleared: cleared
      )
    }
  }

  private func render(
    _ name: String,
    for audience: Audience? = nil,
    locale: String,
    wanted: [Form],
    fields: @escaping (_ language: String?, _ room: Room) -> Fields
  ) throws(RenderError) -> [Form: String] {
    guard templates.has(name) else {
      throw .unknownTemplate(templates.problem(withName: name) ?? name)
    }
    var rendering = FormRendering(
      templates: templates,
      name: name,
      audience: audience,
      locale: locale,
      defaultLocale: formats.standard.identifier,
      organisation: organisation,
      makeFields: fields
    )
    var forms: [Form: String] = [:]
    for form in wanted { forms[form] = rendering.text(of: form) }
    return forms
  }

  private static func debt(_ alert: AlertContent) -> [String] {
    [alert.source, alert.accountID, alert.currency]
  }

  private func totals(of alerts: [AlertContent]) throws(RenderError) -> [Fields] {
    // The whole of an account has its parts in it.
    let whole = Set(alerts.filter { $0.part == nil }.map(Self.debt))
    var seen: Set<[String]> = []
    var accounts: Set<[String]> = []
    var sums: [Currency: (balance: Money, overdue: Money, count: Int)] = [:]
    do throws(MoneyError) {
      for alert in alerts
      where seen.insert(Self.debt(alert) + [alert.part ?? ""]).inserted {
        if alert.part != nil, whole.contains(Self.debt(alert)) { continue }
        let currency = try Currency(alert.currency)
        let zero = Money.zero(currency)
        let sum = sums[currency] ?? (zero, zero, 0)
        sums[currency] = (
          try sum.balance.adding(Money(alert.balance.decimal, currency: currency)),
          try sum.overdue.adding(Money(alert.overdueBalance.decimal, currency: currency)),
          sum.count + (accounts.insert(Self.debt(alert)).inserted ? 1 : 0)
        )
      }
    } catch {
      throw .money(error)
    }
    return sums.sorted { $0.key < $1.key }.map { currency, sum in
      TemplateFields.total(
        currency: currency.code,
        balance: formats.standard.amount(sum.balance).formatted,
        overdueBalance: formats.standard.amount(sum.overdue).formatted,
        isOverdue: sum.overdue.minorUnits > 0,
        count: sum.count
      )
    }
  }
}

public enum RenderError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, with the nearest name.
  case unknownTemplate(String)
  case money(MoneyError)

  public var description: String {
    switch self {
    case .unknownTemplate(let message): message
    case .money(let error): error.description
    }
  }
}
