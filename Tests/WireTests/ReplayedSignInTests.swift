import Support
import Testing

@testable import Wire

@Suite struct ReplayedSignInTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func ask(_ recorded: String...) async throws -> Response {
    for (number, text) in recorded.enumerated() {
      try folder.write(text, to: "\(number).json")
    }
    let request = HTTPRequest(
      .POST,
      "https://id.example/token",
      headers: [Header("Content-Type", "application/x-www-form-urlencoded")],
      body: Array("grant_type=refresh_token&refresh_token=r".utf8)
    )
    return try await ReplayTransport(folder: folder.path)
      .perform(.http(request), timeout: .ample)
  }

  private let page = #"""
    {"request":{"method":"GET","url":"https://a.example/x"},"response":{"status":200,"body":{}}}
    """#

  @Test func aSignInThatWasNotRecordedIsStoodInFor() async throws {
    let answer = try await ask(page)
    #expect(answer.status == 200)
    #expect(answer.text.contains(#""access_token":"replayed""#))
  }

  @Test func oneThatWasRecordedAnswersOrIsAnErrorLikeAnyOther() async throws {
    let refused = #"""
      {"request":{"method":"POST","url":"https://id.example/token"},
       "response":{"status":400,"body":{"error":"invalid_grant"}}}
      """#
    #expect(try await ask(page, refused).status == 400)
    let other = #"""
      {"request":{"method":"POST","url":"https://id.example/token","body":"grant_type=password"},
       "response":{"status":400,"body":{"error":"invalid_grant"}}}
      """#
    await #expect(throws: WireError.self) { try await ask(page, other) }
  }
}
