import Crypto
import Foundation
import Support
import Testing

/// The files of Examples/webhooks behind a real nginx and fcgiwrap on loopback.
@Suite(.serialized) struct NginxTests {
  private static let nginx = "/usr/sbin/nginx"
  private static let fcgiwrap = "/usr/sbin/fcgiwrap"

  /// Tests/run.sh installs both on Linux; elsewhere there is nothing to test.
  private static var isThere: Bool {
    FileManager.default.isExecutableFile(atPath: nginx)
      && FileManager.default.isExecutableFile(atPath: fcgiwrap)
  }

  private static func example(_ name: String) throws -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Examples/webhooks/\(name)")
    return try String(contentsOf: file, encoding: .utf8)
  }

  /// nginx.conf of the example in a server on loopback, everything in one folder.
  private static func configure(_ folder: TemporaryFolder, port: Int) throws {
    let location = try example("nginx.conf")
      .replacing("/run/balancealert/webhooks.sock", with: folder.file("f.sock"))
      .replacing("/usr/lib/balancealert/ingest.cgi", with: folder.file("ingest.cgi"))
      .replacing("include fastcgi_params", with: "include /etc/nginx/fastcgi_params")
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map { "\($0)_temp_path \(folder.path)/\($0);" }.joined(separator: "\n")
    try folder.write(
      """
      daemon off; master_process off;
      pid \(folder.path)/nginx.pid; error_log \(folder.path)/error.log;
      events {}
      http { access_log off; \(paths)
        server { listen 127.0.0.1:\(port); \(location) } }
      """,
      to: "nginx.conf"
    )
    try folder.write(try example("ingest.cgi"), to: "ingest.cgi", mode: 0o755)
  }

  @Test func aWebhookGoesThroughARealWebServerIntoTheStateAndStartsAPass() async throws {
    guard Self.isThere else { return }
    let binary = try Binary()
    let folder = try TemporaryFolder()
    let port = try freePort()
    let server = try FixtureServer([ConnectTests.fixtures("xero/first-sync")]) { asked in
      asked.target == "/token" ? .text(#"{"access_token":"A","expires_in":1800}"#) : nil
    }
    defer { server.stop() }
    try Self.configure(folder, port: port)
    try folder.write(WebhookTests.xero(server.url), to: "balancealert.yaml")
    let environment = [
      "KEY": WebhookTests.key, "BALANCEALERT_BIN": "\(binary.folder)/balancealert",
      "BALANCEALERT_CONFIG": folder.file("balancealert.yaml"),
    ]
    let wrap = try Running(
      Self.fcgiwrap, ["-f", "-s", "unix:\(folder.file("f.sock"))"], in: folder, environment)
    // Not SIGTERM: a thread of a queue keeps it from itself and from all that it starts.
    defer { wrap.kill() }
    let web = try Running(
      Self.nginx, ["-c", folder.file("nginx.conf"), "-p", folder.path], in: folder, environment)
    defer { web.kill() }
    let body = WebhookTests.event("i-1")
    try folder.write(String(decoding: body, as: UTF8.self), to: "body.json")
    let url = "http://127.0.0.1:\(port)/balancealert/books"
    func post(_ signature: String, to url: String) async throws -> String {
      try await binary.shell(
        """
        curl -s --retry 20 --retry-connrefused --retry-delay 0 -o answer -w '%{http_code}' \
          -H 'x-xero-signature: \(signature)' -H 'Content-Type: application/json' \
          --data-binary @body.json '\(url)'
        """,
        in: folder
      ).output
    }
    #expect(try await post(WebhookTests.signature(body), to: url) == "200")
    #expect(try await post("AAAA", to: url) == "401")
    #expect(folder.read("answer") == "")
    #expect(try await post(WebhookTests.signature(body), to: url + "/nobooks") == "404")
    let get = try await binary.shell(
      "curl -s -o answer -w '%{http_code}' '\(url)'", in: folder)
    #expect(get.output == "403")
    // The pass runs on its own; the event is taken when it is done.
    var taken = ""
    for _ in 0..<2_000 where taken != "1\n" {
      taken = try await binary.shell(
        "sqlite3 -cmd '.timeout 5000' state.sqlite"
          + " 'SELECT count(*) FROM inbox WHERE taken_at IS NOT NULL'",
        in: folder
      ).output
    }
    #expect(taken == "1\n", "\(folder.read("error.log") ?? "")")
    #expect(server.server.requests.contains { $0.target.contains("/Invoices") })
  }
}
