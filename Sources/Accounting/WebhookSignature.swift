import Crypto
import Foundation

/// Whether the code is the HMAC-SHA256 of the bytes under one of the secrets. Compares in constant
/// time; a secret that is empty signs nothing.
func isSigned(
  _ bytes: some DataProtocol,
  _ code: some ContiguousBytes,
  with secrets: [String]
) -> Bool {
  secrets.contains { secret in
    !secret.isEmpty
      && HMAC<SHA256>.isValidAuthenticationCode(
        code,
        authenticating: bytes,
        using: SymmetricKey(data: Array(secret.utf8))
      )
  }
}
