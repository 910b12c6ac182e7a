package import GRDB
package import Receivables

/// Platforms name groups as their users like, with semicolons too; the unit separator nobody types.
private let tagSeparator = "\u{1F}"

private func tagList(_ text: String) -> [String] {
  text.isEmpty ? [] : text.split(separator: tagSeparator).map(String.init)
}

extension Account {
  init(row: Row, source: String) throws {
    let creditLimit: Money? = try (row.decode(Int64?.self, atIndex: 7)).flatMap { minor in
      try row.decode(String?.self, atIndex: 8).map {
        Money(minorUnits: minor, currency: try Currency($0))
      }
    }
    self.init(
      key: AccountKey(source: source, id: try row.decode(atIndex: 0)),
      name: try row.decode(atIndex: 1),
      email: try row.decode(atIndex: 2),
      phone: try row.decode(atIndex: 3),
      owner: try row.decode(atIndex: 4),
      parent: try row.decode(atIndex: 5),
      terms: try row.decode(atIndex: 6),
      creditLimit: creditLimit,
      tags: tagList(try row.decode(atIndex: 9)),
      locale: try row.decode(atIndex: 10),
      url: try row.decode(atIndex: 11),
      payURL: try row.decode(atIndex: 12),
      disputed: try row.decode(atIndex: 13),
      doNotContact: DoNotContact(rawValue: try row.decode(atIndex: 14)) ?? .all
    )
    timezone = try row.decode(atIndex: 15)
  }

  /// As `init(row:source:)` reads them, and `columns` writes them behind the source.
  static let columns = """
    id, name, email, phone, owner, parent, terms, credit_limit, credit_currency, tags,
    locale, url, pay_url, disputed, do_not_contact, timezone
    """

  var columns: StatementArguments {
    [
      key.source, key.id, name, email, phone, owner, parent, terms, creditLimit?.minorUnits,
      creditLimit?.currency.code, tags.joined(separator: tagSeparator), locale, url, payURL,
      disputed, doNotContact.rawValue, timezone,
    ]
  }
}

extension OpenItem {
  init(
    row: BulkRow,
    accountID: String,
    currency known: inout Currency?
  ) throws {
    let code = row.text(6)
    let currency = try known.flatMap { $0.code == code ? $0 : nil } ?? Currency(code)
    known = currency
    self.init(
      id: row.text(0),
      accountID: accountID,
      kind: row.text(2) == "credit" ? .credit : .invoice,
      number: row.text(3),
      issueDate: row.day(4),
      dueDate: row.day(5),
      total: Money(minorUnits: row.number(7), currency: currency),
      amountDue: Money(minorUnits: row.number(8), currency: currency),
      url: row.optionalText(9),
      disputed: row.number(10) != 0,
      collection: Collection(rawValue: row.text(11)) ?? .manual,
      promisedOn: row.day(12),
      tags: tagList(row.text(13))
    )
  }

  static let columns = [
    "source", "id", "account_id", "kind", "number", "issue_day", "due_day", "currency", "total",
    "amount_due", "url", "disputed", "collection", "promised_day", "tags", "since_pass",
  ]

  /// As `init(row:accountID:currency:)` reads them.
  static let readColumns = columns.dropFirst().dropLast().joined(separator: ", ")

  func bind(to binder: inout BulkBinder, source: String, pass: Int64) {
    binder.bind(source)
    binder.bind(id)
    binder.bind(accountID)
    binder.bind(kind.rawValue)
    binder.bind(number)
    binder.bind(issueDate?.number)
    binder.bind(dueDate?.number)
    binder.bind(currency.code)
    binder.bind(total.minorUnits)
    binder.bind(amountDue.minorUnits)
    binder.bind(url)
    binder.bind(disputed)
    binder.bind(collection.rawValue)
    binder.bind(promisedOn?.number)
    binder.bind(tags.joined(separator: tagSeparator))
    binder.bind(pass)
  }
}

extension BulkRow {
  func day(_ column: CInt) -> Day? {
    optionalNumber(column).map { Day(number: Int($0)) }
  }
}

extension Row {
  package func instant(_ index: Int) throws -> Instant? {
    try decode(Int64?.self, atIndex: index).map { Instant(seconds: $0) }
  }

  package func day(_ index: Int) throws -> Day? {
    try decode(Int?.self, atIndex: index).map { Day(number: $0) }
  }
}
