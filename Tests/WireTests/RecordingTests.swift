import Foundation
import Support
import Testing
import Wire

@Suite struct RecordingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func whatIsRecordedCanBeReplayedAndHoldsNoSecret() async throws {
    let answers = Answers(
      .success(
        Response(
          status: 200,
          headers: [Header("Set-Cookie", "s=topsecret"), Header("X-Page", "1")],
          text: "{\"access_token\":\"topsecret\",\"total\":12.50}"
        )
      ),
      .success(Response(status: 200, text: "second")),
      .success(Response(status: 200, body: [0xFF, 0xFE, 0]))
    )
    let scripted = ScriptedTransport { _ throws(WireError) in try answers.next() }
    let recorder = try RecordingTransport(
      scripted,
      folder: folder.path,
      redactor: Redactor(secrets: ["client-secret"])
    )
    let request = Request.http(
      HTTPRequest(
        .POST,
        "https://id.example/token?key=client-secret",
        headers: [Header("Content-Type", "application/x-www-form-urlencoded")],
        body: Array("client_secret=client-secret&a=1".utf8)
      )
    )
    for _ in 0..<3 { _ = try await recorder.perform(request, timeout: .ample) }

    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names == [
        "00001-post-id-example-token.json", "00002-post-id-example-token.json",
        "00003-post-id-example-token.body", "00003-post-id-example-token.json",
      ]
    )
    let first = try String(contentsOfFile: folder.file(names[0]), encoding: .utf8)
    #expect(
      first == """
        {
          "request": {
            "method": "POST",
            "url": "https://id.example/token?key=[secret]",
            "body": "client_secret=[secret]&a=1"
          },
          "response": {
            "status": 200,
            "headers": { "X-Page": "1" },
            "body": {"access_token":"[secret]","total":12.50}
          },
          "times": 1
        }

        """
    )
    let replay = try ReplayTransport(folder: folder.path)
    #expect(
      try await replay.perform(request, timeout: .ample).text
        == "{\"access_token\":\"[secret]\",\"total\":12.50}"
    )
    #expect(try await replay.perform(request, timeout: .ample).text == "second")
    #expect(try await replay.perform(request, timeout: .ample).body == [0xFF, 0xFE, 0])
  }
}
