import Messages

/// What the team reads of an alert in a card, whatever the platform: raw values, English labels.
extension Message {
  /// The rendered title, or what can be said without one.
  var heading: String {
    let title = Escaping.singleLine(self[.title])
    if !title.isEmpty { return title }
    return isDigest
      ? "\(organisation): overdue balances"
      : "\(alert.accountName): \(alert.overdueBalance.formatted)"
  }

  /// The small print: rule, organisation, delivery id.
  var footing: [String] {
    let rule = isDigest || alert.rule.isEmpty ? [] : ["rule \(alert.rule)"]
    return (rule + [organisation, "balancealert \(deliveryID)"])
      .map(Escaping.singleLine).filter { !$0.isEmpty }
  }
}

extension AlertContent {
  /// Ten at most; none is blank.
  var facts: [(label: String, value: String)] {
    let all: [(String, String?)] = [
      ("Account", "\(accountName) (\(source):\(accountID))"), ("Balance", balance.formatted),
      ("Overdue", overdueBalance.formatted), ("Threshold", threshold?.formatted),
      ("Days overdue", String(daysOverdue)), ("Oldest due date", oldestDueDate?.formatted),
      ("Level", "\(level), alert \(alertNumber)"), ("Reason", reason),
      ("Owner", ownerName ?? owner),
    ]
    return all.compactMap { label, value in
      let text = Escaping.singleLine(value ?? "")
      return text.isEmpty ? nil : (label, text)
    }
  }

  /// The oldest invoice that can be opened, the account, the payment page: where there are any.
  var links: [(label: String, url: String)] {
    let oldest = invoices.filter { safeURL($0.url) != nil }
      .max { $0.daysOverdue < $1.daysOverdue }
    let all: [(String, String?)] =
      [("Open invoice", oldest?.url), ("Open account", url), ("Payment page", payURL)]
      + (records ?? []).map { ("Open in \($0.title)", $0.url) }
    return all.compactMap { label, url in safeURL(url).map { (label, $0) } }
  }
}

extension AlertContent.InvoiceLine {
  /// Amount, due date, days overdue.
  var details: [String] {
    [amountDue.formatted] + (dueDate.map { ["due \($0.formatted)"] } ?? [])
      + (daysOverdue > 0 ? ["\(daysOverdue) days overdue"] : [])
  }
}
