import Configuration
import Crypto
import Foundation
import Messages
import Outbox
import Wire

extension Assembly {
  /// The config's text, for the state.
  var configWithoutSecrets: String {
    // The usual mark would be a list in YAML.
    redactor.redact(setup.text).replacing(Redactor.mark, with: "redacted")
  }

  /// SHA-256 over the config's text and the texts of the templates.
  public var configDigest: String {
    var hash = SHA256()
    hash.update(data: Data(setup.text.utf8))
    hash.update(data: Data(renderer.templates.fingerprint.utf8))
    return hexadecimal(Array(hash.finalize()))
  }
}
