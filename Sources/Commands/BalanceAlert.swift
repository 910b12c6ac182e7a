public import ArgumentParser

/// The command line. Each command is a file of its own.
public struct BalanceAlert: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "balancealert",
    abstract: "Tells the right people, once, about balances that are owed.",
    discussion: """
      One pass polls every accounting source, works out who owes what, and sends each alert through \
      the channels its rule names. Read `preview` before the first `run`.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, PreviewCommand.self, ExplainCommand.self, HistoryCommand.self,
      ApproveCommand.self,
      RejectCommand.self, RetryCommand.self, SilenceCommand.self, BaselineCommand.self,
      RulesCommand.self, ReplayCommand.self,
      CheckCommand.self, BackupCommand.self, AuthCommand.self,
      RecordCommand.self, IngestCommand.self, EventsCommand.self, ConfigCommand.self,
    ]
  )

  public init() {}
}

enum Version {
  static let text = "0.1.0"
}
