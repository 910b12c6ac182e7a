import Configuration
import Foundation
import Settings
import Testing

struct SecretResolverTests {
  private func resolved(_ reference: String, _ resolver: SecretResolver) -> String {
    switch resolver.resolve(reference) {
    case .success(let secret): secret.reveal()
    case .failure(let problem): "problem: \(problem.message)"
    }
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "balancealert-secrets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in [
      ("plain", "s3cret"), ("lines", "s3cret\nsecond\n"), ("dos", "s3cret\r\n"), ("empty", ""),
    ] {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    try body(folder.path)
  }

  @Test("env: is a variable of the environment")
  func env() {
    #expect(resolved("env:SENDGRID_API_KEY", sampleResolver()) == "SG.key")
    #expect(resolved("env:GONE", sampleResolver()).contains("has no variable GONE"))
    #expect(resolved("env:EMPTY", sampleResolver(["EMPTY": ""])).hasPrefix("problem: "))
  }

  @Test("file: is the first line of a file, beside the config unless absolute")
  func files() throws {
    try withFolder { folder in
      let resolver = sampleResolver(folder: folder)
      #expect(resolved("file:plain", resolver) == "s3cret")
      #expect(resolved("file:lines", resolver) == "s3cret")
      #expect(resolved("file:dos", resolver) == "s3cret")
      #expect(resolved("file:\(folder)/plain", sampleResolver()) == "s3cret")
      for name in ["empty", "gone", "."] {
        #expect(resolved("file:\(name)", resolver).hasPrefix("problem: the file \(name)"))
      }
    }
  }

  @Test("cred: is a systemd credential, and nothing outside its folder")
  func credentials() throws {
    try withFolder { folder in
      let resolver = sampleResolver(["CREDENTIALS_DIRECTORY": folder])
      #expect(resolved("cred:plain", resolver) == "s3cret")
      #expect(resolved("cred:gone", resolver) == "problem: there is no systemd credential gone")
      #expect(resolved("cred:../plain", resolver).hasPrefix("problem: "))
      #expect(resolved("cred:plain", sampleResolver()).contains("LoadCredential=plain"))
    }
  }

  @Test("exec: is the first line of a command's output, run without a shell")
  func exec() throws {
    try withFolder { folder in
      let resolver = sampleResolver(folder: folder)
      #expect(resolved("exec:echo s3cret", resolver) == "s3cret")
      #expect(resolved("exec:cat lines", resolver) == "s3cret")
      #expect(resolved("exec:/bin/echo a;b $HOME", resolver) == "a;b $HOME")
      for command in ["false", "true", "no-such-program-here", "", "cat gone"] {
        #expect(
          resolved("exec:\(command)", resolver)
            == "problem: the command failed or printed nothing",
          "\(command)"
        )
      }
    }
  }

  @Test("A password helper sees what it needs of the environment, and no other secret")
  func environmentOfCommands() {
    let resolver = sampleResolver(["PATH": "/usr/bin:/bin", "HOME": "/home/x", "TOKEN": "t"])
    #expect(resolved("exec:printenv HOME", resolver) == "/home/x")
    #expect(resolved("exec:printenv TOKEN", resolver).hasPrefix("problem: "))
  }

  @Test("A secret in the config itself is taken, unless others can read the file")
  func literals() {
    for text in ["SG.plain", "https://hooks.example/T0", "xoxb:1", ""] {
      #expect(resolved(text, sampleResolver()) == text)
      let problem = resolved(text, sampleResolver(literalsAreErrors: true))
      #expect(problem.contains("chmod 600"))
      #expect(text.isEmpty || !problem.contains(text))
    }
    #expect(
      resolved("env:SENDGRID_API_KEY", sampleResolver(literalsAreErrors: true)) == "SG.key"
    )
  }

  @Test("A replay needs no secrets: something stands in for those that are not there")
  func replay() {
    let resolver = sampleResolver([:], missing: .standsIn, literalsAreErrors: true)
    #expect(resolved("env:GONE", resolver) == "https://replayed.invalid")
    #expect(resolved("SG.plain", resolver) == "https://replayed.invalid")
    #expect(resolved("env:SLACK_URL", sampleResolver(missing: .standsIn)).contains("hooks.slack"))
  }
}
