import Messages

/// The sending number, as `check --online` sees it.
struct WhatsAppNumber: Decodable {
  let displayPhoneNumber: String?
  let verifiedName: String?
  let qualityRating: String?
  let nameStatus: String?

  enum CodingKeys: String, CodingKey {
    case displayPhoneNumber = "display_phone_number"
    case verifiedName = "verified_name"
    case qualityRating = "quality_rating"
    case nameStatus = "name_status"
  }

  var findings: [Finding] {
    let name = [displayPhoneNumber, verifiedName].compactMap(\.self).joined(separator: ", ")
    var findings = [Finding(.good, "WhatsApp takes the credentials: \(Escaping.singleLine(name))")]
    if qualityRating == "RED" {
      findings.append(Finding(.problem, "the number's quality is low: recipients block it"))
    }
    if let nameStatus, ["DECLINED", "EXPIRED"].contains(nameStatus) {
      findings.append(Finding(.problem, "the number's display name is \(nameStatus.lowercased())"))
    }
    return findings
  }
}

/// Templates of one name, one for each language.
struct WhatsAppTemplates: Decodable {
  struct Item: Decodable {
    let name: String
    let language: String
    let status: String
    let category: String?
    let components: [Component]?
  }

  struct Component: Decodable {
    let type: String
    let text: String?
    let buttons: [Button]?
  }

  struct Button: Decodable {
    let type: String
    let url: String?
  }

  let data: [Item]

  /// - Parameter parameters: one each, with its name where the template has named ones.
  func findings(
    _ name: String,
    _ language: String,
    parameters: [String?],
    _ hasButton: Bool
  ) -> [Finding] {
    let all = data.filter { $0.name == name }
    guard let item = all.first(where: { $0.language == language }) else {
      let others = all.map(\.language).joined(separator: ", ")
      return [
        Finding(
          .problem,
          all.isEmpty
            ? "there is no template \(name)"
            : "the template \(name) is not in \(language): \(others)"
        )
      ]
    }
    guard item.status == "APPROVED" else {
      return [Finding(.problem, "the template \(name) is \(item.status.lowercased())")]
    }
    var findings = [Finding(.good, "the template \(name) is approved in \(language)")]
    if item.category == "MARKETING" {
      findings.append(
        Finding(.problem, "the template \(name) is marketing; balances belong into utility")
      )
    }
    let components = item.components ?? []
    if let text = components.first(where: { $0.type == "BODY" })?.text {
      findings += Self.findings(text, parameters)
    }
    let buttons = components.flatMap { $0.buttons ?? [] }
    let isVariable = buttons.first?.url?.contains("{{") == true
    if hasButton != isVariable {
      findings.append(
        Finding(
          .problem,
          hasButton
            ? "the template's first button has no variable in its URL: leave button out"
            : "the URL of the template's first button has a variable: give button"
        )
      )
    }
    return findings
  }

  private static func findings(_ body: String, _ parameters: [String?]) -> [Finding] {
    var variables: [String] = []
    for match in body.matches(of: #/\{\{\s*([^{}\s]+)\s*\}\}/#) {
      let name = String(match.1)
      if !variables.contains(name) { variables.append(name) }
    }
    let given = parameters.enumerated().map { $1 ?? String($0 + 1) }
    if Set(given) == Set(variables) { return [] }
    return [
      Finding(
        .problem,
        "the template's body has the variables \(variables.joined(separator: ", ")), and "
          + "parameters gives \(given.joined(separator: ", "))"
      )
    ]
  }
}
