import Messages
import Outbox
public import Wire

/// `check --online` of `AsanaChannel`.
extension AsanaChannel {
  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let me = try await session.read(call(.GET, "users/me?opt_fields=name,workspaces"))
      guard let user = me.decoded(AsanaAnswer<AsanaUser>.self)?.data, me.status == 200 else {
        return [Finding(of: me, outcome(of: me), Self.traits.title)]
      }
      let name = Escaping.singleLine(user.name ?? "")
      var findings = [Finding(.good, "Asana takes the credentials of \(name)")]
      if !user.isIn(workspace) {
        findings.append(
          Finding(.problem, "workspace: \(name) is not in \(workspace): invite them, or mend it")
        )
      }
      return findings + (try await projectFindings(session)) + (try await sectionFindings(session))
        + (await fieldFindings(session))
    } catch {
      return [Finding(error)]
    }
  }

  public func inspect(_ people: [Assignee], over session: Session) async -> [Finding] {
    var findings: [Finding] = []
    for person in people {
      guard let id = person.id ?? person.email else { continue }
      let path = "users/\(percentEncoded(id))?opt_fields=workspaces"
      do throws(WireError) {
        let response = try await session.read(call(.GET, path))
        let user = response.decoded(AsanaAnswer<AsanaUser>.self)?.data
        if response.status != 200 || user?.isIn(workspace) != true {
          let key = person.id == nil ? "email" : "asana"
          findings.append(
            Finding(.problem, "owners.\(person.key).\(key): \(id) is nobody of this workspace")
          )
        }
      } catch {
        findings.append(Finding(error))
      }
    }
    return findings
  }

  private func projectFindings(_ session: Session) async throws(WireError) -> [Finding] {
    let path = "projects/\(project)?opt_fields=name,archived,workspace"
    let response = try await session.read(call(.GET, path))
    guard let plan = response.decoded(AsanaAnswer<AsanaPlan>.self)?.data, response.status == 200
    else {
      let why = "project: \(project) is gone, or the token's user has no access"
      return [Finding(.problem, "\(why) (HTTP \(response.status))")]
    }
    let name = Escaping.singleLine(plan.name ?? project)
    var findings: [Finding] = []
    if plan.archived == true {
      findings.append(Finding(.problem, "project: \(name) is archived: take it out of the archive"))
    }
    if let other = plan.workspace?.gid, other != workspace {
      findings.append(Finding(.problem, "workspace: \(name) is in \(other)"))
    }
    return findings
  }

  private func sectionFindings(_ session: Session) async throws(WireError) -> [Finding] {
    if sections.entries.isEmpty { return [] }
    let response = try await session.read(call(.GET, "projects/\(project)/sections?limit=100"))
    guard let standing = response.decoded(AsanaAnswer<[AsanaTask.Thing]>.self)?.data else {
      return [Finding(.note, "the sections cannot be read: HTTP \(response.status)")]
    }
    return sections.entries.filter { entry in !standing.contains { $0.gid == entry.id } }.map {
      Finding(.problem, "sections: \($0.id) is not a section of the project")
    }
  }

  private func fieldFindings(_ session: Session) async -> [Finding] {
    if fields.entries.isEmpty { return [] }
    let standing: [AsanaField]
    do throws(Stopped) {
      standing = try await projectFields(session)
    } catch {
      return [Finding(.problem, "fields: they cannot be read: \(error.outcome.words)")]
    }
    return fields.entries.compactMap { name, field in
      guard let found = AsanaField.named(name, among: standing) else {
        return Finding(.problem, "fields: \(name) is no custom field of the project: add it there")
      }
      return found.problem(field).map { Finding(.problem, "fields: \(name) \($0)") }
    }
  }
}

private struct AsanaUser: Decodable {
  let name: String?
  let workspaces: [AsanaTask.Thing]?

  func isIn(_ workspace: String) -> Bool {
    workspaces?.contains { $0.gid == workspace } ?? false
  }
}

private struct AsanaPlan: Decodable {
  let name: String?
  let archived: Bool?
  let workspace: AsanaTask.Thing?
}
