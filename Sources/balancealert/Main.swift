import ArgumentParser
import Commands
import Foundation
import Host

@main
enum Main {
  static func main() async {
    CoreFile.forbid()
    if let problem = BalanceAlert.unknownCommand(in: Array(CommandLine.arguments.dropFirst())) {
      FileHandle.standardError.write(Data("error: \(problem)\n".utf8))
      exit(64)
    }
    await BalanceAlert.main()
  }
}
