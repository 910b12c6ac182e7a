import Receivables

/// Whom a template's plain words are for, and what the others read in their place: nobody who does
/// not owe is asked to pay, and no customer reads what is meant for colleagues.
enum TemplateAudience {
  /// Words for customers; owners and the team read those of `escalate`, which lists the facts.
  private static let forCustomers: Set<String> = ["reminder", "firm", "payment-failed"]
  /// Words for owners and the team, and what a customer reads instead: other words of the same
  /// name, or another template.
  private static let forColleagues: [String: String] = [
    "escalate": "firm", "resolved": "resolved", "terms-changed": "terms-changed",
  ]

  /// The names under which words are looked for, the first first.
  /// - Parameter audience: `nil` for whomever the plain words are meant for.
  static func names(of template: String, for audience: Audience?) -> [String] {
    guard let audience else { return [template] }
    let own = "\(template)/\(audience.rawValue)"
    if audience != .customer, forCustomers.contains(template) {
      return [own, "escalate/\(audience.rawValue)", "escalate"]
    }
    if audience == .customer, let instead = forColleagues[template] {
      return [own] + (instead == template ? [] : [instead])
    }
    return [own, template]
  }
}
