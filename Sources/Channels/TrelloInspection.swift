import Messages
import Settings
public import Wire

/// `check --online` of `TrelloChannel`.
extension TrelloChannel {
  public func inspect(over session: Session) async -> [Finding] {
    do throws(WireError) {
      let path = "tokens/\(percentEncoded(token.reveal()))?fields=dateExpires,permissions"
      let response = try await session.read(call(.GET, path))
      guard let access = response.decoded(TrelloAccess.self), response.status == 200 else {
        return [Finding(of: response, outcome(of: response), Self.traits.title)]
      }
      let fields = "fields=name,closed,prefs,limits&lists=all&labels=all"
      let answer = try await session.read(call(.GET, "\(boardPath)?\(fields)"))
      guard let plan = answer.decoded(TrelloPlan.self), answer.status == 200 else {
        let why = "board: \(board) is gone, or the token's user is not on it"
        return access.findings + [Finding(.problem, "\(why) (HTTP \(answer.status))")]
      }
      return access.findings + plan.findings(lists: lists.entries.map(\.id), labels: labels)
    } catch {
      return [Finding(error)]
    }
  }

  public func inspect(_ people: [Assignee], over session: Session) async -> [Finding] {
    var known = TrelloBoard()
    do throws(Stopped) {
      known.members = try await list("\(boardPath)/members?fields=username", session)
    } catch {
      return [Finding(.unreachable, "the board's members cannot be read: \(error.outcome.words)")]
    }
    return people.compactMap { person in
      guard let id = person.id else { return nil }
      return known.members?.contains { $0.isCalled(id) } == true
        ? nil
        : Finding(.problem, "owners.\(person.key).trello: \(id) is not a member of the board")
    }
  }
}

/// What a token may do. developer.atlassian.com/cloud/trello/rest/api-group-tokens
private struct TrelloAccess: Decodable {
  struct Permission: Decodable {
    let modelType: String?
    let write: Bool?
  }
  let dateExpires: String?
  let permissions: [Permission]

  var findings: [Finding] {
    var findings = [Finding(.good, "Trello takes the credentials")]
    let boards = permissions.filter { $0.modelType?.lowercased() == "board" }
    if !boards.contains(where: { $0.write == true }) {
      findings.append(Finding(.problem, "token: it may not write: make one with scope=read,write"))
    }
    if let end = dateExpires {
      let day = Escaping.singleLine(String(end.prefix(10)))
      findings.append(
        Finding(.note, "token: it ends on \(day): make one with expiration=never before")
      )
    }
    return findings
  }
}

/// The board with its lists and labels.
private struct TrelloPlan: Decodable {
  struct List: Decodable {
    let id: String
    let name: String?
    let closed: Bool?
  }
  struct Label: Decodable { let id: String }
  struct Preferences: Decodable { let comments: String? }
  struct Limit: Decodable { let status: String? }

  let name: String?
  let closed: Bool?
  let prefs: Preferences?
  let limits: [String: [String: Limit]]?
  let lists: [List]?
  let labels: [Label]?

  func findings(lists wanted: [String], labels wantedLabels: [String]) -> [Finding] {
    let title = Escaping.singleLine(name ?? "")
    var findings: [Finding] = []
    if closed == true { findings.append(Finding(.problem, "board: \(title) is closed: reopen it")) }
    if prefs?.comments == "disabled" {
      findings.append(Finding(.problem, "board: \(title) takes no comments: let members comment"))
    }
    if let status = limits?["cards"]?["openPerBoard"]?.status, status != "ok" {
      findings.append(Finding(.problem, "board: \(title) has nearly as many cards as Trello takes"))
    }
    for id in wanted {
      guard let list = lists?.first(where: { $0.id == id }) else {
        findings.append(Finding(.problem, "list: \(id) is not on the board \(title)"))
        continue
      }
      if list.closed == true {
        let name = Escaping.singleLine(list.name ?? id)
        findings.append(Finding(.problem, "list: \(name) is archived: send it back to the board"))
      }
    }
    for id in wantedLabels where labels?.contains(where: { $0.id == id }) != true {
      findings.append(Finding(.problem, "labels: \(id) is not a label of the board \(title)"))
    }
    return findings
  }
}
