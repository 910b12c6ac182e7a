import Host
public import Receivables

/// What the organisation adds to what its sources know: one row an account.
public struct DirectoryEntry: Sendable, Equatable {
  public var name: String?
  public var email: String?
  public var phone: String?
  public var owner: String?
  public var parent: String?
  public var terms: String?
  /// `1000`, in whichever currency the account owes, or `1000 NZD`.
  public var creditLimit: String?
  public var tags: [String]?
  public var locale: String?
  public var timezone: String?
  public var doNotContact: DoNotContact?
  public var disputed: Bool?
  public var payURL: String?

  public init() {}

  /// The account with all that this entry says in place of what the source said; what it leaves
  /// empty stands. A credit limit without a currency is in `currency`.
  /// - Throws: when such a limit cannot be exact in that currency.
  public func apply(to account: Account, currency: Currency? = nil) throws(MoneyError) -> Account {
    var account = account
    account.name = name ?? account.name
    account.email = email ?? account.email
    account.phone = phone ?? account.phone
    account.owner = owner ?? account.owner
    account.parent = parent ?? account.parent
    account.terms = terms ?? account.terms
    account.tags = tags ?? account.tags
    account.locale = locale ?? account.locale
    account.timezone = timezone ?? account.timezone
    account.doNotContact = doNotContact ?? account.doNotContact
    account.disputed = disputed ?? account.disputed
    account.payURL = payURL ?? account.payURL
    if let creditLimit {
      let limit = try CreditLimit(creditLimit)
      account.creditLimit = try limit.amount(in: currency) ?? account.creditLimit
    }
    return account
  }
}

/// The directory overlay: `account (source:id), name, email, phone, owner, parent, terms,
/// credit_limit, tags, locale, timezone, do_not_contact, disputed, pay_url`; any order, only
/// `account` required.
public struct Directory: Sendable, Equatable {
  public var entries: [AccountKey: DirectoryEntry] = [:]
  /// Accounts whose rows are malformed, or that have two, and what is wrong: nobody knows whether
  /// and how these customers may be contacted. The other rows hold.
  public var flaws: [AccountKey: String] = [:]
  /// Where each account stands, as `file:line`.
  public var places: [AccountKey: String] = [:]
  /// Columns that there are not. A misspelt one may be the one that says whom not to contact, so a
  /// pass does not begin.
  public var unknownColumns: [SourceError] = []
  /// Worth telling.
  public var notices: [String] = []
  /// As it was read; `nil` where there is none.
  public var text: String?

  public init() {}

  static let columns = [
    "account", "name", "email", "phone", "owner", "parent", "terms", "credit_limit", "tags",
    "locale", "timezone", "do_not_contact", "disputed", "pay_url",
  ]

  /// - Parameter file: shown in errors.
  /// - Throws: `SourceError.badData` with file, line and column when it cannot be told whom a row
  ///   is about: a bad header, a row that does not end, an account that is none.
  public init(parsing bytes: [UInt8], file: String) throws(SourceError) {
    // One that is not well-formed is told by its cells.
    text = (try? TextFile.text(of: bytes)) ?? String(decoding: bytes, as: UTF8.self)
    var table = try CSVTable(bytes, file: file, columns: Self.columns, required: ["account"])
    // A separator too many at the end of each row is no column.
    for column in table.unknownColumns where !column.name.isEmpty {
      let hint =
        column.nearest.map { "; did you mean `\($0)`?" }
        ?? "; there are \(Self.columns.joined(separator: ", "))"
      unknownColumns.append(
        .badData(
          document: column.place, field: "", message: "there is no column `\(column.name)`\(hint)"))
    }
    var nameless = table.unknownColumns.filter(\.name.isEmpty)
    var lines: [AccountKey: Int] = [:]
    while try table.next() {
      let key = try Self.key(table)
      for column in nameless where !table.isEmpty(column) {
        unknownColumns.append(
          .badData(
            document: column.place, field: "",
            message: "the column has no name, and something in line \(table.line)"))
        nameless.removeAll { $0.place == column.place }
      }
      if let line = lines[key] {
        let problem = table.problem("account", "`\(key)` has a row already, on line \(line)")
        flaws[key] = problem.description
        entries[key] = nil
        continue
      }
      if isShortenedID(key.id) {
        notices.append(
          "\(table.place("account")): account: `\(key.id)` \(shortenedIDComplaint)")
      }
      lines[key] = table.line
      places[key] = "\(file):\(table.line)"
      do throws(SourceError) {
        entries[key] = try Self.entry(table, key)
      } catch {
        flaws[key] = error.description
      }
    }
  }

  /// All columns that there are not, as one error.
  public var columnProblem: SourceError? {
    guard case .badData(let place, let field, var message)? = unknownColumns.first else {
      return nil
    }
    for other in unknownColumns.dropFirst() {
      message += message.hasSuffix("?") ? " " : "; "
      message += other.description
    }
    return .badData(document: place, field: field, message: message)
  }

  public subscript(key: AccountKey) -> DirectoryEntry? { entries[key] }

  private static func key(_ row: CSVTable) throws(SourceError) -> AccountKey {
    guard let text = try row.text("account") else { throw row.problem("account", "is missing") }
    guard let key = AccountKey(typed: text) else {
      throw row.problem("account", "`\(text)` must be source:id")
    }
    return key
  }

  private static func entry(_ row: CSVTable, _ key: AccountKey) throws(SourceError)
    -> DirectoryEntry
  {
    var entry = DirectoryEntry()
    entry.name = try row.text("name")
    if let list = try row.emails("email") {
      if let complaint = list.complaints.first { throw row.problem("email", complaint) }
      entry.email = list.text
    }
    if let text = try row.text("phone") {
      do throws(PhoneNumber.Problem) { entry.phone = try PhoneNumber(text).text } catch {
        // As people write it at home: it stands, and no text message goes there.
        guard error.isNational else {
          throw row.problem(
            "phone", "`\(text)` is not plainly one telephone number: it \(error.why)")
        }
        entry.phone = text
      }
    }
    entry.owner = try row.text("owner")
    if let parent = try row.text("parent").map(Visible.identifier), !parent.isEmpty {
      let whole = AccountKey(typed: parent)
      entry.parent = whole?.source == key.source ? whole?.id : parent
    }
    entry.terms = try row.text("terms")
    entry.creditLimit = try row.text("credit_limit")
    if let limit = entry.creditLimit {
      do throws(MoneyError) { _ = try CreditLimit(limit) } catch {
        throw row.problem("credit_limit", "\(error)")
      }
    }
    entry.tags = try row.tags("tags")
    entry.locale = try row.locale("locale")
    entry.timezone = try row.zone("timezone")
    entry.doNotContact = try row.choice("do_not_contact")
    entry.disputed = try row.flag("disputed")
    entry.payURL = try row.url("pay_url")
    return entry
  }
}

/// `1000`, `1000 NZD` or `NZD 1000`.
struct CreditLimit: Sendable, Equatable {
  private let number: WrittenAmount
  private let currency: Currency?

  init(_ text: String) throws(MoneyError) {
    let words = text.split(separator: " ")
    let code = words.first { $0.first?.isLetter == true }
    let numbers = words.filter { $0 != code }
    guard numbers.count == 1, words.count <= 2 else { throw .notAnAmount(text) }
    if let code {
      number = try WrittenAmount(String(numbers[0]))
      let known = try Currency(code)
      _ = try number.money(in: known)
      currency = known
    } else {
      number = try WrittenAmount(inAnyCurrency: String(numbers[0]))
      currency = nil
    }
    if number.text.hasPrefix("-") { throw .notAnAmount(text) }
  }

  /// `nil` when neither side names a currency.
  func amount(in other: Currency?) throws(MoneyError) -> Money? {
    guard let currency = currency ?? other else { return nil }
    return try number.money(in: currency)
  }
}
