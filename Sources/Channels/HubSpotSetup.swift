import Messages
import Outbox
public import Wire

extension HubSpotChannel {
  public func inspect(over session: Session) async -> [Finding] {
    guard let probe else { return [] }
    do throws(WireError) {
      let details = try await session.read(probe)
      guard details.status == 200, let account = try? JSON(parsing: details.body) else {
        return [Finding(of: details, outcome(of: details), Self.traits.title)]
      }
      let portal = account["portalId"]?.numberText.map { " of account \($0)" } ?? ""
      let known = try await session.read(call(.GET, Self.propertiesPath(object)))
      var findings = [Finding(.good, "HubSpot takes the credentials\(portal)")]
      if let properties = HubSpotProperty.list(known) {
        findings += map.findings(
          properties.map(\.field),
          object: object.rawValue,
          place: "Settings → Properties, or with `check --online --fix`"
        )
      } else {
        findings.append(Finding(of: known, outcome(of: known), "HubSpot (properties)"))
      }
      if let workflow {
        let flows = try await session.read(
          call(.GET, "automation/\(Self.version)-beta/flows?limit=500"))
        findings += Self.findings(flows, workflow)
      }
      return findings
    } catch {
      return [Finding(error)]
    }
  }

  /// Makes the property group and the properties that are not there. What is there stays as it is.
  public func fix(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let known = try await session.read(call(.GET, Self.propertiesPath(object)))
      guard let properties = HubSpotProperty.list(known) else {
        return [Finding(of: known, outcome(of: known), "HubSpot (properties)")]
      }
      let names = Set(properties.map(\.name))
      let missing = HubSpotProperty.wanted(by: map).filter { !names.contains($0.name) }
      if missing.isEmpty { return [Finding(.good, "no property is missing")] }
      let group: JSONBody = [
        "name": .text(HubSpotProperty.group), "label": "Outstanding balance", "displayOrder": -1,
      ]
      let made = try await session.perform(
        .http(call(.POST, "\(Self.propertiesPath(object))/groups", group)))
      // 409: it is there.
      if made.status != 201, made.status != 409 {
        return [Finding(of: made, outcome(of: made), "HubSpot (property group)")]
      }
      let answer = try await session.perform(
        .http(
          call(
            .POST,
            "\(Self.propertiesPath(object))/batch/create",
            ["inputs": .list(missing.map(\.body))]
          )
        )
      )
      guard answer.isSuccess, HubSpotAnswer(answer).faults.isEmpty else {
        let why = HubSpotAnswer(answer).words
        return [Finding(.problem, "the properties could not be made: \(why)")]
      }
      return [Finding(.good, "made: \(missing.map(\.name).joined(separator: ", "))")]
    } catch {
      return [Finding(error)]
    }
  }

  private static func propertiesPath(_ object: Object) -> String {
    "crm/properties/\(version)/\(object.rawValue)"
  }

  private static func findings(_ response: Response, _ name: String) -> [Finding] {
    guard response.status == 200, let json = try? JSON(parsing: response.body),
      let flows = json["results"]?.array
    else {
      return [Finding(.note, "the workflows cannot be read: the token needs the scope automation")]
    }
    guard let flow = flows.first(where: { $0["name"]?.isString(name) ?? false }) else {
      return [
        Finding(.problem, "workflow: there is none named \(name): see Automation → Workflows")
      ]
    }
    return flow["isEnabled"]?.bool == true
      ? [Finding(.good, "the workflow \(name) is on")]
      : [Finding(.problem, "the workflow \(name) is off: turn it on in Automation → Workflows")]
  }
}
