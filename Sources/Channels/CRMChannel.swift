import Messages
import Outbox
import Wire

/// A platform whose records (customers, deals) have fields of ours, which its own automations
/// watch. They are looked up, then changed, many in one call; setting a field is idempotent.
protocol CRMChannel: RecordChannel, BatchChannel {
  var map: RecordMap { get }

  /// Finds the records of these keys, none of them twice. Changes nothing.
  func find(_ keys: [String], over session: Session) async -> RecordLookup

  /// Changes the records, or makes them: all of `changes` have an id, or none has.
  func write(_ changes: [RecordChange], over session: Session) async -> RecordAnswer

  /// A value as the platform's field takes it; `nil` clears it.
  func json(_ value: MessageField.Value?) -> JSONBody

  /// What is done beside the fields, once for each message, and may not be repeated.
  /// - Parameter record: `nil` where none was looked up.
  /// - Returns: `nil` where there is nothing to do.
  func act(_ message: Message, on record: String?, over session: Session) async -> Outcome?
}

/// A record as a look-up shows it.
struct FoundRecord: Sendable, Equatable {
  let id: String
  /// What its alert field says.
  let mark: String?
}

enum RecordLookup: Sendable {
  /// By the keys that were asked for; a key without a record is missing.
  case found([String: [FoundRecord]])
  case stopped(Outcome)
}

enum RecordAnswer: Sendable {
  /// One for each change, in their order.
  case rows([Outcome])
  /// Of the call as a whole.
  case whole(Outcome)
  /// One of the rows is at fault for all, and which is not told.
  case oneOfThem(Outcome)
}

/// What one record is told, by one message or by several about the same record.
struct RecordChange: Sendable {
  /// `nil` for a record to be made.
  let id: String?
  let key: String
  /// Names the row in answers: the delivery that it is made from.
  let trace: String
  let fields: [(key: String, value: JSONBody)]
}
