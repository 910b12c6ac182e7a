import Configuration
import Foundation
import Outbox
import Pass
import Receivables
import State
import Support
import Testing
import Wire

/// Many deliveries in one request, and a fate for each.
struct BatchPassTests {
  private static func assembly() throws -> Assembly {
    let file = try ConfigurationFile(
      path: "/c/balancealert.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        sources: { books: { type: csv, path: books.csv } }
        channels:
          email: { type: sendgrid, api_key: env:KEY, from: a@harbour.example, template_id: d-1,
                   rate_limit: 9999/s }
        rules: [{ name: rent, when: { balance: overdue }, levels: [{ notify: [email] }] }]
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["KEY": "SG.key-0123"], folder: "/c", missing: .isAnError,
      literalsAreErrors: false)
    return try Assembly(Setup(file, resolver: resolver), resolver: resolver)
  }

  /// 150 debtors; the e-mail address of the seventh is `bad@…`.
  private static let books =
    "account_id,document_id,due_date,currency,amount_due,email\n"
    + (0..<150).map { number in
      let name = number == 7 ? "bad" : "c\(number)"
      return "C\(number),D\(number),2026-11-01,EUR,600.00,\(name)@tenants.example\n"
    }.joined()

  private func pass(
    _ state: StateFile,
    _ answer: @escaping @Sendable (HTTPRequest) throws(WireError) -> Response
  ) async throws -> (PassReport, [HTTPRequest]) {
    let transport = ScriptedTransport { request throws(WireError) in
      switch request {
      case .file: return Response(status: 200, text: Self.books)
      case .http(let http): return try answer(http)
      default: throw .forbidden("nothing else is asked for")
      }
    }
    let now = Now(try #require(Instant("2026-11-23T09:00:00Z")), in: .utc)
    let report = try await PassRunner(
      try Self.assembly(), state: state, transport: transport,
      options: PassOptions(now: now, isReplay: true)
    ).run()
    let asked = await transport.requests.compactMap { request in
      if case .http(let http) = request { http } else { nil as HTTPRequest? }
    }
    return (report, asked)
  }

  private static func recipients(_ request: HTTPRequest) -> Int {
    String(decoding: request.body ?? [], as: UTF8.self).matches(of: /"custom_args"/).count
  }

  @Test func aHundredGoAtOnceAndEachIsRecorded() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let (report, asked) = try await pass(state) { (_) throws(WireError) in Response(status: 202) }
    #expect(asked.map(Self.recipients).sorted() == [50, 100])
    #expect(report.count(.sent) == 150)
    #expect(try state.deliveries(statuses: [.sent]).count == 150)
    let (_, again) = try await pass(state) { (_) throws(WireError) in Response(status: 202) }
    #expect(again.isEmpty)
  }

  @Test func aBadAddressFailsAloneAndIsNotTriedAgain() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let refusal = Response(
      status: 400,
      text: #"{"errors":[{"message":"no address","field":"personalizations.0.to.0.email"}]}"#)
    let (report, asked) = try await pass(state) { http throws(WireError) in
      let text = String(decoding: http.body ?? [], as: UTF8.self)
      return text.contains("bad@") ? refusal : Response(status: 202)
    }
    #expect(report.count(.sent) == 149)
    #expect(report.count(.failed) == 1)
    // One of 100, one of 50 that was refused, and those fifty one by one.
    #expect(asked.count == 52)
    #expect(try state.badAddresses().map(\.address) == ["bad@tenants.example"])
  }

  @Test func ofALostAnswerEachMailIsLookedUpAndNoneIsSentBlindly() async throws {
    let state = try StateFile(path: ":memory:", mode: .readWrite)
    let (report, asked) = try await pass(state) { http throws(WireError) in
      if http.method == .POST, http.url.hasSuffix("/mail/send") {
        throw .sentThenLost("the connection was cut")
      }
      return Response(status: 500, text: "{}")
    }
    #expect(asked.count { $0.url.hasSuffix("/mail/send") } == 2)
    #expect(asked.count > 100)
    #expect(report.count(.sending) == 150)
  }
}
