import Configuration
import Settings
import Testing

/// The environment of the samples.
let sampleEnvironment = [
  "XERO_ID": "id", "SENDGRID_API_KEY": "SG.key", "TWILIO_SID": "AC1", "TWILIO_TOKEN": "token",
  "SLACK_URL": "https://hooks.slack.example/T0", "HEARTBEAT_URL": "https://beat.example/1",
  "PATH": "/usr/bin:/bin",
]

func sampleResolver(
  _ environment: [String: String] = sampleEnvironment,
  folder: String = ".",
  missing: SecretResolver.Missing = .isAnError,
  literalsAreErrors: Bool = false
) -> SecretResolver {
  SecretResolver(
    environment: environment,
    folder: folder,
    missing: missing,
    literalsAreErrors: literalsAreErrors
  )
}

func file(_ text: String) throws(ConfigurationError) -> ConfigurationFile {
  try ConfigurationFile(path: "conf/balancealert.yaml", text: text, isReadableByOthers: false)
}

func setup(_ text: String) throws(ConfigurationError) -> Setup {
  try Setup(file(text), resolver: sampleResolver())
}

/// The problems of a config, a line each.
func problems(_ text: String) -> [String] {
  do throws(ConfigurationError) {
    return try setup(text).warnings.map(\.description)
  } catch {
    return error.problems.map(\.description)
  }
}

/// A config that is right, around one rule.
func config(rule: String) -> String {
  """
  version: 1
  organisation: Harbour Lettings
  sources:
    books: { type: xero }
  channels:
    email: { type: sendgrid }
    sms: { type: twilio }
    team: { type: slack }
  rules:
    - name: rent
  \(rule.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
  """
}
