import Outbox
import Receivables
import State

/// Deliveries that wait for a person, of one kind, and how that person releases them.
public struct Waiting: Sendable, Equatable {
  /// `approval`, `first pass`, `limit`, `uncertain` or `state`: the same each day.
  public let kind: String
  /// One sentence, with the commands.
  public let sentence: String
}

extension Waiting {
  /// The kind of what a state lost.
  public static let state = "state"

  /// - Parameters:
  ///   - deliveries: as they are at the end of the pass.
  ///   - lingering: uncertain ones of earlier passes.
  ///   - lost: why it is not known who was told what.
  ///   - describe: names one delivery.
  static func all(
    _ deliveries: [Delivery],
    lingering: [Delivery],
    lost: StateDoubt?,
    describe: (Delivery) -> String
  ) -> [Waiting] {
    var waiting = lost.map { [Waiting(kind: state, sentence: "\($0). \(StateDoubt.way)")] } ?? []
    let first = deliveries.filter { $0.hold == .firstPass }
    if !first.isEmpty {
      let sources = Set(first.map(\.account.source)).sorted().joined(separator: ", ")
      waiting.append(
        Waiting(
          kind: Delivery.Hold.firstPass.rawValue,
          sentence: "\(messages(first.count, "customer ")): no earlier pass has read \(sources), so"
            + " who was told already is not known. Read `balancealert preview`. Then `balancealert"
            + " run --first` sends them, `balancealert baseline` takes them as told, and"
            + " `balancealert approve` releases single ones"))
    }
    let approval = deliveries.filter { $0.hold == .approval }
    if !approval.isEmpty {
      let doubt = approval.allSatisfy { $0.why == Delivery.inDoubt }
      waiting.append(
        Waiting(
          kind: Delivery.Hold.approval.rawValue,
          sentence: "\(messages(approval.count)) for approval"
            + (doubt ? " (\(Delivery.inDoubt))" : "")
            + ". Read them with `balancealert preview`, then `balancealert approve` or"
            + " `balancealert reject` them"))
    }
    let limit = deliveries.count { $0.hold == .limit }
    if limit > 0 {
      waiting.append(
        Waiting(
          kind: Delivery.Hold.limit.rawValue,
          sentence: "\(messages(limit, "customer ")), held by the limit a pass. Read `balancealert"
            + " preview`, then release them with `balancealert run --allow \(limit)`, or `approve`"
            + " and `reject` them"))
    }
    if !lingering.isEmpty {
      let names = lingering.prefix(5).map(describe).joined(separator: "; ")
      let rest = lingering.count > 5 ? "; and \(lingering.count - 5) more" : ""
      waiting.append(
        Waiting(
          kind: Delivery.Status.uncertain.rawValue,
          sentence: "still uncertain, \(lingering.count) of earlier passes: \(names)\(rest)."
            + " If it arrived, `balancealert reject` it, else `balancealert retry`"))
    }
    return waiting
  }

  private static func messages(_ count: Int, _ whose: String = "") -> String {
    count == 1 ? "1 \(whose)message waits" : "\(count) \(whose)messages wait"
  }
}
