import Foundation
import Messages
import Settings
import Testing

@testable import Channels

@Suite struct FieldMapTests {
  private func reader(_ yaml: String) throws -> SettingsReader {
    SettingsReader(try settingsBlock(yaml: yaml), folder: "") { .success(Secret($0)) }
  }

  @Test func theFieldsAreThoseThatTemplatesHave() throws {
    // SPEC.md "Messages", and `source`, which templates have too.
    let names: Set = [
      "organisation", "account.id", "account.name", "account.email", "account.phone",
      "account.terms", "account.url", "account.pay_url", "owner.name", "owner.email", "balance",
      "overdue_balance", "threshold", "currency", "oldest_due_date", "days_overdue", "bucket",
      "aging", "invoices", "level", "alert_number", "reason", "previous_alert_date", "rule",
      "source", "delivery_id",
    ]
    #expect(Set(MessageField.allCases.map(\.rawValue)) == names)
  }

  @Test func aMapKeepsTheOrderInWhichItIsWritten() throws {
    var reader = try reader("fields: {Zeta: balance, Alpha: account.name, Mid: days_overdue}")
    let map = reader.fieldMap("fields", help: "x")
    reader.finish()
    #expect(reader.problems.isEmpty)
    #expect(map.entries.map(\.name) == ["Zeta", "Alpha", "Mid"])
    #expect(map.entries.map(\.field) == [.balance, .accountName, .daysOverdue])
  }

  @Test(arguments: [
    ("balanse", "did you mean `balance`?"), ("acount.name", "did you mean `account.name`?"),
    ("zzzzzzzzzzz", "the fields are organisation, account.id"),
  ])
  func anUnknownFieldIsAProblemWithTheNearestOne(_ name: String, _ hint: String) throws {
    var map = try reader("fields:\n  First: level\n  Their_Name: \(name)")
    #expect(map.fieldMap("fields", help: "x").entries.map(\.field) == [.level])
    #expect(map.problems.map(\.path) == ["channels.test.fields.Their_Name"])
    #expect(map.problems.map(\.position.line) == [3])
    #expect(map.problems.allSatisfy { $0.message.contains(hint) && $0.message.contains(name) })

    var list = try reader("parameters: [balance, \(name)]")
    #expect(list.fields("parameters", help: "x") == [.balance])
    #expect(list.problems.map(\.path) == ["channels.test.parameters"])
    #expect(list.problems.allSatisfy { $0.message.contains(hint) })
  }

  @Test func whatIsNotWrittenIsTheDefault() throws {
    var reader = try reader("x: y")
    #expect(reader.fieldMap("fields", help: "x").entries.isEmpty)
    let all = reader.fieldMap("merge", help: "x", default: .allFields)
    #expect(all.entries.count == MessageField.allCases.count)
    #expect(all.entries.contains { $0.name == "account_pay_url" && $0.field == .accountPayURL })
    #expect(reader.optionalField("button", help: "x") == nil)
    #expect(reader.problems.isEmpty)
    #expect(reader.field("key", help: "the key") == nil)
    #expect(reader.problems.map(\.message) == ["missing: the key"])
  }

  @Test func anEmptyMapIsNotTheDefault() throws {
    var reader = try reader("merge: {}")
    #expect(reader.fieldMap("merge", help: "x", default: .allFields).entries.isEmpty)
  }

  @Test func describingAsksForTheSameKeys() {
    var reader = SettingsReader.describing()
    _ = reader.fieldMap("fields", help: "a map")
    _ = reader.fields("parameters", help: "a list")
    _ = reader.field("key", help: "one")
    #expect(reader.descriptions.map(\.key) == ["fields", "parameters", "key"])
    #expect(reader.descriptions.map(\.kind) == [.mapping, .texts, .text])
    #expect(reader.problems.isEmpty)
  }

  @Test func valuesHaveTheirTypes() {
    let alert = Sample.alert(name: "Tenant")
    #expect(MessageField.overdueBalance.value(of: alert) == .amount(alert.overdueBalance))
    #expect(MessageField.daysOverdue.value(of: alert) == .number(20))
    #expect(
      MessageField.accountURL.value(of: alert) == .url("https://books.example/c-1042?a=1&b=2"))
    let due = MessageField.oldestDueDate.value(of: alert)
    #expect(due?.text == "3 November 2026")
    #expect(due?.exact == "2026-11-03")
    #expect(due?.unixDay == 1_793_664_000)
    #expect(MessageField.level.value(of: alert)?.unixDay == nil)
    let overdue = MessageField.overdueBalance.value(of: alert)
    #expect(overdue?.text == "NZ$1,240.50" && overdue?.exact == "1240.50")
    #expect(
      MessageField.invoices.value(of: alert)?.text
        == "INV-77, NZ$1,240.50, due 3 November 2026, 20 days overdue"
    )
    #expect(
      MessageField.aging.value(of: alert)?.text == "current: NZ$600.00; 1-30: NZ$1,240.50"
    )
  }

  @Test func whatIsNotKnownIsNil() {
    let empty = AlertContent()
    for field in [
      MessageField.accountEmail, .accountURL, .accountPayURL, .threshold, .oldestDueDate, .invoices,
      .aging, .ownerName, .previousAlertDate,
    ] {
      #expect(field.value(of: empty) == nil)
    }
    var alert = Sample.alert(name: "")
    alert.payURL = "javascript:alert(1)"
    #expect(MessageField.accountPayURL.value(of: alert) == nil)
    #expect(MessageField.accountName.value(of: alert) == .text("C-1042"))
  }

  @Test func aNameStaysOnItsLineAndBringsNoLink() {
    let name = MessageField.accountName.value(of: Sample.alert(name: Sample.hostileName))
    #expect(name?.text.contains("://") == false)
    #expect(name?.text.contains { $0.isNewline } == false)
    #expect(name?.text.unicodeScalars.contains("\u{202E}") == false)
  }
}
