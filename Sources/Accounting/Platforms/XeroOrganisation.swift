import Receivables
public import Wire

/// `{"Day": 20, "Type": "DAYSAFTERBILLMONTH"}`: of a contact, or of the organisation.
struct XeroTerms: Sendable, Equatable {
  let day: Int
  /// Capital letters.
  let type: String

  /// - Parameter terms: `PaymentTerms`; those for sales count.
  init?(_ terms: JSON?) {
    guard let sales = terms?["Sales"], let day = sales["Day"]?.integer else { return nil }
    self.init(day: day, type: sales["Type"]?.string ?? "")
  }

  /// - Parameter stored: as `stored` wrote it.
  init?(stored: String) {
    let parts = stored.split(separator: " ")
    guard parts.count == 2, let day = Int(parts[0]) else { return nil }
    self.init(day: day, type: String(parts[1]))
  }

  private init?(day: Int, type: String) {
    guard !type.isEmpty, type.utf8.allSatisfy({ 65...90 ~= $0 }) else { return nil }
    self.day = day
    self.type = type
  }

  var stored: String { "\(day) \(type)" }

  /// In words.
  var text: String {
    switch type {
    case "DAYSAFTERBILLDATE": "\(day) days after the invoice date"
    case "DAYSAFTERBILLMONTH": "\(day) days after the end of the invoice month"
    case "OFCURRENTMONTH": "day \(day) of the invoice month"
    case "OFFOLLOWINGMONTH": "day \(day) of the month after the invoice"
    default: stored
    }
  }
}

extension XeroSource: OrganisationSource {
  public static let organisationKey = "tenant_id"

  public func organisations(
    over session: Session,
    redirect: [String: String]
  ) async throws(SourceError) -> [Organisation] {
    try await api(over: session).connections()
  }
}

extension XeroAPI {
  /// The organisation's terms, for contacts that have none of their own.
  /// - Parameter notices: gets one more when the app lacks the scope: the poll can do without.
  func paymentTerms(_ notices: inout [String]) async throws(SourceError) -> XeroTerms? {
    do throws(SourceError) {
      return XeroTerms(try await list("Organisation", key: "Organisations").first?["PaymentTerms"])
    } catch .signInNeeded(let why) {
      notices.append("\(why); contacts without payment terms have none")
      return nil
    } catch .noRecording {
      // Recorded before the organisation was asked.
      return nil
    }
  }

  /// The organisations that this sign-in reaches.
  func connections() async throws(SourceError) -> [Organisation] {
    let response = try await get(Self.connectionsPath, isOptional: true)
    guard response.status == 200 else {
      throw await refusal(response, "the connections", asksConnections: false)
    }
    guard let rows = try json(of: response, "connections").array else {
      throw .badData(document: "connections", field: "", message: "is not a list")
    }
    return rows.filter { $0["tenantType"]?.isString("ORGANISATION") ?? true }.compactMap { row in
      plainText(row["tenantId"]).map {
        Organisation(id: $0, name: plainText(row["tenantName"]) ?? $0)
      }
    }
  }

  /// When what was asked for is not shown, or not there: whether it is because of `tenant_id`.
  func tenantProblem() async -> SourceError? {
    guard !tenantID.isEmpty, let all = try? await connections() else { return nil }
    if all.isEmpty {
      return .signInNeeded("Xero: this sign-in reaches no organisation (any more); sign in again")
    }
    if all.contains(where: { $0.id.lowercased() == tenantID.lowercased() }) { return nil }
    let reached = all.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
    return .misconfigured(
      "Xero: tenant_id \(tenantID) is not an organisation that this sign-in reaches; it reaches "
        + reached
    )
  }

  /// A list that has no pages, and that a poll can do without.
  func list(_ path: String, key: String) async throws(SourceError) -> [JSON] {
    let response = try await get("/api.xro/2.0/\(path)", isOptional: true)
    guard response.status == 200 else { throw await refusal(response, path) }
    guard let rows = try json(of: response, path)[key]?.array else {
      throw .badData(document: path, field: key, message: "is not there")
    }
    return Array(rows)
  }
}
