import Configuration
import Crypto
public import Foundation
import Host
import Messages
import Outbox
import Receivables
import Rules
public import State
import Wire

/// What a preview would send, written down, so that a run sends that and nothing else.
public struct PlanFile: Codable, Sendable, Equatable {
  /// One delivery.
  public struct Item: Codable, Sendable, Equatable {
    public let deliveryID: String
    /// `source:id`.
    public let account: String
    public let accountName: String
    public let currency: String
    public let part: String?
    public let rule: String
    public let level: Int
    public let alertNumber: Int
    public let reason: String
    public let template: String
    public let channel: String
    public let recipient: String?
    /// `pending`, or `held`.
    public let status: String
    /// Decimal texts, as the message would have said.
    public let balance: String?
    public let overdueBalance: String?

    enum CodingKeys: String, CodingKey {
      case deliveryID = "delivery_id"
      case account
      case accountName = "account_name"
      case currency, part, rule, level
      case alertNumber = "alert_number"
      case reason, template, channel, recipient, status, balance
      case overdueBalance = "overdue_balance"
    }
  }

  public let schema: Int
  /// RFC 3339, of the preview.
  public let now: String
  /// The newest pass before it; 0 for none.
  public let afterPass: Int64
  /// SHA-256 over the config and the templates.
  public let configSHA256: String
  /// SHA-256 over every decision that has an episode.
  public let decisionsSHA256: String
  public let items: [Item]

  enum CodingKeys: String, CodingKey {
    case schema, now
    case afterPass = "after_pass"
    case configSHA256 = "config_sha256"
    case decisionsSHA256 = "decisions_sha256"
    case items
  }

  /// Of a preview.
  public init(_ report: PassReport, _ assembly: Assembly, afterPass: Int64) {
    schema = 1
    now = report.now.instant.description
    self.afterPass = afterPass
    configSHA256 = assembly.configDigest
    decisionsSHA256 = report.prepared.fingerprint
    items = report.deliveries.filter { $0.status == .pending || $0.status == .held }.map {
      Item($0, report.builder)
    }
  }

  /// - Throws: `PlanProblem` when it is no plan.
  public init(_ data: Data, file: String) throws(PlanProblem) {
    let text: String
    do throws(TextFile.Problem) { text = try TextFile.text(of: data) } catch {
      throw PlanProblem("\(file): the plan \(error.why)")
    }
    do {
      self = try JSONDecoder().decode(PlanFile.self, from: Data(text.utf8))
    } catch {
      throw PlanProblem("\(file): this is no plan: write one with `balancealert preview --out`")
    }
    guard schema == 1 else {
      throw PlanProblem("\(file): its schema is \(schema), this balancealert reads 1")
    }
  }

  public var json: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return ((try? encoder.encode(self)) ?? Data()) + Data("\n".utf8)
  }

  /// Whether it can be held to.
  /// - Throws: `PlanProblem` when it was made with another config, or before another pass;
  ///   `StateError`.
  public func check(_ assembly: Assembly, _ state: StateFile, file: String) throws {
    if configSHA256 != assembly.configDigest {
      throw PlanProblem(
        "\(file): it was made with another config; the config or a template has changed since."
          + " Preview again")
    }
    let newest = try state.newestPassID()
    if newest != afterPass {
      throw PlanProblem(
        "\(file): it was made after pass \(afterPass), and the newest is pass \(newest): what it"
          + " says is older than the state. Preview again")
    }
  }
}

/// A plan that a run cannot be held to, and how to mend it.
public struct PlanProblem: Error, Equatable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

extension PlanFile.Item {
  fileprivate init(_ delivery: Delivery, _ builder: MessageBuilder) {
    let content = builder.content(of: delivery)
    deliveryID = delivery.id.text
    account = delivery.account.description
    accountName = delivery.accountName
    currency = delivery.currency.code
    part = delivery.part.isEmpty ? nil : delivery.part
    rule = delivery.rule
    level = delivery.level
    alertNumber = delivery.alertNumber
    reason = delivery.reason.rawValue
    template = delivery.template
    channel = delivery.channel
    recipient = delivery.recipient
    status = delivery.status.rawValue
    balance = content?.balance.decimal
    overdueBalance = content?.overdueBalance.decimal
  }
}
