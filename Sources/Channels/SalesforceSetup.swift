import Messages
import Outbox
public import Wire

extension SalesforceChannel {
  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let place = try await place(session)
      let described = try await session.read(place.describe(object))
      guard described.status == 200, let json = try? JSON(parsing: described.body),
        let known = json["fields"]?.array
      else {
        return [
          Finding(
            of: described,
            SalesforceAnswer(described).outcomeOfCall,
            "Salesforce (object \(object))"
          )
        ]
      }
      let fields = Array(known)
      var findings = [Finding(.good, "Salesforce takes the credentials, and has \(object)")]
      findings += map.findings(
        fields.compactMap { self.field($0) },
        object: object,
        place: "Setup → Object Manager → \(object) → Fields"
      )
      if map.creates { findings += required(fields) }
      if let workflow {
        let response = try await session.read(place.query(Self.flowQuery(workflow)))
        findings.append(Self.finding(of: response, workflow))
      }
      if let flow {
        findings += Self.findings(
          try await session.read(place.describe(flow: flow)), flow, inputs)
      }
      if let emailAlert {
        let response = try await session.read(place.describe(alert: emailAlert, of: object))
        if response.status != 200 {
          findings.append(
            Finding(
              .problem,
              "email_alert: \(object) has no e-mail alert \(emailAlert): see Setup → Email Alerts"
            )
          )
        }
      }
      return findings
    } catch {
      return [Finding(error)]
    }
  }

  private func field(_ json: JSON) -> RecordField? {
    guard let name = json["name"]?.string, let type = json["type"]?.string else { return nil }
    let takes: Set<MessageField.Kind> =
      switch type {
      case "currency", "double", "percent": [.number, .wholeNumber]
      case "int", "long": [.wholeNumber]
      case "date": [.date]
      case "string", "textarea", "email", "phone", "url", "picklist", "combobox",
        "encryptedstring":
        [.text]
      default: []
      }
    let isWritable = json["updateable"]?.bool != false && json["calculated"]?.bool != true
    let length = json["length"]?.integer ?? 0
    return RecordField(
      name: name,
      type: type,
      takes: takes,
      isWritable: isWritable,
      length: length > 0 ? length : nil,
      // Only an external id can be made by; only a unique one finds one record.
      isUnique: json["unique"]?.bool == true
        && (!map.creates || json["externalId"]?.bool == true)
    )
  }

  /// What a new record cannot be without.
  private func required(_ fields: [JSON]) -> [Finding] {
    let mapped = Set(map.fields.entries.map(\.name) + [map.key.name])
    return fields.compactMap { field in
      guard let name = field["name"]?.string, !mapped.contains(name),
        field["nillable"]?.bool == false, field["createable"]?.bool == true,
        field["defaultedOnCreate"]?.bool != true, field["type"]?.isString("boolean") != true
      else { return nil }
      return Finding(.problem, "create: a new \(object) needs \(name): map it under `fields`")
    }
  }

  private static func flowQuery(_ name: String) -> String {
    "SELECT ApiName, IsActive, ProcessType, TriggerType FROM FlowDefinitionView"
      + " WHERE ApiName = \(SalesforceQuery.quoted(name))"
  }

  private static func finding(of response: Response, _ name: String) -> Finding {
    guard let flows = SalesforceAnswer(response).records else {
      return Finding(.note, "the flows cannot be read: the user needs View Setup and Configuration")
    }
    guard let flow = flows.first else {
      return Finding(.problem, "workflow: there is no flow \(name): see Setup → Flows")
    }
    return flow["IsActive"]?.bool == true
      ? Finding(.good, "the flow \(name) is active")
      : Finding(.problem, "the flow \(name) is not active: activate it in Setup → Flows")
  }

  private static func findings(_ response: Response, _ flow: String, _ inputs: FieldMap)
    -> [Finding]
  {
    guard response.status == 200, let json = try? JSON(parsing: response.body),
      let known = json["inputs"]?.array
    else {
      return [
        Finding(
          .problem,
          "flow: there is no active autolaunched flow \(flow) that the user may run: see Setup →"
            + " Flows"
        )
      ]
    }
    let variables = Array(known)
    return inputs.entries.compactMap { name, field in
      guard let variable = variables.first(where: { $0["name"]?.isString(name) ?? false }) else {
        return Finding(
          .problem,
          "inputs: the flow \(flow) has no variable \(name) that is available for input (its case"
            + " counts): add it to the flow, or mend `inputs`"
        )
      }
      let isNumber = ["NUMBER", "CURRENCY", "INTEGER", "DOUBLE"]
        .contains(variable["type"]?.string ?? "")
      let wantsNumber = field.kind == .number || field.kind == .wholeNumber
      return isNumber == wantsNumber
        ? nil
        : Finding(
          .problem,
          "inputs: the flow's variable \(name) is of type \(variable["type"]?.string ?? "?"), and"
            + " `\(field.rawValue)` is a \(field.kind.rawValue)"
        )
    }
  }
}
