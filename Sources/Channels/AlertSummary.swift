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
      ("Account", accountName + place), ("Balance", balance.formatted),
      ("Overdue", overdueBalance.formatted), ("Threshold", threshold?.formatted),
      ("Days overdue", String(daysOverdue)), ("Oldest due date", oldestDueDate?.formatted),
      ("Level", "\(level), alert \(alertNumber)"), ("Reason", reasonWords),
      ("Owner", ownerName ?? owner),
      ("Also", others.map { $0.map(\.title).joined(separator: ", ") }),
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

extension AlertContent {
  /// ` (books:C-1)`, ` (books:C-1, lease 12A)`.
  private var place: String {
    let part = partLabel(partWords)
    return " (\(source):\(accountID)\(part.isEmpty ? "" : ", \(part)"))"
  }

  private var reasonWords: String {
    promise.map { "\(reason): \($0.amount.formatted) for \($0.date.formatted)" } ?? reason
  }

  /// Of one alert of a digest: days overdue, level, reason, what changed.
  var digestState: [String] {
    var change = self.change.map(\.rawValue) ?? ""
    if self.change == .cleared { change = "" }
    if let previousBalance, self.change != .unchanged {
      change += "\(change.isEmpty ? "" : ", ")balance was \(previousBalance.formatted)"
    }
    return ["\(daysOverdue) days", "level \(level)", reason, change].filter { !$0.isEmpty }
  }

  /// Of one alert of a digest: `books:C-1, lease 12A`.
  var digestPlace: String {
    ["\(source):\(accountID)", partLabel(partWords)].filter { !$0.isEmpty }
      .joined(separator: ", ")
  }
}

extension Message {
  static let clearedHeading = "Cleared since the last digest"

  /// A line for each account that an earlier digest listed and is over: the first ones whose sizes
  /// fit into `room`, 20 at most, and how many more there are.
  func clearedLines(
    room: Int,
    size: (_ name: String, _ state: String) -> Int
  ) -> [(name: String, state: String)] {
    let all = cleared ?? []
    var left = room
    let lines = all.prefix(20).map { account in
      let part = partLabel(account.partWords)
      let now = account.stillOwes ? ", now \(account.balance.formatted)" : ""
      return (
        account.accountName + (part.isEmpty ? "" : " (\(part))"),
        "owed \(account.owed.formatted)\(now)"
      )
    }.prefix { name, state in
      left -= size(name, state)
      return left >= 0
    }
    let rest = all.count - lines.count
    return rest > 0 ? lines + [("and \(rest) more", "")] : Array(lines)
  }
}

/// `lease 12A`; the kind is the user's own word.
private func partLabel(_ words: (kind: String, value: String)) -> String {
  [words.kind, words.value].filter { !$0.isEmpty }.joined(separator: " ")
}

extension AlertContent.InvoiceLine {
  /// Amount, due date, days overdue.
  var details: [String] {
    [amountDue.formatted] + (dueDate.map { ["due \($0.formatted)"] } ?? [])
      + (daysOverdue > 0 ? ["\(daysOverdue) days overdue"] : [])
  }
}
