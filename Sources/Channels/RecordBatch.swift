import Messages
import Outbox
import Wire

extension CRMChannel {
  func act(_ message: Message, on record: String?, over session: Session) async -> Outcome? { nil }

  /// Numbers as numbers, to the last digit.
  func json(_ value: MessageField.Value?) -> JSONBody {
    switch value {
    case nil: .null
    case .number(let number)?: .number(number)
    case .amount(let amount)?: .decimal(amount.decimal)
    case .text?, .date?, .url?, .lines?: JSONBody(value?.exact)
    }
  }

  /// Looks the records up, changes each once, and says for each message what became of it.
  func sendRecords(_ messages: [Message], over session: Session) async -> [Outcome] {
    var batch = RecordBatch(messages)
    for (place, message) in messages.enumerated() {
      do throws(Unsendable) {
        // Nothing is changed there for a message that cannot be made.
        _ = try request(for: message)
        batch.keys[place] = try map.key.value(of: message.alert)
      } catch {
        batch.outcomes[place] = .refused(error.refusal, why: error.why)
      }
    }
    if batch.keys.isEmpty { return batch.settled }
    switch await find(Array(Set(batch.keys.values)).sorted(), over: session) {
    case .stopped(let outcome): batch.settle(batch.keys.keys, outcome.ofHarmlessCall)
    case .found(let records): batch.match(records, map, Self.traits.title)
    }
    if !map.fields.entries.isEmpty {
      for group in [batch.existing, batch.new] where !group.isEmpty {
        let changes = group.map { batch.change($0, map, json) }
        let outcomes = await write(isolating: changes[...], over: session)
        for (members, outcome) in zip(group, outcomes) {
          // Where something else follows that may not be repeated, this is not it.
          batch.settle(members, guarantee == .neither ? outcome.ofHarmlessCall : outcome)
        }
      }
    }
    for (place, message) in messages.enumerated() {
      guard case .accepted(let id)? = batch.outcomes[place], id != nil, !message.alert.isSync
      else { continue }
      if let outcome = await act(message, on: id, over: session) {
        if case .accepted = outcome { continue }
        batch.outcomes[place] = outcome
      }
    }
    return batch.settled
  }

  /// A row at fault for all is found by halving.
  private func write(
    isolating changes: ArraySlice<RecordChange>,
    over session: Session
  ) async -> [Outcome] {
    switch await write(Array(changes), over: session) {
    case .rows(let outcomes): return outcomes
    case .whole(let outcome): return changes.map { _ in outcome }
    case .oneOfThem(let outcome):
      if changes.count < 2 { return [outcome] }
      let middle = changes.startIndex + changes.count / 2
      return await write(isolating: changes[..<middle], over: session)
        + write(isolating: changes[middle...], over: session)
    }
  }
}

/// The messages of one call on their way to their records.
struct RecordBatch {
  private let messages: [Message]
  var keys: [Int: String] = [:]
  var outcomes: [Outcome?]
  /// Places of messages, one list a record, in the order of the records' ids.
  private(set) var existing: [[Int]] = []
  private(set) var new: [[Int]] = []
  private var known: [Int: FoundRecord] = [:]

  init(_ messages: [Message]) {
    self.messages = messages
    outcomes = Array(repeating: nil, count: messages.count)
  }

  var settled: [Outcome] { outcomes.map { $0 ?? .unknown(why: "no outcome was reported for it") } }

  mutating func settle(_ places: some Sequence<Int>, _ outcome: Outcome) {
    for place in places { outcomes[place] = outcome }
  }

  /// Whose record has it already, whose record is to be changed or made, and who has none.
  mutating func match(_ records: [String: [FoundRecord]], _ map: RecordMap, _ title: String) {
    var byRecord: [String: [Int]] = [:]
    var byKey: [String: [Int]] = [:]
    for (place, key) in keys.sorted(by: { $0.key < $1.key }) {
      let found = records[key] ?? []
      let message = messages[place]
      if found.count > 1 {
        let ids = found.map(\.id).sorted().prefix(5).joined(separator: ", ")
        outcomes[place] = .refused(
          .recipient,
          why: "\(title): several records have \(map.key.name) \(key): \(ids); none was changed."
            + " Merge them there, or clear the field in all but one"
        )
      } else if let record = found.first {
        known[place] = record
        if map.fields.entries.isEmpty || Self.holds(record.mark, message.deliveryID) {
          outcomes[place] = .accepted(id: record.id)
        } else {
          byRecord[record.id, default: []].append(place)
        }
      } else if message.alert.reason == "resolved" || message.alert.isSync {
        outcomes[place] = .accepted(id: nil)
      } else if map.creates {
        byKey[key, default: []].append(place)
      } else {
        outcomes[place] = .refused(
          .recipient,
          why: "\(title): no record has \(map.key.name) \(key) (never there, deleted or merged):"
            + " fill the field in the right record, or set `create: true`"
        )
      }
    }
    // In one order, so that two calls do not hold each other's rows.
    existing = byRecord.sorted { $0.key < $1.key }.map(\.value)
    new = byKey.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Several messages about one record are one change: the worst of the open debts speaks.
  func change(
    _ places: [Int],
    _ map: RecordMap,
    _ json: (MessageField.Value?) -> JSONBody
  ) -> RecordChange {
    let leading = places.max { Self.isMilder(messages[$0], messages[$1]) } ?? 0
    let others = places.filter { $0 != leading && !messages[$0].alert.isSync }
      .map { RecordChange.short(messages[$0].deliveryID) }
    // An earlier alert in doubt, sent again after this one, must find itself there.
    let earlier = RecordChange.deliveries(in: known[leading]?.mark)
    return RecordChange(
      messages[leading],
      others: others + earlier,
      id: known[leading]?.id,
      key: keys[leading] ?? "",
      map,
      json
    )
  }

  private static func holds(_ mark: String?, _ deliveryID: String) -> Bool {
    mark == deliveryID
      || RecordChange.deliveries(in: mark).contains(RecordChange.short(deliveryID))
  }

  private static func isMilder(_ a: Message, _ b: Message) -> Bool {
    func weight(_ message: Message) -> [Int] {
      let alert = message.alert
      let kind = alert.isSync ? 0 : alert.reason == "resolved" ? 1 : 2
      let isOwed = alert.balance.decimal.contains { $0.isNumber && $0 != "0" } ? 1 : 0
      // A debt that nobody was told of has no level yet.
      let level = alert.alertNumber > 0 ? alert.level : 0
      return [kind, isOwed, level, alert.daysOverdue, alert.alertNumber]
    }
    let (first, second) = (weight(a), weight(b))
    return first == second
      ? a.deliveryID < b.deliveryID : first.lexicographicallyPrecedes(second)
  }
}

extension RecordChange {
  /// Enough of a delivery's id to know it among those of one record.
  static func short(_ deliveryID: some StringProtocol) -> String { String(deliveryID.prefix(16)) }

  /// What a mark names, the last first, each in short.
  static func deliveries(in mark: String?) -> [String] {
    let parts = mark?.split(separator: "/") ?? []
    return parts.count < 3 ? [] : parts[parts.count - 1].split(separator: " ").map { short($0) }
  }

  /// - Parameter others: more deliveries that the record was told, in short.
  init(
    _ message: Message,
    others: [String] = [],
    id: String?,
    key: String,
    _ map: RecordMap,
    _ json: (MessageField.Value?) -> JSONBody
  ) {
    let alert = message.alert
    var fields = map.entries(for: alert).map { name, field in
      (key: name, value: json(field.recordValue(of: alert)))
    }
    // Where nothing was decided, no automation is to start.
    if let alertField = map.alertField, !alert.isSync,
      !fields.contains(where: { $0.key == alertField })
    {
      fields.append((alertField, .text(alert.mark(message.deliveryID, others))))
    }
    self.init(id: id, key: key, trace: message.deliveryID, fields: fields)
  }
}

extension AlertContent {
  /// Says which alert a record was told last: another text with each alert, the same for each try.
  /// The record itself thereby says what has arrived already.
  /// - Parameter others: told by the same change or before, in short; as many as fit.
  func mark(_ deliveryID: String, _ others: [String]) -> String {
    var mark = "\(shortened(recordText(recordKey), to: 80))/\(alertNumber)/\(deliveryID)"
    for other in others
    where mark.utf8.count + other.utf8.count < RecordMap.mostMarkCharacters {
      mark += " \(other)"
    }
    return mark
  }
}
