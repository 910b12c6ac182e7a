import Foundation
import Support
import Testing
import Wire

@Suite struct ExchangeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }
  private static let get = "\"request\": {\"method\": \"GET\", \"url\": \"https://a/\"}"
  private static let good = "\"response\": {\"status\": 200}"

  @Test(arguments: [
    ("[", "$: not JSON"), ("{}", "$.request: missing"), ("3", "$: must be an object"),
    ("[{}, 1]", "$[0].request: missing"), ("{\(get)}", "$.response: missing"),
    ("{\"request\": {\"method\": \"GET\"}, \(good)}", "$.request.url: missing"),
    (
      "{\"request\": {\"method\": \"GET\", \"url\": 3}, \(good)}",
      "$.request.url: must be a text"
    ),
    (
      "{\"request\": {\"method\": \"get\", \"url\": \"https://a/\"}, \(good)}",
      "$.request.method: must be a method in capitals: GET, POST, MAIL, EXEC"
    ),
    (
      "{\"request\": {\"method\": \"GET\", \"headrs\": {}}, \(good)}",
      "$.request.headrs: unknown key; known here: method, url, headers, body"
    ),
    (
      "{\(get), \"response\": {\"status\": \"200\"}}",
      "$.response.status: must be a whole number, 100...999"
    ),
    (
      "{\(get), \"response\": {\"status\": 200, \"body_file\": \"none\"}}",
      "$.response.body_file: there is no file none"
    ),
    (
      "{\(get), \"response\": {\"status\": 200, \"body_file\": \"x\", \"body\": 1}}",
      "$.response: has both body and body_file"
    ),
    ("{\(get), \(good), \"times\": 0}", "$.times: must be a whole number, 1 or more"),
  ])
  func aMalformedFileIsNamedWithThePlace(_ text: String, _ expected: String) throws {
    try folder.write(text, to: "sub/bad.json")
    let error = #expect(throws: ExchangeError.self) { try ReplayTransport(folder: folder.path) }
    #expect(error?.description.hasPrefix("sub/bad.json: \(expected)") == true, "\(error as Any)")
  }

  @Test(arguments: ["/etc/passwd", "/proc/self/environ", "../../beside", "link"])
  func aBodyOutsideOfTheFolderIsRefused(_ body: String) throws {
    try folder.write("secret", to: "beside")
    try folder.write("", to: "fixtures/sub/empty")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("fixtures/sub/link"), withDestinationPath: folder.file("beside"))
    try folder.write(
      "{\(Self.get), \"response\": {\"status\": 200, \"body_file\": \"\(body)\"}}",
      to: "fixtures/sub/a.json")
    let error = #expect(throws: ExchangeError.self) {
      try ReplayTransport(folder: folder.file("fixtures"))
    }
    #expect(error?.description.contains("\(body) is outside of the folder of fixtures") == true)
  }

  @Test func aLineOfManyIsNamed() throws {
    try folder.write("{\(Self.get), \(Self.good)}\n\n{}\n", to: "all.jsonl")
    let error = #expect(throws: ExchangeError.self) { try ReplayTransport(folder: folder.path) }
    #expect(error?.description == "all.jsonl:3: $.request: missing")
  }

  @Test func aFolderThatIsNotThereIsAnError() {
    #expect(throws: ExchangeError.self) { try ReplayTransport(folder: folder.file("none")) }
  }
}
