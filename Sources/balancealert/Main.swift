import ArgumentParser
import Commands
import Host

@main
enum Main {
  static func main() async {
    CoreFile.forbid()
    await BalanceAlert.main()
  }
}
