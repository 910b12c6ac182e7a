import Messages
import Outbox
public import Wire

extension ZohoChannel {
  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let base = try await base(session)
      let known = try await session.read(call(.GET, base, "settings/fields?module=\(module)"))
      guard known.status == 200, let json = try? JSON(parsing: known.body),
        let fields = json["fields"]?.array
      else { return [Finding(of: known, outcome(of: known), "Zoho CRM (module \(module))")] }
      var findings = [Finding(.good, "Zoho CRM takes the credentials, and has \(module)")]
      findings += map.findings(
        fields.compactMap(Self.field),
        object: module,
        place: "Setup → Modules and Fields → \(module)"
      )
      if map.creates { findings += required(Array(fields)) }
      let rules = try await session.read(
        call(.GET, base, "settings/automation/workflow_rules?module=\(module)&per_page=200"))
      findings += self.findings(of: rules)
      if let sender {
        let addresses = try await session.read(
          call(.GET, base, "settings/emails/actions/from_addresses"))
        findings += Self.findings(addresses, sender)
      }
      return findings
    } catch {
      guard case .signInNeeded(let why) = Self.outcome(of: error) else { return [Finding(error)] }
      return [Finding(.signInNeeded, why)]
    }
  }

  private static func field(_ json: JSON) -> RecordField? {
    guard let name = json["api_name"]?.string, let type = json["data_type"]?.string,
      json["visible"]?.bool != false
    else { return nil }
    let takes: Set<MessageField.Kind> =
      switch type {
      case "currency", "double", "percent": [.number, .wholeNumber]
      case "integer", "bigint": [.wholeNumber]
      case "date": [.date]
      case "text", "textarea", "email", "phone", "website", "picklist": [.text]
      default: []
      }
    let isReadOnly = [json["read_only"], json["field_read_only"]].contains { $0?.bool == true }
    // An external field of a user's own is another for each user.
    let isExternal = json["external"]?["type"]?.isString("org") ?? false
    return RecordField(
      name: name,
      type: type,
      takes: takes,
      isWritable: !isReadOnly && json["operation_type"]?["api_update"]?.bool != false,
      length: json["length"]?.integer,
      isUnique: isExternal || (json["unique"]?.object?.count ?? 0) > 0
    )
  }

  /// What a new record cannot be without.
  private func required(_ fields: [JSON]) -> [Finding] {
    let mapped = Set(map.fields.entries.map(\.name) + [map.key.name])
    return fields.compactMap { field in
      guard let name = field["api_name"]?.string, !mapped.contains(name),
        field["system_mandatory"]?.bool == true
      else { return nil }
      return Finding(.problem, "create: a new record needs \(name): map it under `fields`")
    }
  }

  private func findings(of response: Response) -> [Finding] {
    let place = "see Setup → Workflow Rules"
    let json = response.status == 200 ? try? JSON(parsing: response.body) : nil
    // 204: there are none.
    guard response.status == 204 || json?["workflow_rules"]?.array != nil else {
      return [Finding(.note, "the workflow rules cannot be read: HTTP \(response.status)")]
    }
    let rules = json?["workflow_rules"]?.array.map { Array($0) } ?? []
    func isOn(_ rule: JSON) -> Bool { rule["status"]?["active"]?.bool == true }
    guard let workflow else {
      return rules.contains(where: isOn)
        ? [] : [Finding(.note, "no workflow rule of \(module) is on, so nothing acts: \(place)")]
    }
    guard let rule = rules.first(where: { $0["name"]?.isString(workflow) ?? false }) else {
      return [Finding(.problem, "workflow: \(module) has no rule named \(workflow): \(place)")]
    }
    return isOn(rule)
      ? [Finding(.good, "the workflow rule \(workflow) is on")]
      : [Finding(.problem, "the workflow rule \(workflow) is off: \(place)")]
  }

  private static func findings(_ response: Response, _ sender: String) -> [Finding] {
    guard response.status == 200, let json = try? JSON(parsing: response.body),
      let addresses = json["from_addresses"]?.array
    else {
      return [Finding(.note, "the sender addresses cannot be read: HTTP \(response.status)")]
    }
    return addresses.contains { $0["email"]?.string?.lowercased() == sender.lowercased() }
      ? []
      : [
        Finding(
          .problem,
          "send_mail: the user may not send from \(sender): add it in Setup → Email → Organization"
            + " Emails"
        )
      ]
  }
}
