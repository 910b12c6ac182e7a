import Configuration
import Pass
import Testing

/// A config of one channel, as the pass assembles it. ID and SECRET stand in the environment.
enum OneChannel {
  static func channel(_ yaml: String) throws -> Assembly.Channel {
    let lines = yaml.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    let file = try ConfigurationFile(
      path: "./balancealert.yaml",
      text: """
        version: 1
        organisation: Harbour Lettings
        timezone: Pacific/Auckland
        sources: { books: { type: csv, path: books.csv } }
        channels:
          only:
        \(lines)
        rules: [{ name: any, levels: [{ notify: [only] }] }]
        """,
      isReadableByOthers: false
    )
    let resolver = SecretResolver(
      environment: ["ID": "the-id", "SECRET": "the-secret"],
      folder: ".",
      missing: .isAnError,
      literalsAreErrors: false
    )
    let assembly = try Assembly(Setup(file, resolver: resolver), resolver: resolver)
    return try #require(assembly.channels["only"])
  }
}
