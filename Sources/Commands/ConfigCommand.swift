import ArgumentParser
import Configuration
import Pass

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "About the config file.",
    subcommands: [Schema.self]
  )

  struct Schema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema",
      abstract: "Print the JSON Schema of the config file, for editors."
    )

    func run() async throws {
      let adapters = Assembly.adapterDescriptions
      Output.print(
        JSONSchema.text(
          Setup.descriptions,
          sources: adapters.sources,
          channels: adapters.channels
        )
      )
    }
  }
}
