import Crypto
import CryptoExtras
import Foundation

/// A JSON Web Token signed with RS256, as platforms take it in place of a person (RFC 7515, RFC
/// 7523). The signature is swift-crypto's; the rest is three words joined by dots.
public struct SignedAssertion: Sendable {
  private let key: _RSA.Signing.PrivateKey
  private let keyID: String?

  /// - Parameters:
  ///   - pem: a PKCS #1 or PKCS #8 private key of at least 2048 bits.
  ///   - keyID: the platform's name of the key, where it has one.
  /// - Throws: `AssertionProblem` without anything of the key in it.
  public init(pem: String, keyID: String? = nil) throws(AssertionProblem) {
    do {
      key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
    } catch {
      throw AssertionProblem("the key is no RSA private key in PEM form")
    }
    self.keyID = keyID
  }

  /// - Parameters:
  ///   - claims: texts of the claims, in the order wanted.
  ///   - now: seconds since 1970-01-01T00:00:00Z; `iat`.
  ///   - seconds: how long it is good; `exp`.
  public func token(
    claims: [(name: String, value: String)],
    now: Int64,
    seconds: Int64
  ) throws -> String {
    var header = #""alg":"RS256","typ":"JWT""#
    if let keyID { header += ",\"kid\":\(jsonQuoted(keyID))" }
    var parts = claims.map { "\(jsonQuoted($0.name)):\(jsonQuoted($0.value))" }
    parts += ["\"iat\":\(now)", "\"exp\":\(now + seconds)"]
    let signed =
      base64URL(Array("{\(header)}".utf8)) + "."
      + base64URL(Array("{\(parts.joined(separator: ","))}".utf8))
    let signature = try key.signature(
      for: SHA256.hash(data: Data(signed.utf8)),
      padding: .insecurePKCS1v1_5
    )
    return signed + "." + base64URL(Array(signature.rawRepresentation))
  }
}

public struct AssertionProblem: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// A service account's key file, as Google gives it.
public struct ServiceAccountKey: Sendable {
  public let email: String
  /// Where its assertions are meant for, whatever address they are sent to.
  public let audience: String?
  public let assertion: SignedAssertion

  /// - Throws: `AssertionProblem` without anything of the key in it.
  public init(json bytes: [UInt8]) throws(AssertionProblem) {
    guard let json = try? JSON(parsing: bytes), let email = json["client_email"]?.string,
      let pem = json["private_key"]?.string
    else {
      throw AssertionProblem("the key file is no service account's (client_email, private_key)")
    }
    self.email = email
    audience = json["token_uri"]?.string
    assertion = try SignedAssertion(pem: pem, keyID: json["private_key_id"]?.string)
  }
}
