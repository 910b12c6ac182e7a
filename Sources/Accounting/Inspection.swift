public import Wire

/// What `check --online` finds at a source. Nothing is written there or here.
public struct Inspection: Sendable, Equatable {
  /// The organisation's name, as the platform has it.
  public var organisation: String
  /// ISO 4217 code of its base currency.
  public var currency: String?
  /// As the platform writes it; not always an IANA name.
  public var timeZone: String?
  /// Open invoices of customers; `nil` where the platform cannot count them cheaply.
  public var openInvoices: Int?
  /// What is left of the platform's limits, in words: `4,990 of 5,000 calls left today`.
  public var limits: [String]
  /// Worth telling: a missing permission, a plan that charges by calls.
  public var notices: [String]

  public init(
    organisation: String,
    currency: String? = nil,
    timeZone: String? = nil,
    openInvoices: Int? = nil,
    limits: [String] = [],
    notices: [String] = []
  ) {
    self.organisation = organisation
    self.currency = currency
    self.timeZone = timeZone
    self.openInvoices = openInvoices
    self.limits = limits
    self.notices = notices
  }
}

/// A platform on which one sign-in can reach several organisations, so that the config must say
/// which: `auth NAME` lists them.
public protocol OrganisationSource: AccountingSource {
  /// The config key that names one: `tenant_id`.
  static var organisationKey: String { get }

  /// The organisations that the sign-in of `session` reaches.
  /// - Parameter redirect: the query of the sign-in's redirect, percent-decoded: QuickBooks says
  ///   there, and only there, which company it is. Empty when the sign-in is an earlier one.
  /// - Throws: `SourceError`; nothing was changed there.
  func organisations(
    over session: Session,
    redirect: [String: String]
  ) async throws(SourceError) -> [Organisation]
}

/// One that a sign-in reaches.
public struct Organisation: Sendable, Equatable {
  /// What stands under `organisationKey`.
  public let id: String
  public let name: String

  public init(id: String, name: String) {
    self.id = id
    self.name = name
  }
}
