import Foundation

/// `openssl s_server` on 127.0.0.1, with a certificate made for this run. It answers every GET with
/// a page of its own.
public final class TLSServer: Sendable {
  public let port: Int
  /// The certificate, which is its own authority.
  public let certificateFile: String
  private let folder: String
  private let helper: Helper

  public struct Unavailable: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameters:
  ///   - host: the one that the certificate is for: `127.0.0.1`, or a name that is not it.
  ///   - isExpired: whether it was good in January 2020 alone.
  public init(certificateFor host: String, isExpired: Bool = false) throws {
    folder = NSTemporaryDirectory() + "/balancealert-tls-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder,
      withIntermediateDirectories: true
    )
    certificateFile = folder + "/certificate.pem"
    try Self.makeCertificate(for: host, in: folder)
    if isExpired { try Self.expire(in: folder) }
    helper = try Helper([
      "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificateFile, "-key",
      folder + "/key.pem",
    ])
    // It says `ACCEPT 127.0.0.1:43210` once it listens.
    var said: String?
    repeat { said = helper.line() } while said.map { !$0.hasPrefix("ACCEPT") } ?? false
    guard let port = said?.split(separator: ":").last.flatMap({ Int($0) }) else {
      throw Unavailable(description: "openssl s_server does not listen")
    }
    self.port = port
  }

  public var url: String { "https://127.0.0.1:\(port)" }

  public func stop() {
    helper.kill()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// `certificate.pem` and `key.pem`.
  static func makeCertificate(for host: String, in folder: String) throws {
    let isAddress = host.allSatisfy { $0.isNumber || $0 == "." }
    try openssl([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", folder + "/key.pem", "-out", folder + "/certificate.pem", "-days", "2", "-subj",
      "/CN=\(host)", "-addext", "subjectAltName=\(isAddress ? "IP" : "DNS"):\(host)",
    ])
  }

  /// Makes the certificate once more, with dates of its own, which `req` cannot.
  private static func expire(in folder: String) throws {
    let settings = """
      [ca]
      default_ca = own
      [own]
      database = \(folder)/index
      serial = \(folder)/serial
      new_certs_dir = \(folder)
      default_md = sha256
      policy = any
      copy_extensions = copy
      [any]
      commonName = supplied

      """
    for (name, text) in [("index", ""), ("serial", "01\n"), ("settings", settings)] {
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }
    try openssl([
      "x509", "-x509toreq", "-in", folder + "/certificate.pem", "-signkey", folder + "/key.pem",
      "-copy_extensions", "copyall", "-out", folder + "/request.pem",
    ])
    try openssl([
      "ca", "-batch", "-selfsign", "-config", folder + "/settings", "-in", folder + "/request.pem",
      "-keyfile", folder + "/key.pem", "-out", folder + "/certificate.pem", "-startdate",
      "20200101000000Z", "-enddate", "20200201000000Z", "-notext",
    ])
  }

  private static func openssl(_ arguments: [String]) throws {
    let ended = try Helper.run(["openssl"] + arguments)
    guard ended.status == 0 else {
      throw Unavailable(description: "openssl could not make a certificate: \(ended.errors)")
    }
  }
}
