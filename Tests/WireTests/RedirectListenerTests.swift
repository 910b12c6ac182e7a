import Foundation
import Support
import Testing

@testable import Wire

@Suite struct RedirectListenerTests {
  /// On a thread of its own, which is there when this returns: it blocks.
  private func waiting(_ listener: RedirectListener, page: String) -> AsyncStream<String?> {
    let (answers, came) = AsyncStream.makeStream(of: String?.self)
    Thread {
      came.yield(listener.wait { _ in page })
      came.finish()
    }.start()
    return answers
  }

  @Test func aBrowserThatComesBackIsTheAnswerAndNothingElseIs() async throws {
    let redirect = "http://127.0.0.1:\(try freePort())/callback"
    let listener = try RedirectListener(redirect)
    let answers = waiting(listener, page: "You may close this page.")
    let base = redirect.replacing("/callback", with: "")
    try await withCurlTransport(.patient) { transport in
      for path in ["/favicon.ico", "/callback", "/other?code=1"] {
        let request = Request.http(HTTPRequest(.GET, base + path))
        let response = try await transport.perform(request, timeout: .ample)
        #expect(response.status == 404)
      }
      let request = Request.http(HTTPRequest(.GET, "\(redirect)?code=1&state=2"))
      let response = try await transport.perform(request, timeout: .ample)
      #expect(response.status == 200)
      #expect(response.text == "You may close this page.")
    }
    for await answer in answers { #expect(answer == "code=1&state=2") }
  }

  @Test func whatCannotBeWaitedOnSaysWhy() throws {
    for redirect in [
      "https://localhost:8912/", "http://books.example:8912/", "http://localhost/", "nonsense",
    ] {
      #expect(throws: RedirectProblem.self, "\(redirect)") { try RedirectListener(redirect) }
    }
    let listener = try Listener()
    defer { listener.stop() }
    let error = #expect(throws: RedirectProblem.self) {
      try RedirectListener("http://127.0.0.1:\(listener.port)/")
    }
    #expect(error?.description.contains("is taken") == true)
  }

  @Test func waitingEndsWhenItIsStopped() async throws {
    let listener = try RedirectListener("http://127.0.0.1:\(try freePort())/")
    let answers = waiting(listener, page: "")
    listener.stop()
    for await answer in answers { #expect(answer == nil) }
  }
}
