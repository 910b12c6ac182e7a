import Support
import Testing

@testable import Wire

@Suite struct ReplayTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func replay(_ files: [String: String]) throws -> ReplayTransport {
    for (name, text) in files { try folder.write(text, to: name) }
    return try ReplayTransport(folder: folder.path)
  }

  private func ask(
    _ transport: ReplayTransport,
    _ method: HTTPRequest.Method,
    _ url: String,
    _ body: String? = nil,
    type: String = "application/json"
  ) async throws -> Response {
    let headers = body == nil ? [] : [Header("Content-Type", type)]
    let request = HTTPRequest(method, url, headers: headers, body: body.map { Array($0.utf8) })
    return try await transport.perform(.http(request), timeout: .ample)
  }

  private func exchange(
    _ method: String,
    _ url: String,
    body: String? = nil,
    answer: String = "\"ok\"",
    more: String = ""
  ) -> String {
    let body = body.map { ", \"body\": \($0)" } ?? ""
    return """
      {"request": {"method": "\(method)", "url": "\(url)"\(body)},
       "response": {"status": 200, "body": \(answer)}\(more)}
      """
  }

  @Test func aRecordedAnswerComesBackAsItWas() async throws {
    let transport = try replay([
      "a/1.json": """
      {"request": {"method": "GET", "url": "https://api.example/items"},
       "response": {"status": 429, "headers": {"Retry-After": "7", "Set-Cookie": ["a=1", "b=2"]},
                    "body": {"total": 12.50, "names": ["wört", null, true]}}}
      """
    ])
    let response = try await ask(transport, .GET, "https://api.example/items")
    #expect(response.status == 429)
    #expect(response.header("retry-after") == "7")
    #expect(response.headers.filter { $0.name == "Set-Cookie" }.count == 2)
    #expect(response.text == "{\"total\":12.50,\"names\":[\"wört\",null,true]}")
    #expect(response.header("content-type") == "application/json")
  }

  @Test func aBodyMayLieInAFileBesideAndIsNoExchangeItself() async throws {
    let transport = try replay([
      "a/1.json": """
      {"request": {"method": "GET", "url": "https://api.example/items"},
       "response": {"status": 200, "body_file": "pages/1.json"}}
      """,
      "a/pages/1.json": "{ \"page\": 1 }\n", "notes.txt": "not read",
    ])
    #expect(
      try await ask(transport, .GET, "https://api.example/items").text == "{ \"page\": 1 }\n"
    )
  }

  @Test func listsAndLinesHoldManyExchanges() async throws {
    let (one, two) = (
      exchange("GET", "https://a.example/1"), exchange("GET", "https://a.example/2")
    )
    let three = exchange("GET", "https://a.example/3").replacingLineEnds
      .split(separator: "\n").joined()
    let transport = try replay(["list.json": "[\(one), \(two)]", "lines.jsonl": "\(three)\n\n"])
    for place in 1...3 {
      #expect(try await ask(transport, .GET, "https://a.example/\(place)").text == "ok")
    }
  }

  @Test(arguments: [
    "https://a.example/x?b=2&a=1&a=0", "HTTPS://A.example:443/x?a=1&b=2&a=0#part",
    "https://a.example/x?a=%30&a=1&b=%32",
  ])
  func queryParametersMatchInAnyOrder(_ url: String) async throws {
    let transport = try replay(["1.json": exchange("GET", "https://a.example/x?a=1&a=0&b=2")])
    #expect(try await ask(transport, .GET, url).text == "ok")
  }

  @Test(arguments: [
    "https://a.example/x?a=1&b=2", "https://a.example/x?a=1&a=0&b=2&c=3", "https://a.example/y",
    "https://b.example/x?a=1&a=0&b=2", "http://a.example/x?a=1&a=0&b=2",
  ])
  func anotherURLDoesNotMatch(_ url: String) async throws {
    let transport = try replay(["1.json": exchange("GET", "https://a.example/x?a=1&a=0&b=2")])
    await #expect(throws: WireError.self) { try await ask(transport, .GET, url) }
  }

  @Test(arguments: [
    ("{\"b\": [1, 2.50], \"a\": \"*\"}", "{\"a\":{\"any\":1},\"b\":[1,2.5]}", true),
    ("{\"b\": 1, \"a\": 2}", "{ \"a\": 2, \"b\": 1 }", true),
    ("{\"b\": 1}", "{\"b\":1,\"a\":2}", false), ("{\"b\": 1, \"a\": 2}", "{\"b\":1}", false),
    ("[1, 2]", "[2, 1]", false), ("\"*\"", "{\"anything\":1}", true),
    ("{\"a\": \"1\"}", "{\"a\":1}", false),
  ])
  func jsonBodiesMatchByStructure(_ recorded: String, _ asked: String, _ fits: Bool) async throws {
    let url = "https://a.example/x"
    let transport = try replay(["1.json": exchange("POST", url, body: recorded)])
    let response = try? await ask(transport, .POST, url, asked)
    #expect((response?.text == "ok") == fits)
  }

  @Test(arguments: [
    ("\"b=2&a=1%202\"", "a=1+2&b=2", true), ("{\"a\": \"1 2\", \"b\": 2}", "b=2&a=1%202", true),
    ("\"a=1&b=*\"", "b=now&a=1", true), ("\"a=1\"", "a=1&b=2", false),
    ("\"a=[secret]\"", "a=xyz", true),
  ])
  func formsMatchInAnyOrder(_ recorded: String, _ asked: String, _ fits: Bool) async throws {
    let url = "https://a.example/x"
    let transport = try replay(["1.json": exchange("POST", url, body: recorded)])
    let response = try? await ask(
      transport,
      .POST,
      url,
      asked,
      type: "application/x-www-form-urlencoded"
    )
    #expect((response?.text == "ok") == fits)
  }

  @Test func aRecordedHeaderIsARequirement() async throws {
    let transport = try replay([
      "1.json": """
      {"request": {"method": "GET", "url": "https://a.example/x",
                   "headers": {"X-Tenant": "t1", "X-Any": "*"}}, "response": {"status": 204}}
      """
    ])
    func status(_ headers: [Header]) async -> Int? {
      let request = HTTPRequest(.GET, "https://a.example/x", headers: headers)
      return try? await transport.perform(.http(request), timeout: .ample).status
    }
    #expect(await status([Header("x-tenant", "t1"), Header("X-Any", "z"), Header("B", "")]) == 204)
    #expect(await status([Header("X-Tenant", "t2"), Header("X-Any", "z")]) == nil)
    #expect(await status([Header("X-Tenant", "t1")]) == nil)
  }

  @Test func exchangesThatAreUsedUpArePassedOverSoThatTheyFormASequence() async throws {
    let url = "https://a.example/x"
    let transport = try replay([
      "1.json": exchange("GET", url, answer: "\"first\"", more: ", \"times\": 1"),
      "2.json": exchange("GET", url, answer: "\"second\"", more: ", \"times\": 2"),
      "3.json": exchange("GET", url, answer: "\"rest\""),
    ])
    var texts: [String] = []
    for _ in 0..<5 { texts.append(try await ask(transport, .GET, url).text) }
    #expect(texts == ["first", "second", "second", "rest", "rest"])
  }

  @Test func theFirstInTheOrderOfPathsWinsHoweverItMatches() async throws {
    let url = "https://a.example/x"
    let transport = try replay([
      "1.json": exchange(
        "POST",
        url,
        body: "{\"a\": \"*\"}",
        answer: "\"wild\"",
        more: ", \"times\": 1"
      ),
      "2.json": exchange(
        "POST",
        url,
        body: "{\"a\": 1}",
        answer: "\"exact\"",
        more: ", \"times\": 1"
      ),
      "3.json": exchange("POST", url, answer: "\"any\""),
    ])
    var texts: [String] = []
    for _ in 0..<3 { texts.append(try await ask(transport, .POST, url, "{\"a\":1}").text) }
    #expect(texts == ["wild", "exact", "any"])
  }

  @Test func mailAndProgramsAreExchangesToo() async throws {
    let transport = try replay([
      "mail.json": """
      {"request": {"method": "MAIL", "url": "smtp://mail.example:587",
                   "headers": {"RCPT TO": "b@b.example, c@c.example"},
                   "body": "Subject: hello\\n\\ntext\\n"},
       "response": {"status": 250, "body": "queued"}}
      """,
      "program.json": exchange("EXEC", "exec:psql --csv -c select a?b", answer: "\"a,b\\n\""),
    ])
    var mail = MailRequest(
      host: "mail.example",
      port: 587,
      security: .starttls,
      sender: "a@a.example",
      recipients: ["b@b.example", "c@c.example"],
      message: Array("Subject: hello\r\n\r\ntext\r\n".utf8)
    )
    #expect(
      try await transport.perform(.mail(mail), timeout: .ample)
        == Response(status: 250, text: "queued")
    )
    mail.recipients = ["d@d.example"]
    await #expect(throws: WireError.self) {
      try await transport.perform(.mail(mail), timeout: .ample)
    }
    let command = Request.command(["psql", "--csv", "-c", "select a?b"])
    #expect(try await transport.perform(command, timeout: .ample).text == "a,b\n")
  }

  @Test func filesAreReallyReadAndWritten() async throws {
    let transport = try replay([:])
    let path = folder.file("out.jsonl")
    let append = AppendRequest(.file(path), bytes: Array("one\n".utf8))
    _ = try await transport.perform(.append(append), timeout: .ample)
    #expect(try await transport.perform(.file(path: path), timeout: .ample).text == "one\n")
    let find = Request.find(text: "one", path: path)
    #expect(try await transport.perform(find, timeout: .ample).status == 200)
  }

  @Test func aRequestWithoutAMatchIsShownWithTheNearestOnes() async throws {
    for (name, text) in [
      "1-other.json": exchange("GET", "https://b.example/y"),
      "2-near.json": exchange(
        "POST",
        "https://a.example/v1/send?dry=no",
        body: "{\"to\": \"+1\", \"text\": \"hi\"}"
      ),
      "3-used.json": exchange("POST", "https://a.example/v1/login", more: ", \"times\": 1"),
      "4-path.json": exchange("POST", "https://a.example/v2/send?dry=yes"),
    ] { try folder.write(text, to: name) }
    let transport = try ReplayTransport(
      folder: folder.path,
      redactor: Redactor(secrets: ["top-secret"])
    )
    _ = try await ask(transport, .POST, "https://a.example/v1/login")
    let request = HTTPRequest(
      .POST,
      "https://a.example/v1/send?dry=yes",
      headers: [Header("Authorization", "Bearer abc"), Header("X-Key", "top-secret")],
      body: Array("{\"to\":\"+64\",\"text\":\"hi\",\"id\":7}".utf8)
    )
    let error = await #expect(throws: WireError.self) {
      try await transport.perform(.http(request), timeout: .ample)
    }
    guard case .noRecording(let text) = error else { return CurlTransportTests.wrong(error) }
    #expect(
      text == """
        no recorded exchange answers this request:
          POST https://a.example/v1/send?dry=yes
          Authorization: [secret]
          X-Key: [secret]
          {"to":"+64","text":"hi","id":7}
        nearest recorded:
          2-near.json: POST https://a.example/v1/send?dry=no
            query: recorded `dry=no`, not asked
            query: asked `dry=yes`, not recorded
            body $.to: recorded `+1`, asked `+64`
            body $.id: recorded none, asked `7`
          3-used.json: POST https://a.example/v1/login
            path: recorded `/v1/login`, asked `/v1/send`
            query: asked `dry=yes`, not recorded
          4-path.json: POST https://a.example/v2/send?dry=yes
            path: recorded `/v2/send`, asked `/v1/send`
        """
    )
    let used = await #expect(throws: WireError.self) {
      try await ask(transport, .POST, "https://a.example/v1/login")
    }
    #expect(used?.description.contains("used up (times: 1)") == true)
  }

  @Test func thousandsOfExchangesOfOneURLAreFoundAtOnce() async throws {
    let url = "https://a.example/x"
    let lines = (0..<5000).map { place in
      exchange(
        "POST",
        url,
        body: "{\"n\": \(place)}",
        answer: "\"\(place)\"",
        more: ", \"times\": 1"
      )
      .split(separator: "\n").joined()
    }
    let transport = try replay(["all.jsonl": lines.joined(separator: "\n")])
    for place in (0..<5000).reversed() {
      let response = try await ask(transport, .POST, url, "{\"n\":\(place)}")
      #expect(response.text == "\(place)")
    }
  }
}
