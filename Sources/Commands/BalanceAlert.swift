public import ArgumentParser
import Settings

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

  /// What to say of words that name no command, with the nearest one; `nil` where they do, or where
  /// an option comes first.
  public static func unknownCommand(in arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = BalanceAlert.self
    for word in arguments {
      let known = command.configuration.subcommands
      if word.hasPrefix("-") || known.isEmpty { return nil }
      let names = known.compactMap { $0.configuration.commandName }
      guard let next = known.first(where: { $0.configuration.commandName == word }) else {
        // `help` and the like are the parser's own; so is what a default command takes.
        if word == "help" { return nil }
        let hint = nearest(to: word, among: names.sorted())
        return "there is no command `\(word)`"
          + (hint.map { "; did you mean `\($0)`?" }
            ?? "; there are \(names.joined(separator: ", "))")
      }
      command = next
    }
    return nil
  }
}

enum Version {
  static let text = "0.1.0"
}
