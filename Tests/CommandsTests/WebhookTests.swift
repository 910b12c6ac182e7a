import Crypto
import Foundation
import Support
import Testing

/// `ingest`, from the command line and as a CGI program, and `events`.
@Suite(.serialized) struct WebhookTests {
  private static let tenant = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
  static let key = "webhook-signing-key"

  private static func config(_ url: String, _ source: String) -> String {
    """
    version: 1
    organisation: Harbour Lettings
    timezone: Pacific/Auckland
    sources:
      books:
    \(source)
        base_url: "\(url)"
        retries: 0
    channels: { out: { type: file, path: out.jsonl } }
    rules: [{ name: rent, levels: [{ notify: [out] }] }]

    """
  }

  static func xero(_ url: String) -> String {
    config(
      url,
      """
          type: xero
          tenant_id: \(tenant)
          token_url: "\(url)/token"
          webhook_secret: env:KEY
          auth: { grant: client_credentials, client_id: env:KEY, client_secret: env:KEY }
      """
    )
  }

  private static let environment = ["KEY": key]

  static func event(_ id: String, at time: String = "2026-11-22T20:00:00") -> [UInt8] {
    Array(
      #"""
      {"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Invoices/\#(id)",
        "resourceId":"\#(id)","eventDateUtc":"\#(time)","eventType":"UPDATE",
        "eventCategory":"INVOICE","tenantId":"\#(Self.tenant)","tenantType":"ORGANISATION"}],
       "firstEventSequence":1,"lastEventSequence":1,"entropy":"X"}
      """#.utf8
    )
  }

  static func signature(_ body: [UInt8], key: String = WebhookTests.key) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: body, using: SymmetricKey(data: Data(key.utf8)))
    return Data(code).base64EncodedString()
  }

  private func header(_ body: [UInt8]) -> [String] {
    ["--header", "x-xero-signature: \(Self.signature(body))"]
  }

  @Test func aGenuineEventIsKeptOnceAndAnotherIsRefused() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    try folder.write(Self.xero("http://127.0.0.1:9"), to: "balancealert.yaml")
    let body = Self.event("i-1")
    func ingest(_ arguments: [String], _ input: [UInt8]) async throws -> Binary.Ended {
      try await binary.run(
        ["ingest", "books"] + arguments, in: folder, environment: Self.environment, input: input)
    }
    let first = try await ingest(header(body), body)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output == "1 new event\n")
    #expect(try await ingest(header(body), body).output == "0 new events\n")
    let later = Self.event("i-1", at: "2026-11-22T21:00:00")
    #expect(try await ingest(header(later), later).output == "1 new event\n")
    // Xero's intent to receive: no events, and only the signature counts.
    let intent = Array(#"{"events":[],"firstEventSequence":0,"entropy":"S"}"#.utf8)
    #expect(try await ingest(header(intent), intent).output == "200\n")

    let forged = try await ingest(header(body), Self.event("i-2"))
    #expect(forged.status == 65)
    #expect(forged.errors.contains("401"))
    #expect(!forged.errors.contains(Self.key))
    #expect(try await ingest([], body).status == 65)
    let counts = try await binary.shell(
      "sqlite3 state.sqlite 'SELECT sum(count) FROM refused_webhook; SELECT count(*) FROM inbox'",
      in: folder
    )
    #expect(counts.output == "2\n2\n")
    // Nothing of a forged one, nor of its sender, is in the state.
    let found = try await binary.shell("grep -c i-2 state.sqlite state.sqlite-wal", in: folder)
    #expect(!found.output.contains(":1"))
  }

  @Test func anUnknownSourceAndABodyOutOfBoundsAreSaidSo() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    try folder.write(Self.xero("http://127.0.0.1:9"), to: "balancealert.yaml")
    let other = try await binary.run(
      ["ingest", "nobooks"], in: folder, environment: Self.environment, input: [])
    #expect(other.status == 64)
    let large = try await binary.run(
      ["ingest", "books"], in: folder, environment: Self.environment,
      input: Array(repeating: 32, count: (1 << 20) + 1))
    #expect(large.status == 64)
    #expect(large.errors.contains("larger than"))
  }

  private func gateway(_ body: [UInt8], path: String = "/hooks/books", more: [String: String] = [:])
    -> [String: String]
  {
    Self.environment.merging([
      "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST", "PATH_INFO": path,
      "CONTENT_LENGTH": "\(body.count)", "CONTENT_TYPE": "application/json",
      "HTTP_X_XERO_SIGNATURE": Self.signature(body),
    ]) { $1 }.merging(more) { $1 }
  }

  @Test func aWebServerGetsAnAnswerWhateverComes() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    try folder.write(Self.xero("http://127.0.0.1:9"), to: "balancealert.yaml")
    let body = Self.event("i-1")
    func ask(_ environment: [String: String], _ input: [UInt8]) async throws -> String {
      let ended = try await binary.run(
        ["ingest"], in: folder, environment: environment, input: input)
      #expect(ended.status == 0, "\(ended.errors)")
      return String(ended.output.prefix { $0 != "\r\n" && $0 != "\r" })
    }
    #expect(try await ask(gateway(body), body) == "Status: 200 OK")
    #expect(
      try await ask(gateway(body, more: ["HTTP_X_XERO_SIGNATURE": "AAAA"]), body)
        == "Status: 401 Unauthorized")
    #expect(try await ask(gateway(body, path: "/nobooks"), body) == "Status: 404 Not Found")
    #expect(
      try await ask(gateway(body, more: ["CONTENT_LENGTH": "9999999"]), body)
        == "Status: 413 Content Too Large")
    // Cut off: fewer bytes than were promised.
    #expect(
      try await ask(gateway(body), Array(body.dropLast(5))) == "Status: 413 Content Too Large")
    // More than was promised is not ours to read.
    #expect(try await ask(gateway(body), body + [32, 32]) == "Status: 200 OK")
    try folder.write("version: 2", to: "balancealert.yaml")
    #expect(try await ask(gateway(body), body) == "Status: 503 Service Unavailable")
  }

  @Test func whatAWebhookNamedIsPolledAndThenNoMore() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let server = try FixtureServer([ConnectTests.fixtures("xero/first-sync")]) { asked in
      asked.target == "/token" ? .text(#"{"access_token":"A","expires_in":1800}"#) : nil
    }
    defer { server.stop() }
    try folder.write(Self.xero(server.url), to: "balancealert.yaml")
    let now = ["--now", "2026-11-22T20:00:00Z"]
    let body = Self.event("i-1")
    let ended = try await binary.run(
      ["ingest", "books", "--run"] + header(body) + now, in: folder,
      environment: Self.environment, input: body)
    #expect(ended.output.contains("1 new event"))
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    #expect(server.server.requests.contains { $0.target.contains("/Invoices") })
    let waiting = try await binary.shell(
      "sqlite3 state.sqlite 'SELECT count(*) FROM inbox WHERE taken_at IS NULL'", in: folder)
    #expect(waiting.output == "0\n")
  }

  private static func freshBooks(_ url: String) -> String {
    config(
      url,
      """
          type: freshbooks
          account_id: ACM123
          token_url: "\(url)/token"
          auth: { grant: refresh_token, client_id: c, client_secret: env:KEY,
                  redirect_uri: "https://x.example/cb", refresh_token: env:KEY }
      """
    )
  }

  @Test func aCallbackIsRegisteredVerifiedByItsHandshakeAndTrustedFromThenOn() async throws {
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let server = try FixtureServer([]) { asked in
      if asked.target == "/token" {
        return .text(
          #"{"access_token":"A","refresh_token":"R2","expires_in":43200,"created_at":1795400000}"#)
      }
      let callback = { (verified: Bool) in
        #"{"response":{"result":{"callback":{"callbackid":2001,"event":"invoice.update","#
          + #""uri":"https://hooks.example/books","verified":\#(verified)}}}}"#
      }
      guard asked.target.hasPrefix("/events/account/ACM123/events/callbacks") else { return nil }
      switch asked.method {
      case "POST": return .text(callback(false))
      case "PUT":
        return asked.text.contains("the-verifier")
          ? .text(callback(true))
          : .text(#"{"errno":422,"message":"Invalid verifier","details":[]}"#, status: 422)
      default:
        return .text(
          #"{"response":{"result":{"callbacks":[],"page":1,"pages":0,"#
            + #""per_page":15,"total":0}}}"#)
      }
    }
    defer { server.stop() }
    try folder.write(Self.freshBooks(server.url), to: "balancealert.yaml")
    func run(_ arguments: [String], input: String? = nil) async throws -> Binary.Ended {
      try await binary.run(
        arguments, in: folder, environment: Self.environment, input: input.map { Array($0.utf8) })
    }
    let registered = try await run([
      "events", "freshbooks", "register", "--uri", "https://hooks.example/books", "--event",
      "invoice.update",
    ])
    #expect(registered.status == 0, "\(registered.errors)")
    #expect(registered.output.contains("2001  invoice.update  not verified"))

    func verification(_ verifier: String) -> String {
      "name=callback.verify&object_id=2001&account_id=ACM123&business_id=6543&verifier=\(verifier)"
    }
    let wrong = try await run(
      ["ingest", "books"], input: verification("guessed"))
    #expect(wrong.status != 0)
    let verified = try await run(
      ["ingest", "books"], input: verification("the-verifier"))
    #expect(verified.output == "callback 2001 is verified\n", "\(verified.errors)")
    #expect(folder.read("state.sqlite.tokens.json")?.contains("the-verifier") == true)

    // Signed with the verifier, over the fields as Python's json.dumps writes them.
    let body = "name=invoice.update&object_id=987654&account_id=ACM123"
    let text = #"{"name": "invoice.update", "object_id": "987654", "account_id": "ACM123"}"#
    let code = Self.signature(Array(text.utf8), key: "the-verifier")
    let event = try await run(
      ["ingest", "books", "--header", "X-FreshBooks-Hmac-SHA256: \(code)"], input: body)
    #expect(event.output == "1 new event\n", "\(event.errors)")
    let forged = Self.signature(Array(text.utf8), key: "guessed")
    let refused = try await run(
      ["ingest", "books", "--header", "X-FreshBooks-Hmac-SHA256: \(forged)"], input: body)
    #expect(refused.status == 65)
  }
}
